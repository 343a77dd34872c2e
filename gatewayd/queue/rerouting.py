"""What becomes of messages whose modem, or route, has left the configuration: nothing waits for one that never comes.

Half sent ones fail as ``partial``, since their other parts can't leave through another SIM. The others get the route
that the rules of today give them. Where a client has asked for the modem by name, its message waits for that: somebody
who takes a modem out for a while finds it again, and the log says at each start how many wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Never

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.errors import SearchTooLong, StorageFull
from gatewayd.queue.lifecycle import TOPIC
from gatewayd.queue.records import routes as records
from gatewayd.queue.routing import Routing
from gatewayd.queue.stranding import fail_orphans
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: Messages of one transaction.
_AT_ONCE = 200
#: Seconds. What comes back from doubt later may have no modem any more either.
_EVERY = 3600.0
#: Seconds until the next try, after one that a full disk or a slow one ended.
_TRY_AGAIN = 60.0


async def keep_routed(database: Runner, routing: Routing, clock: Clock) -> Never:
    """Settle now what the configuration leaves without a modem; then look every hour. Serves until cancelled."""
    rerouted = False
    while True:
        try:
            at = clock.now()
            failed = await database.run(fail_orphans, routing.modems, at, lane=Lane.CLAIM)
            if failed:
                log.warning("message.partial", reason="its modem left the configuration", messages=failed)
            if not rerouted:
                await _reroute(database, routing)
                rerouted = True
            pause = _EVERY
        except (StorageFull, SearchTooLong) as error:
            log.warning("queue.rerouting_waits", reason=str(error))
            pause = _TRY_AGAIN
        await trio.sleep(pause)


async def _reroute(database: Runner, routing: Routing) -> None:
    for route in await database.read(partial(_unknown, routing=routing)):
        moved, seqs = 0, await database.read(_unpinned, route)
        for first in range(0, len(seqs), _AT_ONCE):
            some = seqs[first : first + _AT_ONCE]
            moved += await database.run(_move, some, route, routing, lane=Lane.BULK)
        left = await database.read(_count, route)
        if moved or left:
            log.warning("queue.rerouted", route=route, messages=moved, waiting_for_that_modem=left)


def _unknown(tx: Tx, routing: Routing) -> list[str]:
    """Routes of open messages that no modem serves."""
    return sorted({row.route for those in records.in_use for row in those.all(tx, {})} - routing.known())


def _unpinned(tx: Tx, route: str) -> list[int]:
    return [row.seq for those in records.unpinned for row in those.all(tx, {"route": route})]


def _move(tx: Tx, some: Sequence[int], route: str, routing: Routing) -> int:
    """Give messages the route of today, but for those that were given another meanwhile; return how many."""
    moves = []
    for seq in some:
        row = records.load.first(tx, {"seq": seq})
        if row is not None and row.route == route:
            to = routing.route(recipient=row.recipient, kind=row.type, client=row.client)
            moves.append({"b_seq": seq, "b_route": to})
    records.set_route.change_many(tx, moves)
    tx.announce(TOPIC)
    return len(moves)


def _count(tx: Tx, route: str) -> int:
    return records.count.scalar(tx, {"route": route}) or 0
