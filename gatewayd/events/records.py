"""Statements of the feed. Private to this package."""

from __future__ import annotations

from sqlalchemy import bindparam, column, func, insert, select, table, update

from gatewayd.events.tables import consumer, event
from gatewayd.store.prepared import Prepared

#: What is written, in the order in which ``AppendFrom`` takes it.
WRITTEN = (event.c.at, event.c.kind, event.c.subject, event.c.client_id, event.c.data)

INSERT = Prepared(insert(event).values({column: bindparam(column.name) for column in WRITTEN}))

_AFTER = (
    select(event)
    .where(event.c.seq > bindparam("cursor"))
    .order_by(event.c.seq)
    .limit(bindparam("limit", required=True))
)
AFTER = Prepared(_AFTER)
AFTER_OF_CLIENT = Prepared(_AFTER.where(event.c.client_id == bindparam("client_id")))
#: Not prepared: the number of kinds changes the SQL.
AFTER_OF_KINDS = _AFTER.where(event.c.kind.in_(bindparam("kinds", expanding=True)))
AFTER_OF_CLIENT_AND_KINDS = AFTER_OF_KINDS.where(event.c.client_id == bindparam("client_id"))
OF_SUBJECT = Prepared(
    select(event)
    .where(event.c.subject == bindparam("subject"), event.c.seq > bindparam("cursor"))
    .order_by(event.c.seq)
    .limit(bindparam("limit", required=True))
)
LATEST_OF_SUBJECT = Prepared(
    select(event)
    .where(event.c.subject == bindparam("subject"))
    .order_by(event.c.seq.desc())
    .limit(bindparam("limit", required=True))
)
LAST = Prepared(select(func.max(event.c.seq)))

NUMBERS_AFTER = Prepared(
    select(event.c.seq)
    .where(event.c.seq > bindparam("cursor"))
    .order_by(event.c.seq)
    .limit(bindparam("limit", required=True))
)
_counter = table("sqlite_sequence", column("name"), column("seq"))
#: The highest number that was ever given out, whether its row is still there or not.
COUNTER = Prepared(select(func.max(_counter.c.seq)).where(_counter.c.name == "event"))

INSERT_CONSUMER = Prepared(insert(consumer).values(name=bindparam("name"), cursor=bindparam("cursor")))
CURSOR = Prepared(select(consumer.c.cursor).where(consumer.c.name == bindparam("name")))
ADVANCE = Prepared(
    update(consumer)
    .where(consumer.c.name == bindparam("consumer"), consumer.c.cursor <= bindparam("to"))
    .values(cursor=bindparam("to"))
)
