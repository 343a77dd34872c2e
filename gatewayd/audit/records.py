"""Statements of the audit. Private to this package. There is no UPDATE and no DELETE, and the table refuses both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, column, func, insert, select, table

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


def page(*, before: int | None, actor: str | None, object: str | None, limit: int) -> Select[Any]:  # noqa: A002
    """Entries newest first; a filter that is None lets everything pass, and each of the others has its index."""
    filters = ((audit.c.actor, actor), (audit.c.object, object))
    conditions = [column == wanted for column, wanted in filters if wanted is not None]
    if before is not None:
        conditions.append(audit.c.seq < before)
    return select(audit).where(*conditions).order_by(audit.c.seq.desc()).limit(limit)


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
