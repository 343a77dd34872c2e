"""Statements on how well the modems received."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select

from gatewayd.queue.tables import signal
from gatewayd.store.prepared import Prepared

add = Prepared(insert(signal).values(modem=bindparam("modem"), at=bindparam("at"), dbm=bindparam("dbm")))
of_modem = Prepared(
    select(signal.c.at, signal.c.dbm)
    .where(signal.c.modem == bindparam("modem"), signal.c.at >= bindparam("since"))
    .order_by(signal.c.at)
)
forget = Prepared(delete(signal).where(signal.c.at < bindparam("before")))
