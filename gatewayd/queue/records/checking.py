"""Statements that read everything about a range of messages, for checking it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Integer,
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
)

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import attempt, backlog, message, message_type, modem_mode, pace, part
from gatewayd.store.prepared import Prepared

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


def _odd(*columns: Column[Any]) -> ColumnElement[str | None]:
    """The name of the first of ``columns`` that is neither yes nor no nor null; the driver's rows would hide that."""
    found: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (literal_column(f"{each} NOT IN (0, 1)"), literal_column(f"'{each.name}'")) for each in columns
    ]
    return case(*found, else_=null()).label("odd")


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
    )
    .where(message.c.seq.between(_first, _last))
    .order_by(message.c.seq)
)
parts = Prepared(select(part).where(part.c.message_seq.between(_first, _last)))
attempts = Prepared(
    select(attempt).where(attempt.c.message_seq.between(_first, _last)).order_by(attempt.c.seq)
)
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
    columns = [_odd(*yes_or_no)] if yes_or_no else []
    rows = select(of, *columns).where(_ROWID.between(_first, _last))
    return Prepared(select(_ROWID.label("number")).select_from(of).order_by(_ROWID)), Prepared(rows)


mode_numbers, modes = _numbered(modem_mode)
type_numbers, types = _numbered(message_type, message_type.c.secret, message_type.c.active)
pace_numbers, paces = _numbered(pace)
