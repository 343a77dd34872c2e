"""Statements about the routes of messages that are not over."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, or_, select, union, update

from gatewayd.queue.records.history import with_client
from gatewayd.queue.records.turns import OPEN
from gatewayd.queue.tables import message, part
from gatewayd.store.prepared import Prepared

#: One in doubt may come back to the queue.
_IN_DOUBT = message.c.state == literal_column("'in_doubt'")
#: Parts follow each other through one SIM.
_WHOLE = or_(
    message.c.parts == literal_column("1"),
    ~select(part.c.number).where(part.c.message_seq == message.c.seq).exists(),
)

in_use = Prepared(union(*(select(message.c.route).where(open_) for open_ in (OPEN, _IN_DOUBT))))
#: Those for which no client asked for a modem, some at a time.
unpinned = Prepared(
    with_client.where(
        or_(OPEN, _IN_DOUBT), message.c.route == bindparam("route"), message.c.pinned.is_(None), _WHOLE
    ).limit(bindparam("limit"))
)
set_route = Prepared(
    update(message).where(message.c.seq == bindparam("b_seq")).values(route=bindparam("b_route"))
)
count = Prepared(select(func.count()).select_from(message).where(OPEN, message.c.route == bindparam("route")))
