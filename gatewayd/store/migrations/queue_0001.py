"""The first release, continued: the tables of the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def make() -> None:
    """Make the queue's tables."""
    _messages()
    _tries()
    _limits()
    _modems()
    _received()


def _messages() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_batch_client_id"),
    )
    op.create_table(
        "message",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=True),
        sa.Column("wait_reason", sa.String(16), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("route", sa.String(34), nullable=False),
        sa.Column("pinned", sa.String(32), nullable=True),
        sa.Column("send_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("encoding", sa.String(12), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("parts_sent", sa.SmallInteger(), nullable=False),
        sa.Column("flash", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Boolean(), nullable=False),
        sa.Column("in_doubt", sa.String(12), nullable=False),
        sa.Column("ordering", sa.String(8), nullable=False),
        sa.Column("reference", sa.String(100), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("spent", sa.SmallInteger(), nullable=False),
        sa.Column("modem", sa.String(32), nullable=True),
        sa.Column("sim", sa.String(24), nullable=True),
        sa.Column("error", sa.String(32), nullable=True),
        sa.Column("error_text", sa.Text(), nullable=True),
        sa.Column("possible_duplicate", sa.Boolean(), nullable=False),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("retry_of", sa.String(36), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("doubt_until", sa.BigInteger(), nullable=True),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_message"),
        sa.UniqueConstraint("id", name="uq_message_id"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_message_client_id"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_message_batch_id"),
    )
    op.create_index("ix_message_batch", "message", ["batch_id"], sqlite_where=sa.text("state = 'staged'"))
    op.create_index("ix_message_client", "message", ["client_id", "state", "created_at"])
    op.create_index("ix_message_created", "message", ["created_at"])
    op.create_index(
        "ix_message_doubt", "message", ["recipient"], sqlite_where=sa.text("doubt_until IS NOT NULL")
    )
    op.create_index(
        "ix_message_expiry",
        "message",
        ["expires_at"],
        sqlite_where=sa.text("ready IS NOT NULL AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_message_lane",
        "message",
        ["client_id", "recipient", "priority", "seq", "parts"],
        sqlite_where=sa.text("ready IS NOT NULL"),
    )
    op.create_index(
        "ix_message_open",
        "message",
        ["modem", "state"],
        sqlite_where=sa.text("ready IS NOT NULL AND modem IS NOT NULL"),
    )
    op.create_index(
        "ix_message_order",
        "message",
        ["client_id", "recipient", "priority", "route", "seq"],
        sqlite_where=sa.text("wait_reason = 'order'"),
    )
    op.create_index("ix_message_recipient", "message", ["recipient", "client_id", "created_at"])
    op.create_index(
        "ix_message_reference",
        "message",
        ["reference", "created_at"],
        sqlite_where=sa.text("reference IS NOT NULL"),
    )
    op.create_index("ix_message_state", "message", ["state", "created_at"])
    op.create_index(
        "ix_message_turn",
        "message",
        ["route", "priority", "client_id", "seq", "parts"],
        sqlite_where=sa.text("ready = 1"),
    )
    op.create_index(
        "ix_message_verdict", "message", ["doubt_until"], sqlite_where=sa.text("doubt_until IS NOT NULL")
    )
    op.create_index(
        "ix_message_wait", "message", ["not_before"], sqlite_where=sa.text("not_before IS NOT NULL")
    )


def _tries() -> None:
    op.create_table(
        "part",
        sa.Column("message_seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("mr", sa.SmallInteger(), nullable=True),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("sim", sa.String(24), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.String(12), nullable=True),
        sa.Column("report_status", sa.SmallInteger(), nullable=True),
        sa.Column("reported_at", sa.BigInteger(), nullable=True),
        sa.Column("scts", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("message_seq", "number", name="pk_part"),
        sa.ForeignKeyConstraint(["message_seq"], ["message.seq"], name="fk_part_message_seq"),
    )
    op.create_index("ix_part_modem", "part", ["modem", "at"])
    op.create_index("ix_part_reference", "part", ["sim", "mr", "at"])
    op.create_table(
        "attempt",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("message_seq", sa.Integer(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("sim", sa.String(24), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("armed_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("phase", sa.String(12), nullable=True),
        sa.Column("fault", sa.String(32), nullable=True),
        sa.Column("fault_text", sa.Text(), nullable=True),
        sa.Column("mr", sa.SmallInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_attempt"),
        sa.ForeignKeyConstraint(["message_seq"], ["message.seq"], name="fk_attempt_message_seq"),
    )
    op.create_index("ix_attempt_message_seq", "attempt", ["message_seq"])
    op.create_index(
        "uq_attempt_unsettled",
        "attempt",
        ["message_seq", "part"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "ix_attempt_unknown", "attempt", ["sim", "armed_at"], sqlite_where=sa.text("outcome = 'unknown'")
    )


def _limits() -> None:
    op.create_table(
        "idempotency",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name="pk_idempotency"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name="fk_idempotency_client_id"),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
    op.create_table(
        "pace",
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("boot_id", sa.String(64), nullable=False),
        sa.Column("boottime", sa.Float(), nullable=False),
        sa.Column("wall", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("modem", name="pk_pace"),
    )
    op.create_table(
        "quota_slot",
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject", "window", "slot", name="pk_quota_slot"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quota_slot_window", "quota_slot", ["window", "slot"])


def _modems() -> None:
    op.create_table(
        "modem_mode",
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("modem", name="pk_modem_mode"),
    )
    op.create_table(
        "halt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("halted_at", sa.BigInteger(), nullable=False),
        sa.Column("resumed_at", sa.BigInteger(), nullable=True),
        sa.Column("resumed_by", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_halt"),
    )
    op.create_table(
        "sim",
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("iccid", sa.String(24), nullable=False),
        sa.Column("imei", sa.String(20), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("modem", name="pk_sim"),
    )
    op.create_table(
        "pin_try",
        sa.Column("iccid", sa.String(24), nullable=False),
        sa.Column("pin_hash", sa.String(64), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("iccid", "pin_hash", name="pk_pin_try"),
    )
    op.create_table(
        "modem_reset",
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("rung", sa.String(20), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("worked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("modem", "rung", name="pk_modem_reset"),
    )


def _received() -> None:
    op.create_table(
        "status_report",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("sim", sa.String(24), nullable=True),
        sa.Column("mr", sa.SmallInteger(), nullable=False),
        sa.Column("recipient", sa.String(24), nullable=False),
        sa.Column("scts", sa.BigInteger(), nullable=True),
        sa.Column("discharged", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_status_report"),
    )
    op.create_index("ix_status_report_reference", "status_report", ["sim", "mr"])
    op.create_table(
        "inbox",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("sim", sa.String(24), nullable=True),
        sa.Column("sender", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(12), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("missing", sa.SmallInteger(), nullable=False),
        sa.Column("keyword", sa.String(12), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_inbox"),
        sa.UniqueConstraint("id", name="uq_inbox_id"),
    )
    op.create_index("ix_inbox_received", "inbox", ["received_at"])
    op.create_index("ix_inbox_sender", "inbox", ["sender", "received_at"])
    op.create_table(
        "inbox_part",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("modem", sa.String(32), nullable=False),
        sa.Column("sim", sa.String(33), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sender", sa.String(24), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=True),
        sa.Column("wide", sa.Boolean(), nullable=True),
        sa.Column("total", sa.SmallInteger(), nullable=True),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("inbox_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_inbox_part"),
        sa.ForeignKeyConstraint(["inbox_seq"], ["inbox.seq"], name="fk_inbox_part_inbox_seq"),
    )
    op.create_index(
        "ix_inbox_part_open",
        "inbox_part",
        ["sim", "sender", "reference"],
        sqlite_where=sa.text("inbox_seq IS NULL"),
    )
    op.create_index("ix_inbox_part_received_at", "inbox_part", ["received_at"])
    op.create_index("uq_inbox_part_digest", "inbox_part", ["sim", "digest"], unique=True)
    op.create_table(
        "opt_out",
        sa.Column("recipient", sa.String(20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("recipient", name="pk_opt_out"),
    )
