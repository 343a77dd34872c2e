"""The tables of clients, their limits and tokens. Private to this package; others refer to ``client.id`` by name."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

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
    Column("networks", Text, comment="CIDR words with a space between; null: from anywhere"),
    Column("replaces", String(12), comment="public name of the token that it was rotated from"),
)

#: A null, and a client without a row, is left to the configuration.
client_limits = Table(
    "client_limits",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("parts_per_minute", Integer),
    Column("parts_per_hour", Integer),
    Column("parts_per_day", Integer),
    Column("money_per_month", BigInteger, comment="millionths of the currency"),
    Column("queue_cap", Integer, comment="parts that may wait"),
    Column("requests_per_minute", Integer),
    Column("countries", Text, comment="ISO 3166 codes with a space between"),
    Column("modem", String(32), comment="the only one that its messages leave by"),
    Column("priority", SmallInteger, comment="the most urgent that it may ask for"),
    Column("in_doubt", String(12), comment="policy of messages that name none"),
)
