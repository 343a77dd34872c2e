"""How well the modems received."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table of what was measured."""
    op.create_table(
        "signal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("dbm", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_signal"),
    )
    op.create_index("ix_signal_at", "signal", ["at"])
    op.create_index("ix_signal_modem", "signal", ["modem", "at"])
