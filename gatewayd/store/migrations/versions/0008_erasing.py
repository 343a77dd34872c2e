"""What is erased of messages, what stays of who wanted no messages, and when texts and numbers were last wiped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Let messages lose their texts and numbers, and remember what did."""
    op.add_column("message", sa.Column("secret", sa.Boolean(), nullable=True))
    op.add_column("message", sa.Column("erased", sa.SmallInteger(), nullable=True))
    op.add_column("inbox", sa.Column("erased", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_message_text_kept",
        "message",
        ["type", "updated_at"],
        sqlite_where=sa.text("ready IS NULL AND erased IS NULL"),
    )
    op.create_index(
        "ix_message_number_kept", "message", ["type", "updated_at"], sqlite_where=sa.text("erased = 1")
    )
    op.create_index("ix_inbox_kept", "inbox", ["received_at"], sqlite_where=sa.text("erased IS NULL"))
    _tables()


def _tables() -> None:
    op.create_table(
        "pseudonym_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pseudonym_key"),
    )
    op.create_table(
        "tombstone",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "type", "day", name="pk_tombstone"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_tombstone_client_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wiping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ran_at", sa.BigInteger(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wiping"),
    )
