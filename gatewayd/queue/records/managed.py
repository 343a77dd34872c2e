"""Statements on the messages of a managed batch: what of it waits, holding it and letting it go."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, or_, select, update

from gatewayd.queue.records.turns import QUEUED, READY
from gatewayd.queue.tables import batch, message, part
from gatewayd.store.prepared import Prepared

MANAGED: ColumnElement[bool] = literal_column("managed = 1")
_OF_BATCH = message.c.batch_id == bindparam("batch")
_NOT_BEGUN = (
    message.c.parts_sent == literal_column("0"),
    ~select(part.c.number).where(part.c.message_seq == message.c.seq).exists(),
)

held = Prepared(select(batch.c.held).where(batch.c.id == bindparam("batch")))
set_held = Prepared(update(batch).where(batch.c.id == bindparam("b_batch")).values(held=bindparam("b_held")))

#: The next of its messages that are queued, begun or not: how far a sweep gets in one transaction.
queued = Prepared(
    select(message.c.seq)
    .where(MANAGED, _OF_BATCH, QUEUED, message.c.seq > bindparam("after"))
    .order_by(message.c.seq)
    .limit(bindparam("limit", required=True))
)
#: Those of them that have not begun, to be taken back.
not_begun = Prepared(
    select(message)
    .where(MANAGED, _OF_BATCH, QUEUED, message.c.seq > bindparam("after"), message.c.seq <= bindparam("last"))
    .where(*_NOT_BEGUN)
    .order_by(message.c.seq)
)

_SWEPT = (
    MANAGED,
    message.c.batch_id == bindparam("b_batch"),
    QUEUED,
    message.c.seq > bindparam("b_after"),
    message.c.seq <= bindparam("b_last"),
)
#: What waits for its turn, or for its time, waits for the batch. What waits for anything else is held when it is over.
park = Prepared(
    update(message)
    .where(
        *_SWEPT,
        *_NOT_BEGUN,
        or_(READY, literal_column("wait_reason = 'scheduled'")),
    )
    .values(ready=False, wait_reason="paused", not_before=None)
)
#: Back to its turn, or its time.
unpark = Prepared(
    update(message)
    .where(*_SWEPT, message.c.wait_reason == literal_column("'paused'"))
    .values(
        ready=case(
            (message.c.send_at > bindparam("b_now", type_=message.c.send_at.type), literal_column("0")),
            else_=literal_column("1"),
        ),
        wait_reason=case(
            (
                message.c.send_at > bindparam("b_now", type_=message.c.send_at.type),
                literal_column("'scheduled'"),
            ),
            else_=None,
        ),
        not_before=case(
            (message.c.send_at > bindparam("b_now", type_=message.c.send_at.type), message.c.send_at),
            else_=None,
        ),
    )
)
#: Who waits behind one of its messages looks again, once all of them are parked.
unpark_followers = Prepared(
    update(message)
    .where(
        literal_column("wait_reason = 'order'"),
        message.c.client_id
        == select(batch.c.client_id).where(batch.c.id == bindparam("b_batch")).scalar_subquery(),
    )
    .values(ready=True, wait_reason=None, not_before=None)
)

#: Reads ix_message_managed alone.
counts = Prepared(
    select(message.c.state, func.count().label("messages"))
    .where(MANAGED, _OF_BATCH)
    .group_by(message.c.state)
)
unsettled = Prepared(
    select(message.c.seq).where(MANAGED, _OF_BATCH, message.c.state == bindparam("state")).limit(1)
)
