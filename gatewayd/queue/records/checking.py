"""Statements that read everything about a range of messages, for checking it."""

from __future__ import annotations

from sqlalchemy import BindParameter, Integer, String, bindparam, column, exists, func, select, table

from gatewayd.queue.tables import attempt, message, part
from gatewayd.store.prepared import Prepared

#: Of another package, and known by name only.
_event = table("event", column("seq", Integer), column("kind", String), column("subject", String))

#: The numbers alone can always be read.
numbers = Prepared(
    select(message.c.seq)
    .where(message.c.seq > bindparam("after"))
    .order_by(message.c.seq)
    .limit(bindparam("limit", required=True))
)
_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
messages = Prepared(select(message).where(message.c.seq.between(_first, _last)).order_by(message.c.seq))
parts = Prepared(select(part).where(part.c.message_seq.between(_first, _last)))
attempts = Prepared(
    select(attempt).where(attempt.c.message_seq.between(_first, _last)).order_by(attempt.c.seq)
)
kinds = Prepared(
    select(message.c.seq, _event.c.kind)
    .join_from(message, _event, _event.c.subject == message.c.id)
    .where(message.c.seq.between(_first, _last))
    .order_by(_event.c.seq)
)

_some = (
    select(_event.c.seq, _event.c.kind, _event.c.subject)
    .where(_event.c.seq > bindparam("after"))
    .order_by(_event.c.seq)
    .limit(bindparam("limit", required=True))
    .subquery()
)
#: Of some events: the last number, how many, and what they tell of messages that aren't there.
last_of_some = Prepared(select(func.max(_some.c.seq), func.count()).select_from(_some))
strangers = Prepared(
    select(_some.c.seq, _some.c.subject).where(
        _some.c.kind == "message.queued", ~exists().where(message.c.id == _some.c.subject)
    )
)
