"""What is left of messages whose text or number is gone."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table

from gatewayd.store.schema import UtcDateTime, metadata

#: What makes pseudonyms of numbers. It never changes: what was written under a pseudonym is found again by it.
pseudonym_key = Table(
    "pseudonym_key",
    metadata,
    Column("id", Integer, primary_key=True, comment="1"),
    Column("sealed", LargeBinary, nullable=False, comment="32 octets"),
    Column("made_at", UtcDateTime, nullable=False),
)

#: How many messages lost their number by an erasure. What is left of the messages counts with the others.
tombstone = Table(
    "tombstone",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("type", String(40), primary_key=True),
    Column("day", Integer, primary_key=True, comment="of acceptance (UTC): 20261124"),
    Column("messages", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: What the last round of wiping did.
wiping = Table(
    "wiping",
    metadata,
    Column("id", Integer, primary_key=True, comment="1"),
    Column("ran_at", UtcDateTime, nullable=False),
    Column("texts", Integer, nullable=False, comment="of messages"),
    Column("numbers", Integer, nullable=False, comment="of messages"),
    Column("received", Integer, nullable=False, comment="received messages"),
)
