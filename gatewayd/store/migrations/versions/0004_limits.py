"""What tokens and clients are limited to, and what each client has waiting and has spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it all; what waits already is counted, what was accepted already cost nothing."""
    op.add_column("token", sa.Column("networks", sa.Text(), nullable=True))
    op.add_column("token", sa.Column("replaces", sa.String(12), nullable=True))
    op.add_column("message", sa.Column("price", sa.BigInteger(), nullable=True))
    op.add_column("message", sa.Column("charged", sa.SmallInteger(), nullable=True))
    _limits()
    op.create_table(
        "backlog",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_backlog"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_backlog_client_id"),
    )
    op.create_table(
        "spending",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "month", name="pk_spending"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_spending_client_id"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO backlog (client_id, messages, parts) SELECT client_id, count(*), sum(parts) FROM message "
        "WHERE ready IS NOT NULL GROUP BY client_id"
    )


def _limits() -> None:
    op.create_table(
        "client_limits",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("parts_per_minute", sa.Integer(), nullable=True),
        sa.Column("parts_per_hour", sa.Integer(), nullable=True),
        sa.Column("parts_per_day", sa.Integer(), nullable=True),
        sa.Column("money_per_month", sa.BigInteger(), nullable=True),
        sa.Column("queue_cap", sa.Integer(), nullable=True),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("countries", sa.Text(), nullable=True),
        sa.Column("modem", sa.String(32), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=True),
        sa.Column("in_doubt", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("client_id", name="pk_client_limits"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_client_limits_client_id"),
    )
