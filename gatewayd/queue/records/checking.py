"""Statements that read everything about a range of messages, for checking it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    case,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    table,
    type_coerce,
)

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import attempt, backlog, message, message_type, modem_mode, pace, part
from gatewayd.store.prepared import Prepared
from gatewayd.store.schema import UtcDateTime, to_microseconds

#: Of other packages, and known by name only.
_event = table(
    "event",
    column("seq", Integer),
    column("kind", String),
    column("subject", String),
    column("client_id", Integer),
    column("data", Text),
)
_client = table("client", column("id", Integer), column("name", String))

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")


#: What a datetime can be made of, in microseconds.
_EARLIEST = to_microseconds(datetime.min.replace(tzinfo=UTC))
_LATEST = to_microseconds(datetime.max.replace(tzinfo=UTC))


def _odd(columns: Iterable[Column[Any]], usual: str) -> ColumnElement[str | None]:
    """The name of the first of ``columns`` that is neither null nor ``usual``, which Python's rows would hide."""
    found: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (literal_column(f"{each} NOT {usual}"), literal_column(f"'{each.name}'")) for each in columns
    ]
    return case(*found, else_=null()).label("odd")


#: What a yes or no is stored as: SQLite looks for these, and any other counts as yes elsewhere.
_YES_OR_NO = "IN (0, 1)"

#: The numbers alone can always be read.
numbers = Prepared(
    select(message.c.seq)
    .where(message.c.seq > bindparam("after"))
    .order_by(message.c.seq)
    .limit(bindparam("limit", required=True))
)
messages = Prepared(
    select(
        message,
        _odd(
            (
                message.c.ready,
                message.c.flash,
                message.c.report,
                message.c.possible_duplicate,
                message.c.overtaken,
                message.c.corrected,
                message.c.cancel_requested,
                message.c.managed,
                message.c.secret,
            ),
            _YES_OR_NO,
        ),
    )
    .where(message.c.seq.between(_first, _last))
    .order_by(message.c.seq)
)


def _raw(of: Table) -> Select[Any]:
    """Everything of ``of``, with its times as they are stored: making datetimes of them takes longest of all.

    ``odd`` names the first of them that none could be made of.
    """
    times = [each for each in of.c if isinstance(each.type, UtcDateTime)]
    plain = [type_coerce(each, BigInteger).label(each.name) if each in times else each for each in of.c]
    return select(*plain, _odd(times, f"BETWEEN {_EARLIEST} AND {_LATEST}"))


parts = Prepared(_raw(part).where(part.c.message_seq.between(_first, _last)))
attempts = Prepared(_raw(attempt).where(attempt.c.message_seq.between(_first, _last)).order_by(attempt.c.seq))
_of_events = select(message.c.seq).join_from(message, _event, _event.c.subject == message.c.id)
kinds = Prepared(
    _of_events.add_columns(
        _event.c.kind, _event.c.client_id.is_not_distinct_from(message.c.client_id).label("own")
    )
    .where(message.c.seq.between(_first, _last))
    .order_by(_event.c.seq)
)
#: Messages with an event that says who, or what policy, had them count as sent.
decided = Prepared(
    _of_events.where(
        message.c.seq.between(_first, _last),
        _event.c.kind == "message.sent",
        func.json_extract(_event.c.data, "$.by").is_not(None),
    )
)

event_numbers = Prepared(
    select(_event.c.seq)
    .where(_event.c.seq > bindparam("after"))
    .order_by(_event.c.seq)
    .limit(bindparam("limit", required=True))
)
#: All that some events say in one value: the driver decodes it at once, and so tells whether it can be read.
readable = Prepared(
    select(
        func.group_concat(_event.c.kind.concat(_event.c.subject).concat(_event.c.data)).label("event")
    ).where(_event.c.seq.between(_first, _last))
)
#: Of some events: those that nobody could follow, and what they tell of messages that aren't there.
strangers = Prepared(
    select(_event.c.seq, _event.c.subject, func.json_valid(_event.c.data).label("valid")).where(
        _event.c.seq.between(_first, _last),
        or_(
            func.json_valid(_event.c.data) == literal_column("0"),
            (_event.c.kind == "message.queued") & ~exists().where(message.c.id == _event.c.subject),
        ),
    )
)

_counted = (
    select(message.c.client_id, func.count().label("messages"), func.sum(message.c.parts).label("parts"))
    .where(OPEN)
    .group_by(message.c.client_id)
    .subquery()
)
#: What is kept of each client's queue, and what is there.
standings = Prepared(
    select(
        _client.c.id,
        func.coalesce(backlog.c.messages, 0).label("messages"),
        func.coalesce(backlog.c.parts, 0).label("parts"),
        func.coalesce(_counted.c.messages, 0).label("messages_there"),
        func.coalesce(_counted.c.parts, 0).label("parts_there"),
    )
    .select_from(
        _client.outerjoin(backlog, backlog.c.client_id == _client.c.id).outerjoin(
            _counted, _counted.c.client_id == _client.c.id
        )
    )
    .order_by(_client.c.id)
)
client_names = Prepared(select(_client.c.id, _client.c.name).where(_client.c.id.between(_first, _last)))

_ROWID: ColumnElement[int] = literal_column("rowid", Integer)


def _numbered(of: Table, *yes_or_no: Column[Any]) -> tuple[Prepared, Prepared]:
    """The numbers of a small table's rows, which can always be read, and the rows in a range of them."""
    columns = [_odd(yes_or_no, _YES_OR_NO)] if yes_or_no else []
    rows = select(of, *columns).where(_ROWID.between(_first, _last))
    return Prepared(select(_ROWID.label("number")).select_from(of).order_by(_ROWID)), Prepared(rows)


mode_numbers, modes = _numbered(modem_mode)
type_numbers, types = _numbered(message_type, message_type.c.secret, message_type.c.active)
pace_numbers, paces = _numbered(pace)
