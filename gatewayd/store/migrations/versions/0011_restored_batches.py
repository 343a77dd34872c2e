"""Which managed batches come from a copy of the database, and may have gone on in the original."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Tell batches by copy. Where a copy has been started already, its batches have gone on already."""
    op.add_column("managed_batch", sa.Column("epoch", sa.Integer(), nullable=True))
    op.add_column("managed_batch", sa.Column("copied_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE managed_batch SET epoch = (SELECT max(id) FROM epoch WHERE started_at IS NOT NULL)")
