"""Keys, redaction, erasure, retention, access.

Contents that are there stay as they are and are marked as not encrypted; the digest key, which lay open in ``meta``, is
wrapped by the store's master key in the same transaction (slm_instrument.store.secrets).

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DIGEST = sa.LargeBinary(length=16)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "secrets",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_by", sa.String(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_secrets")),
    )
    op.create_table(
        "entities",
        sa.Column("id", _DIGEST, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("codec", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities")),
    )
    op.create_table(
        "mentions",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", _DIGEST, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("entity_id", _DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_mentions")),
        sa.UniqueConstraint("id", name=op.f("uq_mentions_id")),
    )
    op.create_index(op.f("ix_mentions_scope"), "mentions", ["scope"], unique=False)
    op.create_index(op.f("ix_mentions_entity_id"), "mentions", ["entity_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("deleted_at", _TIME, nullable=True),
        sa.Column("scrubbed_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_table(
        "retention",
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("days", sa.Float(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("set_at", _TIME, nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("app", name=op.f("pk_retention")),
    )
    op.create_table(
        "grants",
        sa.Column("grantee", sa.String(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("grantee", "app", "role", name=op.f("pk_grants")),
        sqlite_with_rowid=False,
    )
    # Plain ADD COLUMN, which touches no row: copying the table, as Alembic does for SQLite, would copy gigabytes.
    op.add_column("contents", sa.Column("key_number", sa.Integer(), server_default="0", nullable=False))
    op.add_column("contents", sa.Column("state", sa.Integer(), server_default="0", nullable=False))
    op.add_column("datasets", sa.Column("erased_calls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("dataset_items", sa.Column("origin", sa.String(), nullable=True))
    op.add_column("bundles", sa.Column("retired_at", _TIME, nullable=True))
    op.add_column("bundles", sa.Column("retired_because", sa.String(), nullable=True))
    op.drop_index(op.f("ix_datasets_task_id"), table_name="datasets")  # no query used it
    op.create_index(op.f("ix_calls_origin"), "calls", ["origin"], unique=False)
    with op.batch_alter_table("tasks") as tasks:
        tasks.drop_column("name")  # words of prompts, which lie encrypted in the task's content
    with op.batch_alter_table("meta") as meta:
        meta.create_table_comment("facts about this database: the epoch of its contents", existing_comment=None)
