"""Statements that keep what each client has waiting, and what it pays for."""

from __future__ import annotations

from sqlalchemy import Integer, String, bindparam, column, func, literal_column, select, table, update
from sqlalchemy.dialects.sqlite import insert as upsert

from gatewayd.queue.tables import backlog, message, spending
from gatewayd.store.prepared import Prepared

#: Of another package, and known by name only.
_client = table("client", column("id", Integer), column("name", String))

_enter = upsert(backlog)
#: What comes in; returns how many parts wait then.
enter = Prepared(
    _enter.on_conflict_do_update(
        index_elements=[backlog.c.client_id],
        set_={
            "messages": backlog.c.messages + _enter.excluded.messages,
            "parts": backlog.c.parts + _enter.excluded.parts,
        },
    ).returning(backlog.c.parts)
)
#: One message that leaves the queue.
leave = Prepared(
    update(backlog)
    .where(backlog.c.client_id == bindparam("b_client_id"))
    .values(messages=backlog.c.messages - literal_column("1"), parts=backlog.c.parts - bindparam("b_parts"))
)
waiting = Prepared(
    select(backlog.c.messages, backlog.c.parts).where(backlog.c.client_id == bindparam("client_id"))
)

_charge = upsert(spending)
#: What is to be paid, or with negative numbers is given back; returns what the month has come to then.
charge = Prepared(
    _charge.on_conflict_do_update(
        index_elements=[spending.c.client_id, spending.c.month],
        set_={
            "parts": spending.c.parts + _charge.excluded.parts,
            "micros": spending.c.micros + _charge.excluded.micros,
        },
    ).returning(spending.c.micros)
)
spent = Prepared(
    select(spending.c.parts, spending.c.micros).where(
        spending.c.client_id == bindparam("client_id"), spending.c.month == bindparam("month")
    )
)

#: What is staged of an array. Its rows are of one client.
staged = Prepared(
    select(
        message.c.client_id,
        func.count().label("messages"),
        func.sum(message.c.parts).label("parts"),
        func.coalesce(func.sum(message.c.parts * message.c.price), 0).label("micros"),
    )
    .where(message.c.batch_id == bindparam("batch"), message.c.state == literal_column("'staged'"))
    .group_by(message.c.client_id)
)

#: All clients, for metrics.
standings = Prepared(
    select(
        _client.c.id,
        _client.c.name,
        func.coalesce(backlog.c.messages, 0).label("messages"),
        func.coalesce(backlog.c.parts, 0).label("parts"),
        func.coalesce(spending.c.micros, 0).label("micros"),
    )
    .select_from(
        _client.outerjoin(backlog, backlog.c.client_id == _client.c.id).outerjoin(
            spending,
            (spending.c.client_id == _client.c.id) & (spending.c.month == bindparam("month")),
        )
    )
    .order_by(_client.c.name)
)
