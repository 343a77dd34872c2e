"""Statements about messages that a restored copy holds back."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, select

from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import message
from gatewayd.store.prepared import Prepared

_IN_DOUBT = message.c.state == literal_column("'in_doubt'")
_some = select(message).limit(bindparam("limit", required=True))

waiting = Prepared(_some.where(OPEN))
open_doubts = Prepared(_some.where(literal_column("doubt_until IS NOT NULL")))
held = Prepared(
    _some.where(
        _IN_DOUBT, message.c.error == bindparam("error"), message.c.seq > bindparam("after")
    ).order_by(message.c.seq)
)
count_held = Prepared(select(func.count()).where(_IN_DOUBT, message.c.error == bindparam("error")))
