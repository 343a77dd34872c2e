"""The tables of templates. Private to this package. A version is never changed, and none is ever deleted."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from gatewayd.store.schema import UtcDateTime, metadata

template = Table(
    "template",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("channel", String(8), nullable=False, comment="sms or mail"),
    Column("language", String(16), nullable=False, comment="such as pt-BR"),
    Column("version", Integer, nullable=False, comment="the one in force"),
    Column("active", Boolean, nullable=False, comment="false: deleted; its versions stay"),
    Index("uq_template_place", "kind", "channel", "language", unique=True),
)

template_version = Table(
    "template_version",
    metadata,
    Column("template_id", Integer, ForeignKey("template.id"), primary_key=True),
    Column("version", Integer, primary_key=True, comment="1 is the first"),
    Column("fields", Text, nullable=False, comment="JSON: what it is filled with"),
    Column("subject", Text, comment="of a mail"),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(80), nullable=False),
)
