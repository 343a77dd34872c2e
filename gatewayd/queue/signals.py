"""How well each modem receives, written down now and then: what was before a failure says more than what is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.modem.ports import Lines
from gatewayd.queue.records import signals
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

#: Seconds between two measurements: 2,016 rows a modem and week.
INTERVAL: Final = 300.0
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Measured:
    """A signal's strength at one moment."""

    at: datetime
    dbm: int | None
    """None: not known, as while the modem was away."""


class SignalLog:
    """Writes down what the modems behind ``lines`` receive, and shows it."""

    def __init__(self, runner: Runner, lines: Lines, clock: Clock) -> None:
        self._runner = runner
        self._lines = lines
        self._clock = clock

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Measure until cancelled."""
        task_status.started()
        while True:
            await trio.sleep(INTERVAL)
            found = [(name, self._lines.status(name).signal_dbm) for name in self._lines.names()]
            try:
                await self._runner.run(write, found, self._clock.now(), lane=Lane.BULK)
            except StorageFull:
                # A full disk has room for what matters more.
                continue

    async def of(self, modem: str, span: timedelta) -> list[Measured]:
        """What was measured of one modem within ``span`` before now, oldest first."""
        return await self._runner.read(_read, modem, self._clock.now() - span)


def write(tx: Tx, found: Sequence[tuple[str, int | None]], at: datetime) -> None:
    """Write down what was ``found`` of each modem (its name, dBm) at one moment, and forget what is too old."""
    for name, dbm in found:
        signals.add.change(tx, {"modem": name, "at": at, "dbm": dbm})
    signals.forget.change(tx, {"before": at - KEPT})


def _read(tx: Tx, modem: str, since: datetime) -> list[Measured]:
    return [Measured(row.at, row.dbm) for row in signals.of_modem.all(tx, {"modem": modem, "since": since})]
