"""One modem's life: open, set up, ready, lost, open again.

One task, ``run``, does all of it and never ends by itself. The port's name is looked at every 0.25 s while there
is nothing under it: a stat costs 2 µs, and inotify would have to watch every directory on the way, as udev makes and
removes /dev/serial/by-id with its last link. While the line is open, ``upkeep`` keeps the modem at work over it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Never

import trio

from gatewayd.clock import Clock
from gatewayd.modem.failures import LineLost, PortUnavailable
from gatewayd.modem.late import Doubts, Owed
from gatewayd.modem.port import Device, Port
from gatewayd.modem.ports import Accepted, Journal, LinkState, ModemStatus, Outcome, Phase, Unknown
from gatewayd.modem.receiving import Receiver
from gatewayd.modem.session import Session, Timeouts
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.standing import Standing
from gatewayd.modem.submission import submit
from gatewayd.modem.upkeep import Reopen, Upkeep
from gatewayd.sms.pdu import Pdu

_LOOK: Final = 0.25
"""Seconds between two looks for the port."""
_OPEN_GAP: Final = 1.0
"""Seconds before a port is tried again that could not be opened."""
_CLOSE_LIMIT: Final = 2.0
"""Seconds for closing; a driver that hangs longer keeps its thread, not us."""


class Link:
    """One modem, as ``ports.Line``.

    ``on_change`` is called, synchronously, when ``status`` or ``can_submit`` may have changed. ``receiver`` takes what
    the modem receives; whoever runs the link runs it too.
    """

    def __init__(
        self,
        settings: ModemSettings,
        device: Device,
        *,
        journal: Journal,
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._device = device
        self._on_change = on_change
        self._standing = Standing(settings.name, device.name, clock, on_change)
        self.receiver = Receiver(settings, status=lambda: self.status)
        self._upkeep = Upkeep(
            settings, journal=journal, clock=clock, standing=self._standing, receiver=self.receiver
        )
        self._session: Session | None = None
        self._owed: Owed | None = None
        """What the modem owed when its port was closed."""
        self._doubts = Doubts()

    @property
    def name(self) -> str:
        """The modem's name in the configuration."""
        return self._settings.name

    @property
    def status(self) -> ModemStatus:
        """The modem as it is now."""
        return self._standing.status

    @property
    def can_submit(self) -> bool:
        """Whether it is READY, with the SIM that is known, and owes no answer to an earlier submit."""
        session = self._session
        return (
            session is not None
            and session.usable
            and session.lost is None
            and session.owed is None
            and self.status.state is LinkState.READY
        )

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        """As ``ports.Line.submit``; while the modem isn't there, ``Unknown`` before anything was written."""
        if self._session is None:
            return Unknown(Phase.COMMAND, f"line lost: {self.status.reason}", None, 0.0)
        if self.status.state is not LinkState.READY:
            return Unknown(Phase.COMMAND, f"not ready: {self.status.reason}", None, 0.0)
        outcome = await submit(self._session, pdu, arm=arm)
        if isinstance(outcome, Accepted):
            self.receiver.accepted(outcome.mr)
            self._upkeep.accepted()
        return outcome

    def suspect(self) -> None:
        """As ``ports.Lines.suspect``."""
        self._doubts.add(None, trio.current_time())

    async def last_reference(self) -> int | None:
        """As ``ports.Line.last_reference``."""
        return await self.receiver.last_reference()

    async def recover(self) -> None:
        """Climb one rung of the ladder; returns when tried. A modem that is absent or being set up is left alone."""
        if self._session is None or self.status.state in (LinkState.ABSENT, LinkState.STARTING):
            return
        await self._upkeep.recover()

    def stopped(self, reason: str) -> None:
        """Say that ``run`` has ended, and why."""
        self._session = None
        self._upkeep.finish_recovery()
        self._standing.move(LinkState.ABSENT, reason)

    async def run(self) -> Never:
        """Keep the modem working until cancelled."""
        while True:
            port = await self._open()
            try:
                await self._serve(self._new_session(port))
            finally:
                self._session = None
                self.receiver.end()
                self._upkeep.finish_recovery()
                with trio.move_on_after(_CLOSE_LIMIT, shield=True):
                    await port.aclose()
            # The name may outlive the device for a moment.
            await trio.sleep(_LOOK)

    def _new_session(self, port: Port) -> Session:
        settings = self._settings
        session = Session(
            settings.name,
            port.stream,
            timeouts=Timeouts(settings.command_timeout, settings.prompt_timeout, settings.submit_timeout),
            on_notice=self._upkeep.hear,
            on_change=self._changed,
            doubts=self._doubts,
        )
        session.owed, self._owed = self._owed, None
        return session

    async def _open(self) -> Port:
        while True:
            if not self._device.is_present():
                self._standing.move(
                    LinkState.ABSENT, f"{self._device.name} isn't there: is the modem plugged in?"
                )
            else:
                try:
                    return await self._device.open()
                except PortUnavailable as error:
                    self._standing.move(LinkState.ABSENT, str(error))
                    await trio.sleep(_OPEN_GAP)
            await trio.sleep(_LOOK)

    async def _serve(self, session: Session) -> None:
        """Use one open line until it is lost or must be opened again."""
        self._session = session
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.run)
                try:
                    await self._upkeep.live(session)
                except LineLost as error:
                    self._standing.move(LinkState.ABSENT, str(error))
                except Reopen:
                    self._standing.move(LinkState.STARTING, "opening the port again")
                session.lose("the port was closed")
                nursery.cancel_scope.cancel()
        finally:
            self._keep_owed(session)

    def _keep_owed(self, session: Session) -> None:
        if session.owed is None:
            return
        if session.hung_up:
            # It may have lost its power, and may not: it mustn't hold the line, but it may come.
            self._doubts.add(session.owed.stamp, trio.current_time())
        else:
            # Only the port was closed, so the modem may still answer what was asked before.
            self._owed = session.owed

    def _changed(self) -> None:
        self._upkeep.wake()
        self._on_change()
