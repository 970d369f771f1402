"""What came of calls; versions of datasets.

Datasets that are there keep version 0: what was in them cannot be told any more.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outcomes",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("trace_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outcomes")),
        sa.UniqueConstraint("id", name=op.f("uq_outcomes_id")),
    )
    op.create_index(op.f("ix_outcomes_call_id"), "outcomes", ["call_id"], unique=False)
    # Plain ADD COLUMN, which touches no row.
    op.add_column("datasets", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("datasets", sa.Column("digest", sa.String(), server_default="", nullable=False))
    op.add_column("datasets", sa.Column("settings", sa.JSON(), server_default="{}", nullable=False))
