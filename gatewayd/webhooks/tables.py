"""The tables of webhooks. Private to this package.

What waits for an endpoint has no rows: its cursor in the feed is the queue, so that a hundred thousand events that
wait for a dead endpoint cost as much as none. Only what was given up has a row of its own.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", String(16), nullable=False, unique=True),
    Column("client_id", Integer, ForeignKey("client.id"), index=True, comment="null: the whole gateway's"),
    Column("url", Text, nullable=False),
    Column("description", String(200), nullable=False),
    Column("events", Text, nullable=False, comment="JSON: patterns of kinds"),
    Column("clients", Text, comment="JSON: numbers of the clients whose events it gets; null: all"),
    Column("include_text", String(8), nullable=False, comment="none, received, all"),
    Column("sees_inbox", Boolean, nullable=False, comment="whether received messages may go there"),
    Column("secret", LargeBinary, nullable=False, comment="sealed"),
    Column("old_secret", LargeBinary, comment="sealed; signs along until old_secret_until"),
    Column("old_secret_until", UtcDateTime),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", String(500)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False, comment="when a person or a program last changed it"),
    Column("generation", Integer, nullable=False, comment="one more with each change from outside"),
    Column("cursor", BigInteger, nullable=False, comment="all events up to this one are done with"),
    Column("tries", SmallInteger, nullable=False, comment="of the event that is being tried"),
    Column("next_try_at", UtcDateTime),
    Column("waiting_since", UtcDateTime, comment="when the event that is being tried happened"),
    Column("failures", Integer, nullable=False, comment="in a row"),
    Column("failing_since", UtcDateTime),
    Column("breaker_until", UtcDateTime, comment="nothing is sent before"),
    Column("last_success_at", UtcDateTime),
    Column("last_failure_at", UtcDateTime),
    Column("last_status", SmallInteger, comment="of HTTP, at the last try; null: no answer"),
    Column("last_error", String(200)),
)

dead_letter = Table(
    "webhook_dead_letter",
    metadata,
    Column("webhook_id", Integer, ForeignKey("webhook.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="the event's place in the feed"),
    Column("kind", Text, nullable=False),
    Column("event_at", UtcDateTime, nullable=False),
    Column("died_at", UtcDateTime, nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("status", SmallInteger),
    Column("error", String(200), nullable=False),
    Column("wanted_at", UtcDateTime, comment="since when somebody wants it sent again"),
    Index("ix_webhook_dead_letter_wanted", "webhook_id", "seq", sqlite_where=text("wanted_at IS NOT NULL")),
    Index("ix_webhook_dead_letter_died_at", "died_at"),
)
