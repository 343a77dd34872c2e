"""One turn of a check: some slices of rows, each written down while the next is being looked at.

A transaction waits for the disk, the verdicts for nothing but the processor: one after the other would take half as
long again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import trio

from gatewayd.batches import metrics, records, running
from gatewayd.batches.checking import MALFORMED, Checker, Verdict
from gatewayd.batches.running import Findings, Overtaken, Tally
from gatewayd.queue.service import Queue
from gatewayd.store.runner import Lane, Runner

#: Rows of one transaction.
CHECK = 250
#: Slices of one turn; then other batches have theirs.
_SLICES = 20
#: Others have their turn after so many rows: less than 2 ms.
PAUSE = 10
#: Seconds after which they have it at the latest, where making the texts takes long.
_PAUSE_AFTER = 0.005


@dataclass(frozen=True, slots=True)
class CheckRun:
    """The check of one batch; ``turn`` does some of it."""

    database: Runner
    queue: Queue
    checker: Checker
    client: str
    """The name of the client whose batch it is."""

    async def turn(self, row: Any) -> bool:
        """Check some rows of the batch ``row``, from where it is; whether none is left. Raises Overtaken."""
        await self.queue.refresh()
        tally = Tally.of(row)
        found: Findings | None = None
        try:
            for _ in range(_SLICES):
                async with trio.open_nursery() as nursery:
                    if found is not None:
                        nursery.start_soon(self._write, row, found)
                    found = await self._look(row, tally)
                if found is None:
                    return True
            if found is not None:
                await self._write(row, found)
        except* Overtaken:
            raise Overtaken from None
        return False

    async def _look(self, row: Any, tally: Tally) -> Findings | None:
        """The verdicts on the next rows, counted in ``tally``; None: there are none left."""
        before = tally.checked
        some = await self.database.read(
            lambda tx: records.to_check.all(tx, {"batch_seq": row.seq, "after": before, "limit": CHECK})
        )
        verdicts: list[tuple[int, Verdict]] = []
        began = trio.current_time()
        for each in some:
            tally.checked = each.number
            if each.state != MALFORMED:
                verdict = self.checker.check(each)
                verdicts.append((each.number, verdict))
                prepared = verdict.prepared
                tally.count(verdict, "" if prepared is None else self.queue.route_of(prepared, self.client))
            if each.number % PAUSE == 0 or trio.current_time() - began > _PAUSE_AFTER:
                await trio.lowlevel.checkpoint()
                began = trio.current_time()
        return Findings(before, len(some), verdicts, tally.copy()) if some else None

    async def _write(self, row: Any, found: Findings) -> None:
        price = found.tally.price if self.queue.priced else None
        label = self.checker.wording.label
        await self.database.run(running.write_verdicts, row, found, label, price, lane=Lane.BULK)
        good = sum(verdict.state == "good" for _, verdict in found.verdicts)
        metrics.rows_checked.labels("good").inc(good)
        metrics.rows_checked.labels("wrong").inc(found.rows - good)
