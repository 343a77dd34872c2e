"""The table of the audit. Private to this package."""

from __future__ import annotations

from sqlalchemy import DDL, Column, Index, Integer, String, Table, Text, event

from gatewayd.store.schema import UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text),
    Column("before", Text),
    Column("after", Text),
    Column("prev_hash", String(64), nullable=False, comment="`hash` of the row before"),
    Column("hash", String(64), nullable=False, comment="see chain.py"),
    sqlite_autoincrement=True,
)
Index(None, audit.c.object)
Index(None, audit.c.actor)

for _verb in ("update", "delete"):
    event.listen(
        audit,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER audit_refuses_{_verb} BEFORE {_verb.upper()} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        ),
    )
