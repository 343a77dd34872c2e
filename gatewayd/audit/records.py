"""Statements of the audit. Private to this package. There is no UPDATE and no DELETE, and the table refuses both."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, or_, select

from gatewayd.audit.tables import audit
from gatewayd.store.prepared import Prepared

_WRITTEN = (
    audit.c.at,
    audit.c.actor,
    audit.c.action,
    audit.c.object,
    audit.c.reason,
    audit.c.before,
    audit.c.after,
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
