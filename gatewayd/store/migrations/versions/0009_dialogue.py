"""What was said to the modem in an attempt that was not simply accepted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Give attempts their dialogue; those from before have none."""
    op.add_column("attempt", sa.Column("dialogue", sa.Text(), nullable=True))
