"""What happens when: deeds in the order of time, many of them in one transaction."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from gatewayd.cli.fiction.calendar import Calendar
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

#: Deeds of one transaction.
_TOGETHER = 1000


@dataclass(order=True, slots=True)
class _Entry:
    at: datetime
    number: int
    deed: Callable[[Tx], None] | None = field(compare=False)
    service: Callable[[], Awaitable[object]] | None = field(compare=False)


class Plan:
    """Everything that is still to happen, on the database ``runner`` by the clock ``calendar``."""

    def __init__(self, runner: Runner, calendar: Calendar) -> None:
        self._runner = runner
        self._calendar = calendar
        self._entries: list[_Entry] = []
        self._numbers = count()

    def add(self, at: datetime, deed: Callable[[Tx], None]) -> None:
        """Let ``deed`` happen at ``at``, in a transaction with its neighbours."""
        heapq.heappush(self._entries, _Entry(at, next(self._numbers), deed, None))

    def add_service(self, at: datetime, service: Callable[[], Awaitable[object]]) -> None:
        """Let ``service`` happen at ``at``: a call that makes transactions of its own."""
        heapq.heappush(self._entries, _Entry(at, next(self._numbers), None, service))

    async def play(self, until: datetime) -> None:
        """Let everything happen that is planned before ``until``, and what comes of it."""
        while self._entries and self._entries[0].at < until:
            if self._entries[0].deed is not None:
                await self._runner.run(self._some, until)
                continue
            entry = heapq.heappop(self._entries)
            self._calendar.at = entry.at
            if entry.service is not None:
                await entry.service()

    def _some(self, tx: Tx, until: datetime) -> None:
        for _ in range(_TOGETHER):
            if not self._entries or self._entries[0].at >= until or self._entries[0].deed is None:
                return
            entry = heapq.heappop(self._entries)
            self._calendar.at = entry.at
            if entry.deed is not None:
                entry.deed(tx)
