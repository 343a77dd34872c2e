"""The tables of managed batches. Private to this package.

``batch`` is the queue's word for what its messages came in together; a managed batch has one from its start on.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from gatewayd.store.schema import UtcDateTime, metadata

managed_batch = Table(
    "managed_batch",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True, comment="public name, UUIDv7"),
    Column("client_id", Integer, ForeignKey("client.id"), nullable=False),
    Column(
        "queue_batch", Integer, ForeignKey("batch.id"), comment="what its messages belong to, once it runs"
    ),
    Column("name", String(100), nullable=False),
    Column("state", String(10), nullable=False),
    Column("open", Boolean, nullable=False, comment="something may still have to be done about it"),
    Column("version", Integer, nullable=False, comment="counts the changes that people or its states make"),
    Column("reason", Text, comment="what the last person who steered it gave as the reason"),
    # What it says to whom, and how.
    Column("columns", Text, nullable=False, comment="JSON: the names of the columns"),
    Column("recipient_column", String(60), nullable=False),
    Column("text", Text),
    Column("template", String(40), comment="kind of template, instead of a text"),
    Column("language", String(16)),
    Column("template_label", String(100), comment="the version that it was checked with"),
    Column("options", Text, nullable=False, comment="JSON: what holds for each of its messages"),
    # Who and when.
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(80), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("uploaded_at", UtcDateTime, comment="null: its rows are still coming in"),
    Column("approved_at", UtcDateTime),
    Column("approved_by", String(80)),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    # How far it is.
    Column("rows", Integer, nullable=False),
    Column("checked", Integer, nullable=False, comment="number of the last row that was checked"),
    Column("good", Integer, nullable=False, comment="rows that can be sent"),
    Column("parts", Integer, nullable=False, comment="of all good rows"),
    Column("price", BigInteger, comment="of all good rows, in millionths of the currency"),
    Column("routes", Text, nullable=False, comment="JSON: parts by route"),
    Column("fed", Integer, nullable=False, comment="number of the last row that went to the queue"),
    Column("submitted", Integer, nullable=False, comment="rows that became messages"),
    Column(
        "sweep", Integer, comment="seq of the last message that was held, let go or cancelled; null: all were"
    ),
    Column("outcome", Text, comment="JSON: messages by state, when it was over"),
    Column("epoch", Integer, comment="number of the copy that it was made in, or held in at the latest"),
    Column(
        "copied_at", UtcDateTime, comment="when the copy was made that it comes from; null: it was made here"
    ),
    Column("idempotency_key", String(255)),
    Column("fingerprint", String(64)),
    Index("ix_managed_batch_open", "seq", sqlite_where=text("open = 1")),
    Index("ix_managed_batch_client", "client_id", "seq"),
    Index(
        "uq_managed_batch_key",
        "client_id",
        "idempotency_key",
        unique=True,
        sqlite_where=text("idempotency_key IS NOT NULL"),
    ),
)

#: What is said of recipients and texts here is gone once the row has become a message, which has them.
batch_row = Table(
    "batch_row",
    metadata,
    Column("batch_seq", Integer, ForeignKey("managed_batch.seq"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 is the first after the names of the columns"),
    Column("state", String(10), nullable=False, comment="new, good, wrong, submitted, skipped"),
    Column("fields", Text, comment="JSON: its cells"),
    Column("recipient", String(20), comment="E.164"),
    Column("text", Text, comment="as it was checked and approved"),
    Column("parts", SmallInteger),
    Column("errors", Text, comment="JSON: [[column, code, words]]"),
    Column("message_id", String(36), comment="the message that it became"),
    Index("ix_batch_row_errors", "batch_seq", "number", sqlite_where=text("errors IS NOT NULL")),
    sqlite_with_rowid=False,
)
