"""What becomes of messages whose modem, or route, has left the configuration: nothing waits for one that never comes.

Half sent ones fail as ``partial``, since their other parts can't leave through another SIM. The others get the route
that the rules of today give them. Where a client has asked for the modem by name, its message waits for that: somebody
who takes a modem out for a while finds it again, and the log says at each start how many wait.
"""

from __future__ import annotations

from functools import partial
from typing import Never

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.queue.lifecycle import TOPIC
from gatewayd.queue.records import routes as records
from gatewayd.queue.routing import Routing
from gatewayd.queue.stranding import fail_orphans
from gatewayd.queue.submitting import persistently
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: Messages of one transaction.
_AT_ONCE = 200
#: Seconds. What comes back from doubt later may have no modem any more either.
_EVERY = 3600.0


async def keep_routed(database: Runner, routing: Routing, clock: Clock) -> Never:
    """Settle now, and every hour, what the configuration leaves without a modem. Serves until cancelled."""
    told: set[str] = set()
    while True:
        failed = await persistently(database, fail_orphans, routing.modems, clock.now())
        if failed:
            log.warning("message.partial", reason="its modem left the configuration", messages=failed)
        for route in await database.read(partial(_unknown, routing=routing)):
            moved = await _move(database, route, routing)
            left = await database.read(_count, route)
            if moved or (left and route not in told):
                log.warning("queue.rerouted", route=route, messages=moved, waiting_for_that_modem=left)
            told.add(route)
        await trio.sleep(_EVERY)


def _unknown(tx: Tx, routing: Routing) -> list[str]:
    """Routes of open messages that no modem serves."""
    return sorted({row.route for row in records.in_use.all(tx, {})} - routing.known())


async def _move(database: Runner, route: str, routing: Routing) -> int:
    moved = 0
    while some := await persistently(database, _move_some, route, routing):
        moved += some
    return moved


def _move_some(tx: Tx, route: str, routing: Routing) -> int:
    moves = [
        {"b_seq": row.seq, "b_route": to}
        for row in records.unpinned.all(tx, {"route": route, "limit": _AT_ONCE})
        if (to := routing.route(recipient=row.recipient, kind=row.type, client=row.client)) != route
    ]
    records.set_route.change_many(tx, moves)
    tx.announce(TOPIC)
    return len(moves)


def _count(tx: Tx, route: str) -> int:
    return records.count.scalar(tx, {"route": route}) or 0
