"""The first start from a restored copy: no batch goes on by itself.

A copy (``gatewayd db backup``) ends at one moment, and with it what is known of how far a batch was handed in; whether
it was approved, paused or over in the original afterwards is unknown too. So each batch that was not over is put behind
a person: what ran is paused, what was approved waits for approval, and what waited for a person says where it comes
from. What is handed in of it from then on is marked as possible duplicates, as released messages are
(``queue.restoring``).

A batch notes the copy that it was held for. So nothing depends on the order in which queue and batches start, and what
is interrupted is done again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import structlog
import trio

from gatewayd.batches import records, steering
from gatewayd.batches.states import Event, State
from gatewayd.errors import StorageFull
from gatewayd.queue.timers import FULL_DISK_CHECK
from gatewayd.store import epoch
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

#: The ``reason`` of a batch that was put behind a person here.
REASON: Final = "restored"
#: Batches of one transaction.
_AT_ONCE = 100

log = structlog.get_logger(__name__)


async def hold_restored(database: Runner, at: datetime) -> None:
    """Put the batches of a copy that was not worked with before behind a person; nothing in any other database.

    To be done before any batch is moved on. On a full disk, of a copy, it waits for room; any other database is only
    read.
    """
    held = 0
    while await database.read(_next):
        try:
            held += await database.run(_hold_some, at, lane=Lane.BULK)
        except StorageFull:
            await trio.sleep(FULL_DISK_CHECK)
    if held:
        log.warning("batches.restored", held=held, list="gatewayd batch list --state checked,paused")


def _next(tx: Tx) -> list[Any]:
    """Batches that are to be held."""
    number = epoch.number(tx)
    return [] if number is None else records.not_held.all(tx, {"epoch": number, "limit": _AT_ONCE})


def _hold_some(tx: Tx, at: datetime) -> int:
    """Hold some batches; how many."""
    number, rows = epoch.number(tx), _next(tx)
    for row in rows:
        facts: dict[str, Any] = {"epoch": number, "copied_at": epoch.forked_at(tx, row.epoch)}
        if row.state == State.APPROVED:
            facts |= {"approved_at": None, "approved_by": None}
        steering.step(tx, row, Event.RESTORE, at, actor="gatewayd", reason=REASON, **facts)
    return len(rows)
