"""Types of messages, templates, and managed batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make their tables, and let messages name what they come from."""
    op.add_column("message", sa.Column("template", sa.String(100), nullable=True))
    op.add_column("message", sa.Column("managed", sa.Boolean(), nullable=True))
    op.add_column("batch", sa.Column("held", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_message_managed",
        "message",
        ["batch_id", "state", "seq"],
        sqlite_where=sa.text("managed = 1"),
    )
    _types()
    _templates()
    _batches()
    _rows()


def _types() -> None:
    op.create_table(
        "message_type",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=True),
        sa.Column("validity", sa.Integer(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_message_type"),
    )


def _templates() -> None:
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
    )
    op.create_index("uq_template_place", "template", ["kind", "channel", "language"], unique=True)
    op.create_table(
        "template_version",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "version", name="pk_template_version"),
        sa.ForeignKeyConstraint(["template_id"], ["template.id"], name="fk_template_version_template_id"),
    )


def _batches() -> None:
    op.create_table(
        "managed_batch",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("queue_batch", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("recipient_column", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("template", sa.String(40), nullable=True),
        sa.Column("language", sa.String(16), nullable=True),
        sa.Column("template_label", sa.String(100), nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.String(80), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("routes", sa.Text(), nullable=False),
        sa.Column("fed", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.String(255), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_managed_batch"),
        sa.UniqueConstraint("id", name="uq_managed_batch_id"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_managed_batch_client_id"),
        sa.ForeignKeyConstraint(["queue_batch"], ["batch.id"], name="fk_managed_batch_queue_batch"),
    )
    op.create_index("ix_managed_batch_open", "managed_batch", ["seq"], sqlite_where=sa.text("open = 1"))
    op.create_index("ix_managed_batch_client", "managed_batch", ["client_id", "seq"])
    op.create_index(
        "uq_managed_batch_key",
        "managed_batch",
        ["client_id", "idempotency_key"],
        unique=True,
        sqlite_where=sa.text("idempotency_key IS NOT NULL"),
    )


def _rows() -> None:
    op.create_table(
        "batch_row",
        sa.Column("batch_seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("fields", sa.Text(), nullable=True),
        sa.Column("recipient", sa.String(20), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("parts", sa.SmallInteger(), nullable=True),
        sa.Column("errors", sa.Text(), nullable=True),
        sa.Column("message_id", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("batch_seq", "number", name="pk_batch_row"),
        sa.ForeignKeyConstraint(["batch_seq"], ["managed_batch.seq"], name="fk_batch_row_batch_seq"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_batch_row_errors",
        "batch_row",
        ["batch_seq", "number"],
        sqlite_where=sa.text("errors IS NOT NULL"),
    )
