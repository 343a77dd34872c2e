"""Statements about messages that a restored copy holds back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, select, tuple_

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import message
from gatewayd.store.prepared import Prepared

_IN_DOUBT = message.c.state == literal_column("'in_doubt'")
_some = select(message).limit(bindparam("limit", required=True))

waiting = Prepared(_some.where(OPEN))
open_doubts = Prepared(_some.where(literal_column("doubt_until IS NOT NULL")))
_created_at: ColumnElement[Any] = message.c.created_at
#: Along ix_message_state, from where the page before ended: a million of them must not be sorted for each page.
held = Prepared(
    _some.where(
        _IN_DOUBT,
        message.c.error == bindparam("error"),
        tuple_(_created_at, message.c.seq)
        > tuple_(
            bindparam("after_at", type_=message.c.created_at.type), bindparam("after_seq", type_=Integer)
        ),
    ).order_by(message.c.created_at, message.c.seq)
)
count_held = Prepared(select(func.count()).where(_IN_DOUBT, message.c.error == bindparam("error")))
