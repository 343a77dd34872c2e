"""Doubts are found by recipient and SIM: by the recipient alone, SQLite walked through all that was ever sent to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the index anew, with the SIM."""
    op.drop_index("ix_message_doubt", "message")
    op.create_index(
        "ix_message_doubt", "message", ["recipient", "sim"], sqlite_where=sa.text("doubt_until IS NOT NULL")
    )
