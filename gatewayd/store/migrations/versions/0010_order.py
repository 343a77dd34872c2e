"""Which attempts a status report that waits can't be about, as those began later; who waits for a doubt on one SIM."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Tell it of the reports that wait already by the clock: nothing else is known of them."""
    op.add_column("status_report", sa.Column("after", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE status_report SET after ="
        " coalesce((SELECT max(seq) FROM attempt WHERE claimed_at <= received_at), 0)"
    )
    with op.batch_alter_table("status_report") as table:
        table.alter_column("after", existing_type=sa.Integer(), nullable=False)
    op.create_index("ix_message_doubted", "message", ["route"], sqlite_where=sa.text("wait_reason = 'doubt'"))
