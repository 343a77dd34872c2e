"""Statements of received messages and their parts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    type_coerce,
    update,
)

from gatewayd.queue.tables import inbox, inbox_part
from gatewayd.store.prepared import Prepared

#: As the partial index has it.
_OPEN: Any = literal_column("inbox_seq IS NULL")
#: SQLite would walk along its index from the oldest row on, over all that is finished, to find the oldest open one.
_received: Any = type_coerce(
    type_coerce(inbox_part.c.received_at, BigInteger) + literal_column("0"), inbox_part.c.received_at.type
)

known = Prepared(
    select(inbox_part.c.seq).where(
        inbox_part.c.sim == bindparam("sim"), inbox_part.c.digest == bindparam("digest")
    )
)
insert_part = Prepared(
    insert(inbox_part).values(
        {column: bindparam(column.name) for column in inbox_part.c if column is not inbox_part.c.seq}
    )
)
insert_message = Prepared(
    insert(inbox).values({column: bindparam(column.name) for column in inbox.c if column is not inbox.c.seq})
)
#: All open parts that may belong to one message, or to several under the same reference.
alike = Prepared(
    select(inbox_part).where(
        _OPEN,
        inbox_part.c.sim == bindparam("sim"),
        inbox_part.c.sender == bindparam("sender"),
        inbox_part.c.reference == bindparam("reference"),
        inbox_part.c.wide == bindparam("wide"),
        inbox_part.c.total == bindparam("total"),
    )
)
assign = Prepared(
    update(inbox_part)
    .where(inbox_part.c.seq == bindparam("b_seq"))
    .values(inbox_seq=bindparam("b_inbox_seq"))
)
_sets = (
    select(
        inbox_part.c.sim, inbox_part.c.sender, inbox_part.c.reference, inbox_part.c.wide, inbox_part.c.total
    )
    .where(_OPEN)
    .distinct()
    .subquery()
)
#: Sets under the same reference count once: the limit is one of size, not of exactness.
open_sets = Prepared(select(func.count()).select_from(_sets))
oldest_open = Prepared(select(inbox_part).where(_OPEN).order_by(_received, inbox_part.c.seq).limit(1))
forget = Prepared(
    delete(inbox_part).where(
        inbox_part.c.seq.in_(
            select(inbox_part.c.seq)
            .where(inbox_part.c.received_at < bindparam("before"), literal_column("inbox_seq IS NOT NULL"))
            .limit(bindparam("limit"))
        )
    )
)

find = Prepared(select(inbox).where(inbox.c.id == bindparam("id")))


def narrow(conditions: list[Any], limit: int) -> Select[Any]:
    """A page of the inbox under ``conditions``, newest first."""
    return (
        select(inbox).where(*conditions).order_by(inbox.c.received_at.desc(), inbox.c.seq.desc()).limit(limit)
    )


def older_than(received_at: Any, seq: int) -> Any:
    """Behind that message in the order of the inbox."""
    column = inbox.c.received_at
    return tuple_(column, inbox.c.seq) < tuple_(bindparam("after_at", received_at, column.type), seq)
