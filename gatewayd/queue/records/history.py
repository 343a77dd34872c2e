"""Statements that look at messages. Those with fixed conditions are prepared; searches are put together from parts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    Select,
    String,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    tuple_,
)

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import attempt, message, part
from gatewayd.store.prepared import Prepared

#: Of another package, and known by name only: whose message it is.
_client = table("client", column("id", Integer), column("name", String))

#: What is not there yet for anybody.
NOT_STAGED = message.c.state != literal_column("'staged'")

with_client: Select[Any] = select(message, _client.c.name.label("client")).join_from(
    message, _client, message.c.client_id == _client.c.id
)
#: Newest first. `seq` tells messages of the same microsecond apart.
ORDER: tuple[Any, ...] = (message.c.created_at.desc(), message.c.seq.desc())


def narrow(conditions: list[Any], limit: int) -> Select[Any]:
    """A page of the history under ``conditions``."""
    return with_client.where(*conditions).order_by(*ORDER).limit(limit)


#: For a condition that must not choose the index.
def plain(column: Any) -> Any:
    """The column, as an expression that no index serves."""
    return column + 0


def older_than(created_at: Any, seq: int) -> Any:
    """Behind that message in the order of the history."""
    column: Column[Any] = message.c.created_at
    return tuple_(column, message.c.seq) < tuple_(bindparam("after_at", created_at, column.type), seq)


find = Prepared(with_client.where(message.c.id == bindparam("id"), NOT_STAGED))
client_number = Prepared(select(_client.c.id).where(_client.c.name == bindparam("name")))
client_name = Prepared(select(_client.c.name).where(_client.c.id == bindparam("id")))
parts = Prepared(select(part).where(part.c.message_seq == bindparam("message_seq")).order_by(part.c.number))
attempts = Prepared(
    select(attempt).where(attempt.c.message_seq == bindparam("message_seq")).order_by(attempt.c.seq)
)

#: Reads ix_message_lane alone: 60 ms for a million.
depth = Prepared(
    select(
        message.c.priority,
        func.count().label("messages"),
        func.sum(message.c.parts).label("parts"),
    )
    .where(OPEN)
    .group_by(message.c.priority)
)
created = Prepared(select(message.c.created_at).where(message.c.seq == bindparam("seq")))
doubts = Prepared(select(func.count()).where(message.c.state == literal_column("'in_doubt'")))
sent_since = Prepared(
    select(func.count()).where(part.c.modem == bindparam("modem"), part.c.at >= bindparam("since"))
)
#: A range of ix_message_state, which holds both columns: no row is looked up.
accepted_between = Prepared(
    select(func.count()).where(
        message.c.state == bindparam("state"),
        message.c.created_at >= bindparam("since"),
        message.c.created_at < bindparam("until"),
    )
)
