"""When a message would leave, as things stand."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from gatewayd.clock import Clock
from gatewayd.message import Priority
from gatewayd.modem.ports import Lines
from gatewayd.queue.admission import Admission, Prepared
from gatewayd.queue.draft import Preview
from gatewayd.queue.modes import Mode
from gatewayd.queue.routing import ANY
from gatewayd.queue.scheduler import Scheduler
from gatewayd.queue.view import Depth
from gatewayd.queue.worker import Worker

#: Seconds that a modem without a pace takes for a part, for want of anything better: what most phones do.
_UNPACED = 3.0
#: Seconds. Nobody is told to come again later than this: modems may be added, and messages cancelled.
_LONGEST_WAIT = 3600


class Forecast:
    """Counts the parts that go before, and divides them among the modems that can send now."""

    def __init__(self, scheduler: Scheduler, lines: Lines, clock: Clock, admission: Admission) -> None:
        self._scheduler = scheduler
        self._lines = lines
        self._clock = clock
        self._admission = admission

    def preview(self, prepared: Prepared, client: str, depth: Depth) -> Preview:
        """What would become of a draft."""
        return Preview(
            to=prepared.recipient,
            parts=prepared.plan.parts,
            encoding=prepared.plan.encoding,
            units=prepared.plan.units,
            text=prepared.text,
            offending=tuple(found.character for found in prepared.plan.offending),
            leaves_at=self.leaves_at(prepared, client, depth),
            changes=tuple((c.position, c.original, c.replacement) for c in prepared.changes),
            price=prepared.price * prepared.plan.parts,
        )

    def seconds_for(self, parts: int) -> int:
        """In how many whole seconds, at least one, so many parts have left by the pace of all modems together."""
        rate = _rate(self._scheduler.workers.values())
        return min(max(1, math.ceil(parts / rate)), _LONGEST_WAIT) if rate else _LONGEST_WAIT

    def leaves_at(self, prepared: Prepared, client: str, depth: Depth) -> datetime | None:
        """When its last part would leave; None while no modem could send it."""
        route = self._admission.route(prepared, client)
        leaves = self.ends_at(route, prepared.plan.parts, prepared.priority, depth)
        return leaves if leaves is None or prepared.send_at is None else max(leaves, prepared.send_at)

    def ends_at(self, route: str, parts: int, priority: Priority, depth: Depth) -> datetime | None:
        """When the last of so many ``parts`` (at least one) would leave by ``route``, behind what waits already.

        None while no modem could send them.
        """
        before = sum(waiting for other, waiting in depth.parts.items() if other <= priority)
        return self._end(route, before + parts)

    def drained_at(self, depth: Depth) -> datetime | None:
        """When all that waits would have left; None where nothing does, or while no modem could send it."""
        waiting = sum(depth.parts.values())
        return self._end(ANY, waiting) if waiting else None

    def _end(self, route: str, parts: int) -> datetime | None:
        workers = [
            worker
            for name in self._admission.modems_of(route)
            if (worker := self._scheduler.workers.get(name)) is not None
            and worker.mode is Mode.RUNNING
            and self._lines.line(name) is not None
        ]
        if not workers or self._scheduler.halted is not None:
            return None
        now = self._clock.now()
        free = min(worker.pace.free_wall() or now for worker in workers)
        # The first of the waiting parts leaves as soon as a modem is free, each further one a turn later.
        return free + timedelta(seconds=(parts - 1) / _rate(workers))


def _rate(workers: Iterable[Worker]) -> float:
    """Parts a second, of all of them together."""
    return sum(1.0 / (worker.pace.interval or _UNPACED) for worker in workers)
