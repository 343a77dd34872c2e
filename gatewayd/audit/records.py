"""Statements of the audit. Private to this package. There is no UPDATE and no DELETE, and the table refuses both."""

from __future__ import annotations

from sqlalchemy import bindparam, column, func, insert, or_, select, table

from gatewayd.audit.tables import audit
from gatewayd.store.prepared import Prepared

_WRITTEN = (
    audit.c.seq,
    audit.c.at,
    audit.c.actor,
    audit.c.action,
    audit.c.object,
    audit.c.reason,
    audit.c.before,
    audit.c.after,
    audit.c.prev_hash,
    audit.c.hash,
)

INSERT = Prepared(insert(audit).values({column: bindparam(column.name) for column in _WRITTEN}))

#: Newest first; a filter that is NULL lets everything pass.
PAGE = Prepared(
    select(audit)
    .where(
        or_(bindparam("before").is_(None), audit.c.seq < bindparam("before")),
        or_(bindparam("actor").is_(None), audit.c.actor == bindparam("actor")),
        or_(bindparam("object").is_(None), audit.c.object == bindparam("object")),
    )
    .order_by(audit.c.seq.desc())
    .limit(bindparam("limit", required=True))
)

HEAD = Prepared(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
#: Oldest first, for following the chain.
AFTER = Prepared(
    select(audit)
    .where(audit.c.seq > bindparam("after"))
    .order_by(audit.c.seq)
    .limit(bindparam("limit", required=True))
)
_counter = table("sqlite_sequence", column("name"), column("seq"))
#: The highest number that was ever given out, whether its row is still there or not.
COUNTER = Prepared(select(func.max(_counter.c.seq)).where(_counter.c.name == "audit"))
