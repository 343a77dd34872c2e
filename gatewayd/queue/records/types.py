"""Statements on types of messages."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select
from sqlalchemy import delete as deleting

from gatewayd.queue.tables import message_type
from gatewayd.store.prepared import Prepared

_every = select(message_type)

every = Prepared(_every.order_by(message_type.c.code))
find = Prepared(_every.where(message_type.c.code == bindparam("code")))
put = Prepared(insert(message_type).prefix_with("OR REPLACE"))
delete = Prepared(deleting(message_type).where(message_type.c.code == bindparam("code")))
