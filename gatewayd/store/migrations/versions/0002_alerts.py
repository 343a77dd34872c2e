"""What on-call lists know of Alertmanager's groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of the alerts."""
    op.create_table(
        "alert_group",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("list", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("firing", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("messages", sa.Text(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "list", "digest", name="pk_alert_group"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_alert_group_client_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alert_group_seen_at", "alert_group", ["seen_at"])
