"""Statements about the routes of messages that are not over. They read all that waits: rarely, and not in a writer."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, or_, select, update

from gatewayd.queue.records.history import with_client
from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import message, part
from gatewayd.store.prepared import Prepared

#: One in doubt may come back to the queue. Apart from OPEN: with OR between them neither's index would be used.
_IN_DOUBT = message.c.state == literal_column("'in_doubt'")
#: Parts follow each other through one SIM.
_WHOLE = or_(
    message.c.parts == literal_column("1"),
    ~select(part.c.number).where(part.c.message_seq == message.c.seq).exists(),
)
_ON_ROUTE = message.c.route == bindparam("route")

in_use = tuple(Prepared(select(message.c.route).where(those).distinct()) for those in (OPEN, _IN_DOUBT))
#: Those for which no client asked for a modem.
unpinned = tuple(
    Prepared(select(message.c.seq).where(those, _ON_ROUTE, message.c.pinned.is_(None), _WHOLE))
    for those in (OPEN, _IN_DOUBT)
)
count = Prepared(select(func.count()).select_from(message).where(OPEN, _ON_ROUTE))

load = Prepared(with_client.where(message.c.seq == bindparam("seq")))
set_route = Prepared(
    update(message).where(message.c.seq == bindparam("b_seq")).values(route=bindparam("b_route"))
)
