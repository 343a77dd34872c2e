"""One modem's life: open, set up, ready, lost, open again.

One task, ``run``, does all of it and never ends by itself. The port's name is looked at every 0.25 s while there
is nothing under it: a stat costs 2 µs, and inotify would have to watch every directory on the way, as udev makes and
removes /dev/serial/by-id with its last link. While the modem is ready, the task sleeps until the next refresh or until
it is woken: by the reader (the line died, registration changed, the modem restarted, an answer is owed) or by
``recover``.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final, Never

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.modem import notices
from gatewayd.modem.failures import (
    AnswerOwed,
    LineLost,
    LineSilent,
    ModemRestarted,
    NeedsPerson,
    PortUnavailable,
)
from gatewayd.modem.ladder import Effect, Ladder, Rung
from gatewayd.modem.network import Network, read_network
from gatewayd.modem.pin import PinGuard
from gatewayd.modem.port import Device, Port
from gatewayd.modem.ports import Accepted, Journal, LinkState, ModemStatus, Outcome, Phase, Unknown
from gatewayd.modem.receiving import Receiver
from gatewayd.modem.registration import Nudge, Registration, nudge
from gatewayd.modem.session import Session, Timeouts
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.setup import set_up
from gatewayd.modem.standing import Standing
from gatewayd.modem.submission import submit
from gatewayd.sms.pdu import Pdu
from gatewayd.wakeup import Wakeup

logger = structlog.get_logger()

_LOOK: Final = 0.25
"""Seconds between two looks for the port."""
_OPEN_GAP: Final = 1.0
"""Seconds before a port is tried again that could not be opened."""
_CLOSE_LIMIT: Final = 2.0
"""Seconds for closing; a driver that hangs longer keeps its thread, not us."""
_LOOK_GAP: Final = 1.0
"""Seconds between two refreshes, at least."""
_SEARCH_INTERVAL: Final = 5.0
"""Seconds between two refreshes, at most, while the modem can't submit: not all report that they found a network."""
_LATE_GRACE: Final = 30.0
"""Seconds to wait for an owed answer, and again between two rungs climbed for it."""
_BOOT: Final = 60.0
"""Seconds that a modem may take to boot; meanwhile its silence is no reason for another reset."""
_RETRY: Final = 30.0
"""Seconds between two attempts to set up a modem that only a person, or the next reset, can help."""
_PAUSE: Final = 0.5
"""Seconds before a modem that has just restarted is spoken to."""


class _Reopen(Exception):
    """Close the port and open it again."""


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
        self._journal = journal
        self._clock = clock
        self._on_change = on_change
        self._standing = Standing(settings.name, device.name, clock, on_change)
        self.receiver = Receiver(settings, status=lambda: self.status)
        self._pins = PinGuard(settings.pin, journal)
        self._ladder = Ladder(
            settings.name, journal=journal, clock=clock, reset_command=settings.reset_command
        )
        self._wakeup = Wakeup()
        self._session: Session | None = None
        self._restarted = False
        self._recovery: trio.Event | None = None
        self._booting_until = float("-inf")
        self._registration = Registration(allow_roaming=settings.allow_roaming)
        self._last_look = float("-inf")

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
        """Whether it is READY and owes no answer to an earlier submit."""
        session = self._session
        return (
            session is not None
            and session.ready
            and session.lost is None
            and session.owed is None
            and self.status.state is LinkState.READY
        )

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        """As ``ports.Line.submit``; while the modem isn't there, ``Unknown`` before anything was written."""
        if self._session is None:
            return Unknown(Phase.COMMAND, f"line lost: {self.status.reason}", None, 0.0)
        outcome = await submit(self._session, pdu, arm=arm)
        if isinstance(outcome, Accepted):
            self.receiver.accepted(outcome.mr)
            if self._ladder.accepted():
                self._wakeup.ring()
        return outcome

    async def last_reference(self) -> int | None:
        """As ``ports.Line.last_reference``."""
        return await self.receiver.last_reference()

    async def recover(self) -> None:
        """Climb one rung of the ladder; returns when tried. A modem that is absent or being set up is left alone."""
        if self._session is None or self.status.state in (LinkState.ABSENT, LinkState.STARTING):
            return
        if self._recovery is None:
            self._recovery = trio.Event()
        tried = self._recovery
        self._wakeup.ring()
        await tried.wait()

    def stopped(self, reason: str) -> None:
        """Say that ``run`` has ended, and why."""
        self._session = None
        self._finish_recovery()
        self._standing.move(LinkState.ABSENT, reason)

    async def run(self) -> Never:
        """Keep the modem working until cancelled."""
        previous: Session | None = None
        while True:
            port = await self._open()
            try:
                session = self._new_session(port)
                if previous is not None and not previous.hung_up:
                    # Only the port was closed, so the modem may still answer what was asked before.
                    session.owed = previous.owed
                await self._serve(session)
                previous = session
            finally:
                self._session = None
                self.receiver.end()
                self._finish_recovery()
                with trio.move_on_after(_CLOSE_LIMIT, shield=True):
                    await port.aclose()
            # The name may outlive the device for a moment.
            await trio.sleep(_LOOK)

    def _new_session(self, port: Port) -> Session:
        settings = self._settings
        return Session(
            settings.name,
            port.stream,
            timeouts=Timeouts(settings.command_timeout, settings.prompt_timeout, settings.submit_timeout),
            on_notice=self._notice,
            on_change=self._changed,
        )

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
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.run)
            try:
                await self._live(session)
            except LineLost as error:
                self._standing.move(LinkState.ABSENT, str(error))
            except _Reopen:
                self._standing.move(LinkState.STARTING, "opening the port again")
            session.lose("the port was closed")
            nursery.cancel_scope.cancel()

    async def _live(self, session: Session) -> Never:
        while True:
            try:
                domains = await self._set_up(session)
                while await self._tend(session, domains):
                    pass
            except ModemRestarted:
                self._standing.move(LinkState.STARTING, "the modem has restarted")
                await trio.sleep(_PAUSE)
            except LineSilent as error:
                await self._rouse(session, str(error))
            except NeedsPerson as error:
                await self._stop(session, str(error))

    async def _set_up(self, session: Session) -> tuple[str, ...]:
        session.ready = False
        self._restarted = False
        self._last_look = float("-inf")
        # Setting up is more than a rung could do.
        self._finish_recovery()
        if self.status.state not in (LinkState.STARTING, LinkState.STOPPED):
            self._standing.move(LinkState.STARTING, "setting the modem up")
        result = await set_up(
            session,
            pins=self._pins,
            smsc=self._settings.smsc,
            acknowledge=self.receiver.may_acknowledge,
        )
        equipment = result.equipment
        self._standing.learn(**dataclasses.asdict(equipment), iccid=result.iccid)
        await self._journal.identified(self.status)
        if self._restarted:
            # Between two commands: what was set before is gone.
            raise ModemRestarted
        session.ready = True
        self.receiver.begin(session)
        return result.domains

    async def _tend(self, session: Session, domains: tuple[str, ...]) -> bool:
        """One round: look at the modem, then sleep until there is a reason to look again. False: set it up again."""
        if session.owed is not None:
            await self._await_owed(session)
            # It was silent for minutes: whatever was set may be gone.
            return False
        await self._ladder.write_down()
        # However often it says that something has changed.
        await trio.sleep_until(self._last_look + _LOOK_GAP)
        self._last_look = trio.current_time()
        try:
            found = await read_network(session, domains)
        except AnswerOwed:
            return True
        await self._judge(session, found)
        interval = self._settings.refresh_interval
        ready = self.status.state is LinkState.READY
        await self._sleep(session, interval if ready else min(interval, _SEARCH_INTERVAL))
        return True

    async def _sleep(self, session: Session, seconds: float) -> None:
        """Sleep until woken; deal with what woke us. Raises ``LineLost``, ``ModemRestarted`` and ``_Reopen``."""
        await self._wakeup.wait(trio.current_time() + seconds)
        if session.lost is not None:
            raise LineLost(session.lost)
        if self._restarted:
            raise ModemRestarted
        if self._recovery is not None:
            try:
                await self._climb(session)
            finally:
                self._finish_recovery()

    async def _judge(self, session: Session, found: Network) -> None:
        """Draw the consequences of a refresh."""
        self._standing.learn(
            registration=found.registration, signal_dbm=found.signal_dbm, operator=found.operator
        )
        self._standing.move(*self._registration.judge(found))
        if self.status.state is not LinkState.SEARCHING:
            return
        match nudge(found, self._clock.now() - self.status.since):
            case Nudge.RESELECT if await self._ladder.allowed("reselect"):
                logger.warning("modem.reselect", modem=self.name)
                # Some answer only once they have found a network.
                with contextlib.suppress(LineSilent):
                    await session.command("AT+COPS=0", tries=1)
            case Nudge.RESTART:
                await self._climb(session, Rung.RESTART)

    async def _await_owed(self, session: Session) -> None:
        """Wait until the last submit is answered, and climb the ladder while it isn't."""
        self._standing.move(LinkState.STARTING, "the modem still owes the answer to the last message")
        patience = trio.current_time() + _LATE_GRACE
        while session.owed is not None:
            if trio.current_time() >= patience:
                await self._climb(session)
                patience = trio.current_time() + _LATE_GRACE
            else:
                await self._sleep(session, patience - trio.current_time())

    async def _rouse(self, session: Session, reason: str) -> None:
        """Do something about a modem that doesn't answer."""
        self._standing.move(LinkState.STARTING, reason)
        if trio.current_time() < self._booting_until:
            await trio.sleep(_PAUSE)
        elif not await self._climb(session):
            await self._stop(session, f"{reason}, and every reset was used in the last 10 minutes")

    async def _stop(self, session: Session, reason: str) -> None:
        """Let a person see it, and return when it is worth another try."""
        self._standing.move(LinkState.STOPPED, reason)
        with contextlib.suppress(ModemRestarted):
            await self._sleep(session, _RETRY)

    async def _climb(self, session: Session, rung: Rung | None = None) -> bool:
        """Use ``rung``, else the next one; False where that may not be now. Raises ``_Reopen``."""
        effect = await (self._ladder.climb(session) if rung is None else self._ladder.use(rung, session))
        if effect is Effect.RESET:
            self._booting_until = trio.current_time() + _BOOT
        if effect in (Effect.RESET, Effect.REOPEN):
            raise _Reopen
        return effect is not Effect.NOT_ALLOWED

    def _notice(self, notice: notices.Notice) -> None:
        if isinstance(notice, notices.Restarted):
            self._restarted = True
            self._wakeup.ring()
        elif isinstance(notice, notices.RegistrationChanged):
            self._wakeup.ring()
        else:
            self.receiver.hear(notice)

    def _changed(self) -> None:
        self._wakeup.ring()
        self._on_change()

    def _finish_recovery(self) -> None:
        if self._recovery is not None:
            self._recovery.set()
            self._recovery = None
