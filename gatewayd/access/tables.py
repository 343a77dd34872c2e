"""The tables of clients and tokens. Private to this package; others refer to ``client.id`` by name."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table

from gatewayd.store.schema import UtcDateTime, metadata

client = Table(
    "client",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled", Boolean(create_constraint=False), nullable=False, comment="its tokens are refused"),
)

token = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", Integer, ForeignKey("client.id"), nullable=False, index=True),
    Column("public_id", String(12), nullable=False, unique=True, comment="what people may see of it"),
    Column("digest", LargeBinary(32), nullable=False, comment="SHA-256 of the whole token"),
    Column("name", String(64), nullable=False, comment="what it is for"),
    Column("scopes", String(64), nullable=False, comment="words with a space between"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("last_used_at", UtcDateTime, comment="to the day: written once a day at most"),
)
