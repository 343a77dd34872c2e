"""All configured modems. Each lives by itself: one that fails never takes another, or the daemon, with it."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Never

import structlog
import trio

from gatewayd.backoff import exponential, jittered
from gatewayd.clock import Clock
from gatewayd.modem.link import Link
from gatewayd.modem.port import SerialDevice
from gatewayd.modem.ports import Journal, Line, Mailbox, ModemStatus
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.simulator import LinkOccupied, Simulator, SimulatorSettings, parse_all

logger = structlog.get_logger()

_FIRST_RESTART: Final = 1.0
"""Seconds before a link that failed by a defect is started again; then twice as long each time, up to the cap."""
_LAST_RESTART: Final = 60.0


class Pool:
    """Implements ``ports.Lines``.

    ``settings`` name each modem once. Nothing is received until ``deliver_to`` was called: it stays in the modems.
    """

    def __init__(
        self,
        settings: Sequence[ModemSettings],
        *,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._watchers: dict[str, list[Callable[[], None]]] = {modem.name: [] for modem in settings}
        self._simulators: dict[str, SimulatorSettings] = {}
        self._links: dict[str, Link] = {}
        self._rng = random.Random()  # noqa: S311 - it only spreads restarts
        # Simulated ports without a name of their own go here, and away with the process.
        self._directory: Path | None = None
        for modem in settings:
            self._links[modem.name] = Link(
                modem,
                SerialDevice(self._port_of(modem), modem.baudrate),
                journal=journal,
                clock=clock,
                on_change=partial(self._tell, modem.name),
            )

    def names(self) -> list[str]:
        """Every configured modem's name, in the order of the configuration."""
        return list(self._links)

    def status(self, name: str) -> ModemStatus:
        """That modem as it is now. Raises KeyError for an unknown name."""
        return self._links[name].status

    def line(self, name: str) -> Line | None:
        """Its line while it is READY and its last submit has been settled, else None. Raises KeyError."""
        link = self._links[name]
        return link if link.can_submit else None

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        """Call ``on_change`` whenever ``line(name)`` or ``status(name)`` may have changed. Raises KeyError."""
        self._watchers[name].append(on_change)

    def suspect(self, name: str) -> None:
        """Reckon with an answer to an earlier process's submit; see ``ports.Lines.suspect``. Raises KeyError."""
        self._links[name].suspect()

    async def recover(self, name: str) -> None:
        """Climb one rung of that modem's reset ladder; returns when tried. Raises KeyError."""
        await self._links[name].recover()

    def deliver_to(self, mailbox: Mailbox) -> None:
        """Take what the modems receive to ``mailbox``. To be called once, before ``run``."""
        for link in self._links.values():
            link.receiver.mailbox = mailbox

    async def housekeep(self, name: str) -> None:
        """Empty that modem's storage into the mailbox; returns when tried. Raises KeyError."""
        await self._links[name].receiver.housekeep()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep all modems working until cancelled. Started at once: modems come up when they can."""
        try:
            async with trio.open_nursery() as nursery:
                for name, link in self._links.items():
                    if (simulated := self._simulators.get(name)) is not None:
                        await nursery.start(_simulate, simulated)
                    nursery.start_soon(self._keep, name, link.run, link.stopped)
                    nursery.start_soon(self._keep, name, link.receiver.run, _go_on)
                task_status.started()
                # Also without any modem, a service ends only when it is cancelled.
                await trio.sleep_forever()
        finally:
            if self._directory is not None:
                shutil.rmtree(self._directory, ignore_errors=True)

    async def _keep(
        self, name: str, run: Callable[[], Awaitable[Never]], stopped: Callable[[str], None]
    ) -> Never:
        """Run a link, or its receiver, and start it again when a defect has ended it."""
        failures = 0
        while True:
            began = trio.current_time()
            try:
                await run()
            except Exception:
                # The one place where a defect doesn't end the process: the other modems go on working.
                logger.exception("modem.failed", modem=name)
            failures = 1 if trio.current_time() - began > _LAST_RESTART else failures + 1
            stopped("an internal error ended it, see the log; it is started again")
            wait = exponential(failures, first=_FIRST_RESTART, cap=_LAST_RESTART)
            await trio.sleep(jittered(wait, self._rng))

    def _port_of(self, modem: ModemSettings) -> Path:
        if modem.driver == "at" and modem.port is not None:
            return modem.port
        if (port := modem.port) is None:
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="gatewayd-"))
            port = self._directory / modem.name
        simulated = modem.simulator
        self._simulators[modem.name] = SimulatorSettings(
            link=port,
            name=modem.name,
            latency=simulated.latency,
            jitter=simulated.jitter,
            errors=parse_all(simulated.errors),
            seed=simulated.seed,
            ledger=simulated.ledger,
            reports=simulated.reports,
            report_after=simulated.report_after,
            pin=modem.pin.get_secret_value() if modem.pin is not None else None,
        )
        return port

    def _tell(self, name: str) -> None:
        for on_change in self._watchers[name]:
            on_change()


def _go_on(_reason: str) -> None:
    """A receiver that has ended stops nothing else: the modem goes on sending."""


async def _simulate(
    settings: SimulatorSettings, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve a simulated modem. Where that can't be, its link says that the port isn't there, and the log says why."""
    try:
        await Simulator(settings).run(task_status=task_status)
    except (LinkOccupied, OSError, ValueError) as error:
        logger.error("modem.simulator_failed", modem=settings.name, reason=str(error))  # noqa: TRY400 - no defect
        task_status.started()
