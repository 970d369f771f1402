"""What moved a student from mode to mode; decisions by the hour; the trace of a comparison.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.add_column("observations", sa.Column("trace_id", sa.String(), nullable=True))
    op.create_index("ix_observations_bundle_id_seq", "observations", ["bundle_id", "seq"], unique=False)
    op.create_table(
        "transitions",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("bundle_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_transitions")),
        sa.UniqueConstraint("bundle_id", "number", name=op.f("uq_transitions_bundle_id")),
    )
    op.create_table(
        "tallies",
        sa.Column("hour", _TIME, nullable=False),
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("bundle_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("student_ms", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "task_id", "bundle_id", "mode", "reason", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )
