"""Statements that find whose turn it is, and that park what can't go yet."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam, func, insert, literal_column, or_, select, update

from gatewayd.queue.tables import attempt, message, part
from gatewayd.store.prepared import Prepared

#: Conditions written as literals: SQLite uses a partial index only where it sees the index's own condition.
READY: ColumnElement[bool] = literal_column("ready = 1")
OPEN: ColumnElement[bool] = literal_column("ready IS NOT NULL")
QUEUED = message.c.state == literal_column("'queued'")
SENDING = message.c.state == literal_column("'sending'")

_of_group = (
    READY,
    message.c.route == bindparam("route"),
    message.c.priority == bindparam("priority"),
)
_first = select(message.c.client_id).where(*_of_group).order_by(message.c.client_id).limit(1).subquery()
_turn = select(_first.c.client_id).cte("turn", recursive=True)
_next = (
    select(message.c.client_id)
    .where(*_of_group, message.c.client_id > _turn.c.client_id)
    .order_by(message.c.client_id)
    .limit(1)
    .scalar_subquery()
)
_turn = _turn.union_all(select(_next).where(_turn.c.client_id.is_not(None)))
_head = (
    select(message.c.seq)
    .where(*_of_group, message.c.client_id == _turn.c.client_id)
    .order_by(message.c.seq)
    .limit(1)
    .scalar_subquery()
)
#: The first ready message of each client, for one route and priority. It jumps from client to client through the
#: index, so that its cost is the number of clients, however many messages wait.
heads = Prepared(select(_turn.c.client_id, _head.label("seq")).where(_turn.c.client_id.is_not(None)))

load = Prepared(select(message).where(message.c.seq == bindparam("seq")))

#: The message whose next part this modem owes: some of its parts are sent, none is under way.
open_message = Prepared(
    select(message)
    .where(
        SENDING,
        message.c.modem == bindparam("modem"),
        or_(message.c.sim.is_(None), bindparam("sim").is_(None), message.c.sim == bindparam("sim")),
        ~select(attempt.c.seq)
        .where(attempt.c.message_seq == message.c.seq, attempt.c.finished_at.is_(None))
        .exists(),
    )
    .order_by(message.c.seq)
    .limit(1)
)
#: What was begun on another SIM of this modem, and stands between two parts.
strangers = Prepared(
    select(message)
    .where(
        SENDING,
        message.c.modem == bindparam("modem"),
        message.c.sim != bindparam("sim"),
        ~select(attempt.c.seq)
        .where(attempt.c.message_seq == message.c.seq, attempt.c.finished_at.is_(None))
        .exists(),
    )
    .order_by(message.c.seq)
)
parts_of = Prepared(select(part.c.number, part.c.state).where(part.c.message_seq == bindparam("message_seq")))

#: Who stands before a message in its lane, first come first.
before_in_lane = Prepared(
    select(
        message.c.seq,
        message.c.state,
        message.c.ready,
        message.c.wait_reason,
        message.c.not_before,
        message.c.route,
        message.c.ordering,
    )
    .where(
        OPEN,
        message.c.client_id == bindparam("client_id"),
        message.c.recipient == bindparam("recipient"),
        message.c.priority == bindparam("priority"),
        message.c.seq < bindparam("seq"),
    )
    .order_by(message.c.seq)
    .limit(50)
)
mark_overtaken = Prepared(
    update(message).where(message.c.seq == bindparam("b_seq"), QUEUED).values(overtaken=True)
)
#: Until when evidence of the youngest doubt about this recipient on this SIM is waited for.
youngest_doubt = Prepared(
    select(func.max(message.c.doubt_until)).where(
        literal_column("doubt_until IS NOT NULL"),
        message.c.recipient == bindparam("recipient"),
        message.c.sim.is_not_distinct_from(bindparam("sim")),
    )
)

park = Prepared(
    update(message)
    .where(message.c.seq == bindparam("b_seq"), QUEUED, READY)
    .values(ready=False, wait_reason=bindparam("reason"), not_before=bindparam("until"))
)
#: Those that waited for one before them: they look again who stands there now.
unpark_lane = Prepared(
    update(message)
    .where(
        OPEN,
        message.c.client_id == bindparam("b_client_id"),
        message.c.recipient == bindparam("b_recipient"),
        message.c.priority == bindparam("b_priority"),
        message.c.wait_reason == literal_column("'order'"),
    )
    .values(ready=True, wait_reason=None, not_before=None)
)

#: Those that waited for their SIM in that modem.
unpark_sim = Prepared(
    update(message)
    .where(
        literal_column("not_before IS NOT NULL"),
        message.c.wait_reason == literal_column("'sim'"),
        message.c.modem == bindparam("b_modem"),
    )
    .values(ready=True, wait_reason=None, not_before=None)
)

insert_attempt = Prepared(
    insert(attempt).values(
        {name: bindparam(name) for name in ("message_seq", "part", "number", "modem", "sim", "claimed_at")}
    )
)
