"""The table of the alerts. Private to this package."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from gatewayd.store.schema import UtcDateTime, metadata

#: What an on-call list knows of one of Alertmanager's groups. Removed some weeks after it was last heard of.
alert_group = Table(
    "alert_group",
    metadata,
    Column("client_id", Integer, ForeignKey("client.id"), primary_key=True),
    Column("list", String(32), primary_key=True),
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the group's key, which has no limit"),
    Column("name", Text, nullable=False, comment="the beginning of the group's key, for people"),
    Column("firing", Text, nullable=False, comment="JSON: when each alert (by fingerprint) began"),
    Column("told", Text, nullable=False, comment="the same, as it was before a notice that is held"),
    Column("result", String(12), nullable=False, comment="what became of the last change"),
    Column("messages", Text, nullable=False, comment="JSON: names of the last notice's messages"),
    Column("held_until", UtcDateTime, comment="when these messages may leave; null: at once"),
    Column("notices", Integer, nullable=False, comment="how many notices there were"),
    Column("told_at", UtcDateTime, comment="when the last notice was queued"),
    Column("seen_at", UtcDateTime, nullable=False, comment="when Alertmanager last spoke of it"),
    Index("ix_alert_group_seen_at", "seen_at"),
    sqlite_with_rowid=False,
)
