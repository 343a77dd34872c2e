"""Tables of the feed. Private to this package."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from gatewayd.store.schema import UtcDateTime, metadata

event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # No foreign key: what happened stays true when the client is gone.
    Column("client_id", Integer),
    Column("data", Text, nullable=False),
    # A number is never used again, not even after the newest events were removed.
    sqlite_autoincrement=True,
)
# SQLite's indexes end in the primary key: both serve "… and seq > ?" in order.
Index(None, event.c.subject)
Index(None, event.c.client_id)

consumer = Table(
    "consumer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", Integer, nullable=False),
)
