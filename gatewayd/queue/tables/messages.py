"""Messages, their parts and attempts, and what is accounted for with them.

Scheduling needs no more than three columns. ``ready`` is true for a message whose turn is a matter of priority,
client and ``seq`` alone, false for one that is parked (``wait_reason``, and ``not_before`` where it is known when) or
at a modem, and null for one that is out of the queue. Whatever blocks a message parks it, so that looking for the
next one never reads the same blocked ones twice, and a million scheduled messages cost the others nothing.

The partial indexes have conditions on those columns and not on ``state``: SQLite, which keeps no statistics here,
would otherwise prefer the index on ``state`` to each of them.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from gatewayd.store.schema import UtcDateTime, metadata

message = Table(
    "message",
    metadata,
    Column("seq", Integer, primary_key=True, comment="order of acceptance"),
    Column("id", String(36), nullable=False, unique=True, comment="public name, UUIDv7"),
    Column("client_id", Integer, ForeignKey("client.id"), nullable=False),
    Column("batch_id", Integer, ForeignKey("batch.id"), comment="the array it came in"),
    Column("recipient", String(20), nullable=False, comment="E.164"),
    Column("text", Text, nullable=False),
    Column("type", String(40), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("ready", Boolean, comment="null: out of the queue"),
    Column("wait_reason", String(16)),
    Column("not_before", UtcDateTime),
    Column(
        "route",
        String(34),
        nullable=False,
        comment="'' any modem, '@name' that modem only, else a configured route",
    ),
    Column("pinned", String(32), comment="the modem that the client asked for"),
    Column("send_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("encoding", String(12), nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("parts_sent", SmallInteger, nullable=False),
    Column("flash", Boolean, nullable=False),
    Column("report", Boolean, nullable=False),
    Column("in_doubt", String(12), nullable=False, comment="policy"),
    Column("ordering", String(8), nullable=False),
    Column("reference", String(100)),
    Column("attempts", SmallInteger, nullable=False, comment="tries in all"),
    Column("spent", SmallInteger, nullable=False, comment="tries of the present part that count"),
    Column("modem", String(32)),
    Column("sim", String(24), comment="ICCID"),
    Column("error", String(32)),
    Column("error_text", Text),
    Column("possible_duplicate", Boolean, nullable=False),
    Column("overtaken", Boolean, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("cancel_requested", Boolean, nullable=False, comment="stop the parts that are not sent yet"),
    Column("retry_of", String(36)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("delivered_at", UtcDateTime, comment="when the last part reached the handset, by its report"),
    Column("doubt_until", UtcDateTime, comment="evidence is waited for until then; null: not, or no longer"),
    Column("checksum", BigInteger, nullable=False, comment="of what was accepted; see checksum.py"),
    Column("price", BigInteger, comment="of a part, in millionths of the currency, when it was accepted"),
    Column("charged", SmallInteger, comment="parts that its client pays for; see accounts.py"),
    Column("template", String(100), comment="kind/channel/language@version that the text was made with"),
    Column("managed", Boolean, comment="of a batch that people steer: it can be held; null: it is not"),
    Column("secret", Boolean, comment="its text goes as soon as nothing needs it; null: it is kept as any"),
    Column("erased", SmallInteger, comment="1: its text is gone, 2: its number too; see wiping.py"),
    # Whose turn it is. `parts` makes the index enough for counting.
    Index(
        "ix_message_turn", "route", "priority", "client_id", "seq", "parts", sqlite_where=text("ready = 1")
    ),
    # Who stands before whom to the same recipient, and what waits in all.
    Index(
        "ix_message_lane",
        "client_id",
        "recipient",
        "priority",
        "seq",
        "parts",
        sqlite_where=text("ready IS NOT NULL"),
    ),
    Index("ix_message_wait", "not_before", sqlite_where=text("not_before IS NOT NULL")),
    # Who waits for somebody in their lane; by route, since those of one route must not wait for another's modem.
    Index(
        "ix_message_order",
        "client_id",
        "recipient",
        "priority",
        "route",
        "seq",
        sqlite_where=text("wait_reason = 'order'"),
    ),
    # Who waits for a doubt on one SIM: another may take it.
    Index("ix_message_doubted", "route", sqlite_where=text("wait_reason = 'doubt'")),
    Index(
        "ix_message_expiry",
        "expires_at",
        sqlite_where=text("ready IS NOT NULL AND expires_at IS NOT NULL"),
    ),
    # What a modem has tried and not finished.
    Index("ix_message_open", "modem", "state", sqlite_where=text("ready IS NOT NULL AND modem IS NOT NULL")),
    # With the SIM, though doubts are few: by the recipient alone, SQLite may prefer the index of the history.
    Index("ix_message_doubt", "recipient", "sim", sqlite_where=text("doubt_until IS NOT NULL")),
    Index("ix_message_verdict", "doubt_until", sqlite_where=text("doubt_until IS NOT NULL")),
    Index("ix_message_batch", "batch_id", sqlite_where=text("state = 'staged'")),
    # What became of a managed batch, and what of it still waits.
    Index("ix_message_managed", "batch_id", "state", "seq", sqlite_where=text("managed = 1")),
    # The history, newest first, by what people search for.
    Index("ix_message_created", "created_at"),
    Index("ix_message_recipient", "recipient", "client_id", "created_at"),
    Index("ix_message_client", "client_id", "state", "created_at"),
    Index("ix_message_state", "state", "created_at"),
    Index("ix_message_reference", "reference", "created_at", sqlite_where=text("reference IS NOT NULL")),
    # What still has a text, and then what still has a number, by how long nothing has happened to it.
    Index(
        "ix_message_text_kept",
        "type",
        "updated_at",
        sqlite_where=text("ready IS NULL AND erased IS NULL"),
    ),
    Index("ix_message_number_kept", "type", "updated_at", sqlite_where=text("erased = 1")),
)

part = Table(
    "part",
    metadata,
    Column("message_seq", Integer, ForeignKey("message.seq"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, comment="1 is the first"),
    Column("state", String(12), nullable=False, comment="sent or in_doubt"),
    Column("mr", SmallInteger, comment="TP-MR as the modem reported it"),
    Column("modem", String(32), nullable=False),
    Column("sim", String(24)),
    Column("at", UtcDateTime, nullable=False),
    Column("report", String(12), comment="delivered, failed, or temporary: the last report"),
    Column("report_status", SmallInteger, comment="TP-ST of that report"),
    Column("reported_at", UtcDateTime, comment="what that report tells of, by our clock"),
    Column("scts", UtcDateTime, comment="when the service centre got it, by its own clock, from its reports"),
    Index("ix_part_modem", "modem", "at"),
    Index("ix_part_reference", "sim", "mr", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("message_seq", Integer, ForeignKey("message.seq"), nullable=False, index=True),
    Column("part", SmallInteger, nullable=False),
    Column("number", SmallInteger, nullable=False, comment="1 is the first try of the message"),
    Column("modem", String(32), nullable=False),
    Column("sim", String(24)),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("armed_at", UtcDateTime, comment="from here on the part may have been sent"),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(12), comment="accepted, refused, unknown, withdrawn"),
    Column("phase", String(12)),
    Column("fault", String(32)),
    Column("fault_text", Text),
    Column("mr", SmallInteger),
    Column("seconds", Float, comment="from 0x1A to the answer"),
    Column(
        "dialogue", Text, comment="what was said, where the part was not simply accepted; nothing personal"
    ),
    # Two unsettled attempts at one part can't exist.
    Index(
        "uq_attempt_unsettled", "message_seq", "part", unique=True, sqlite_where=text("finished_at IS NULL")
    ),
    # What may have been sent, and a status report may be about.
    Index("ix_attempt_unknown", "sim", "armed_at", sqlite_where=text("outcome = 'unknown'")),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", Integer, ForeignKey("client.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("held", Boolean, comment="of a managed one: nothing of it that has not begun may leave"),
)

#: What kinds of messages there are, and what holds for each. A message's `type` may be one of these, or any word.
message_type = Table(
    "message_type",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("labels", Text, nullable=False, comment="JSON: by language"),
    Column("priority", SmallInteger, comment="of messages that name none"),
    Column("validity", Integer, comment="seconds, for messages without expires_at"),
    Column("keep_days", Integer, comment="how long text and numbers are kept; null: as configured"),
    Column("secret", Boolean, nullable=False, comment="the text is wiped as soon as the state is final"),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False, comment="counts the changes"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", LargeBinary, nullable=False, comment="zlib of JSON"),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)

#: What each client has QUEUED or SENDING: counting it anew for each request would take as long as its queue is.
backlog = Table(
    "backlog",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("messages", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
)

#: What each client pays for, by the month (UTC) of acceptance.
spending = Table(
    "spending",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("month", Integer, primary_key=True, comment="202611 is November 2026"),
    Column("parts", Integer, nullable=False),
    Column("micros", BigInteger, nullable=False, comment="millionths of the currency"),
    sqlite_with_rowid=False,
)
