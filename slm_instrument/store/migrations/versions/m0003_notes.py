"""What an analysis notes of each call, so that its figures need not be read from texts again.

Calls that were analysed before have tasks and no notes; the next analysis finds all of them again.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    # Plain ADD COLUMN, which touches no row.
    op.add_column("assignments", sa.Column("variant", sa.Integer(), nullable=True))
    op.add_column("assignments", sa.Column("prompt", sa.BigInteger(), nullable=True))
    op.add_column("assignments", sa.Column("answer", sa.BigInteger(), nullable=True))
    op.add_column("assignments", sa.Column("kind", sa.String(), nullable=True))
    op.add_column("assignments", sa.Column("input_tokens", sa.Integer(), server_default="0", nullable=False))
    op.add_column("assignments", sa.Column("output_tokens", sa.Integer(), server_default="0", nullable=False))
    op.add_column("assignments", sa.Column("tokens_estimated", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("assignments", sa.Column("cost_usd", sa.Float(), nullable=True))
