"""What comes back: reports, received messages, and who wants none."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
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

#: Status reports that belong to no part yet: one may come before its +CMGS is written down. Kept for 24 hours.
status_report = Table(
    "status_report",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("modem", String(32), nullable=False),
    Column("sim", String(24)),
    Column("mr", SmallInteger, nullable=False),
    Column("recipient", String(24), nullable=False, comment="as the network wrote it"),
    Column("scts", UtcDateTime, comment="when the service centre says it got the part"),
    Column("discharged", UtcDateTime),
    Column("status", SmallInteger, nullable=False, comment="TP-ST"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("after", Integer, nullable=False, comment="the last attempt that had begun when it came"),
    Index("ix_status_report_reference", "sim", "mr"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String(36), nullable=False, unique=True, comment="public name, UUIDv7"),
    Column("modem", String(32), nullable=False),
    Column("sim", String(24)),
    Column(
        "sender", String(24), nullable=False, comment="E.164 where it is one, else as the network wrote it"
    ),
    Column("text", Text, nullable=False),
    Column("encoding", String(12), nullable=False),
    Column("parts", SmallInteger, nullable=False, comment="how many it was put together from"),
    Column("missing", SmallInteger, nullable=False, comment="parts that never came"),
    Column("keyword", String(12), comment="stop or start, where it was one"),
    Column("sent_at", UtcDateTime, comment="by the service centre's clock"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("erased", Boolean, comment="text and sender are gone; null: they are not"),
    Index("ix_inbox_received", "received_at"),
    Index("ix_inbox_sender", "sender", "received_at"),
    Index("ix_inbox_kept", "received_at", sqlite_where=text("erased IS NULL")),
)

#: Every received part, for putting together and for knowing one that comes again. Kept for some days.
inbox_part = Table(
    "inbox_part",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("modem", String(32), nullable=False),
    Column("sim", String(33), nullable=False, comment="where unknown, @ and the modem's name"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the TPDU"),
    Column("sender", String(24), nullable=False),
    Column("reference", Integer, comment="of the concatenation; null: a message of one part"),
    Column("wide", Boolean, comment="16-bit reference"),
    Column("total", SmallInteger),
    Column("number", SmallInteger),
    Column("octets", LargeBinary, nullable=False, comment="the TPDU with its SMSC part"),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("inbox_seq", Integer, ForeignKey("inbox.seq"), comment="null: waits for the other parts"),
    Index("uq_inbox_part_digest", "sim", "digest", unique=True),
    Index("ix_inbox_part_open", "sim", "sender", "reference", sqlite_where=text("inbox_seq IS NULL")),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("recipient", String(20), primary_key=True, comment="E.164; once erased, its pseudonym"),
    Column("since", UtcDateTime, nullable=False),
    Column(
        "reason", String(80), nullable=False, comment="the keyword that they sent, or what a person wrote"
    ),
    Column("by", String(80), nullable=False),
)
