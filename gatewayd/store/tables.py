"""The database's own table: what it has to know about itself."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table

from gatewayd.store.schema import UtcDateTime, metadata

#: A row for each time that this file became a copy: the life of the gateway forks there.
epoch = Table(
    "epoch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("copied_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, comment="when the copy was first sent from; null: never yet"),
)
