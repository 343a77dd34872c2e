"""Statements that find whose turn it is, and that park what can't go yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from gatewayd.queue.tables import attempt, message, part
from gatewayd.store.prepared import Prepared

#: Conditions written as literals: SQLite uses a partial index only where it sees the index's own condition.
READY: ColumnElement[bool] = literal_column("ready = 1")
OPEN: ColumnElement[bool] = literal_column("ready IS NOT NULL")
QUEUED = message.c.state == literal_column("'queued'")
SENDING = message.c.state == literal_column("'sending'")


def _first_of_each(column: Column[Any], seq: Column[int], *conditions: ColumnElement[bool]) -> Select[Any]:
    """``seq`` of the first row under ``conditions`` for each value of ``column``.

    It jumps from value to value through an index on what the conditions compare, ``column`` and ``seq``, so that its
    cost is the number of values, however many rows there are.
    """
    first = select(column.label("value")).where(*conditions).order_by(column).limit(1).subquery()
    found = select(first.c.value).cte("found", recursive=True)
    following = (
        select(column).where(*conditions, column > found.c.value).order_by(column).limit(1).scalar_subquery()
    )
    found = found.union_all(select(following).where(found.c.value.is_not(None)))
    head = select(seq).where(*conditions, column == found.c.value).order_by(seq).limit(1).scalar_subquery()
    return select(found.c.value.label(column.name), head.label("seq")).where(found.c.value.is_not(None))


#: The first ready message of each client, for one route and priority.
heads = Prepared(
    _first_of_each(
        message.c.client_id,
        message.c.seq,
        READY,
        message.c.route == bindparam("route"),
        message.c.priority == bindparam("priority"),
    )
)

load = Prepared(select(message).where(message.c.seq == bindparam("seq")))

#: The message whose next part this modem owes: some of its parts are sent, none is under way.
open_message = Prepared(
    select(message)
    .where(
        OPEN,
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
        OPEN,
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

#: Who stands before a message in its lane, first come first. What is planned for later, or held with its batch, stands
#: before nobody.
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
        or_(
            message.c.wait_reason.is_(None),
            message.c.wait_reason.not_in((literal_column("'scheduled'"), literal_column("'paused'"))),
        ),
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
        message.c.seq != bindparam("seq"),
        message.c.recipient == bindparam("recipient"),
        message.c.sim.is_not_distinct_from(bindparam("sim")),
    )
)

park = Prepared(
    update(message)
    .where(message.c.seq == bindparam("b_seq"), QUEUED)
    .values(ready=False, wait_reason=bindparam("reason"), not_before=bindparam("until"))
)
_waiting = message.alias()
_first_waiting = _first_of_each(
    _waiting.c.route,
    _waiting.c.seq,
    literal_column("wait_reason = 'order'"),
    _waiting.c.client_id == bindparam("b_client_id"),
    _waiting.c.recipient == bindparam("b_recipient"),
    _waiting.c.priority == bindparam("b_priority"),
).subquery()
#: Those that waited for one before them look again who stands there now: of each route the first, since the others
#: would only find that one before them.
unpark_lane = Prepared(
    update(message)
    .where(message.c.seq.in_(select(_first_waiting.c.seq)))
    .values(ready=True, wait_reason=None, not_before=None)
)

#: Those that waited for their SIM in that modem.
unpark_sim = Prepared(
    update(message)
    .where(
        OPEN,
        QUEUED,
        message.c.modem == bindparam("b_modem"),
        message.c.wait_reason == literal_column("'sim'"),
    )
    .values(ready=True, wait_reason=None, not_before=None)
)
#: Those that waited for evidence about the doubt whose window ends then.
unpark_doubt = Prepared(
    update(message)
    .where(
        literal_column("not_before IS NOT NULL"),
        message.c.not_before == bindparam("b_until"),
        message.c.wait_reason == literal_column("'doubt'"),
        message.c.recipient == bindparam("b_recipient"),
    )
    .values(ready=True, wait_reason=None, not_before=None)
)
_DOUBTED: ColumnElement[bool] = literal_column("wait_reason = 'doubt'")
_doubted = message.alias()
some_doubted = Prepared(select(message.c.seq).where(_DOUBTED).limit(1))
#: As ``heads``, but of all priorities, and of those that another modem parked for a doubt, where this SIM has none
#: about the recipient.
heads_doubted_elsewhere = Prepared(
    select(message.c.priority, message.c.client_id, func.min(message.c.seq).label("seq"))
    .where(
        _DOUBTED,
        message.c.route == bindparam("route"),
        ~select(_doubted.c.seq)
        .where(
            _doubted.c.doubt_until.is_not(None),
            _doubted.c.recipient == message.c.recipient,
            _doubted.c.doubt_until > bindparam("now"),
            _doubted.c.seq != message.c.seq,
            _doubted.c.sim.is_not_distinct_from(bindparam("sim")),
        )
        .exists(),
    )
    .group_by(message.c.priority, message.c.client_id)
)

insert_attempt = Prepared(
    insert(attempt).values(
        {name: bindparam(name) for name in ("message_seq", "part", "number", "modem", "sim", "claimed_at")}
    )
)
