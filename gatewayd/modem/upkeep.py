"""Keeping a modem at work over one open line: set it up, look at it, draw the consequences, reset it.

All of it is one task, ``live``. While the modem is ready, it sleeps until the next refresh or until it is woken: by
the reader (the line died, registration changed, the modem restarted, an answer is owed) or by ``recover``.
"""

from __future__ import annotations

import contextlib
import dataclasses
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
    SimUnknown,
)
from gatewayd.modem.ladder import Effect, Ladder, Rung
from gatewayd.modem.network import Network, is_away, read_network
from gatewayd.modem.pin import PinGuard
from gatewayd.modem.ports import Journal, LinkState
from gatewayd.modem.receiving import Receiver
from gatewayd.modem.registration import Nudge, Registration, nudge
from gatewayd.modem.session import Session
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.setup import is_same_sim, set_up
from gatewayd.modem.standing import Standing
from gatewayd.wakeup import Wakeup

logger = structlog.get_logger()

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


class Reopen(Exception):
    """Close the port and open it again."""


class Upkeep:
    """What keeps one modem at work. It outlives the lines: resets, wrong PINs and what helped are remembered here."""

    def __init__(
        self,
        settings: ModemSettings,
        *,
        journal: Journal,
        clock: Clock,
        standing: Standing,
        receiver: Receiver,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._standing = standing
        self._receiver = receiver
        self._pins = PinGuard(settings.pin, journal)
        self._ladder = Ladder(
            settings.name, journal=journal, clock=clock, reset_command=settings.reset_command
        )
        self._wakeup = Wakeup()
        self._restarted = False
        self._recovery: trio.Event | None = None
        self._booting_until = float("-inf")
        self._was_away = False
        """It was without a network since the SIM was looked at; so it would be with no SIM in it."""
        self._registration = Registration(allow_roaming=settings.allow_roaming)
        self._last_look = float("-inf")

    def wake(self) -> None:
        """Something may have changed: look now, if asleep."""
        self._wakeup.ring()

    def hear(self, notice: notices.Notice) -> None:
        """The modem says something by itself; what isn't for the upkeep is for the receiver."""
        if isinstance(notice, notices.Restarted):
            self._restarted = True
            self._wakeup.ring()
        elif isinstance(notice, notices.RegistrationChanged):
            self._was_away = self._was_away or is_away(notice.status)
            self._wakeup.ring()
        elif isinstance(notice, notices.SimReported):
            # The session has drawn its consequences at once.
            self._wakeup.ring()
        else:
            self._receiver.hear(notice)

    def accepted(self) -> None:
        """A submit was accepted: what was done last has helped."""
        if self._ladder.accepted():
            self._wakeup.ring()

    async def recover(self) -> None:
        """Climb one rung of the ladder; returns when tried, or when the line is gone."""
        if self._recovery is None:
            self._recovery = trio.Event()
        tried = self._recovery
        self._wakeup.ring()
        await tried.wait()

    def finish_recovery(self) -> None:
        """Whoever waits in ``recover`` waits no longer."""
        if self._recovery is not None:
            self._recovery.set()
            self._recovery = None

    async def live(self, session: Session) -> Never:
        """Keep the modem at work. Raises ``LineLost`` and ``Reopen``; nothing else ends it but cancellation."""
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
        session.ready = session.sim_known = session.sim_went = False
        self._restarted = False
        self._last_look = float("-inf")
        # Setting up is more than a rung could do.
        self.finish_recovery()
        if self._standing.status.state not in (LinkState.STARTING, LinkState.STOPPED):
            self._standing.move(LinkState.STARTING, "setting the modem up")
        before = self._standing.status
        result = await set_up(
            session,
            pins=self._pins,
            smsc=self._settings.smsc,
            acknowledge=self._receiver.may_acknowledge,
            told_iccid=None if before.iccid is None else before.imei,
        )
        equipment = result.equipment
        self._standing.learn(**dataclasses.asdict(equipment), iccid=result.iccid)
        await self._journal.identified(self._standing.status)
        if self._restarted:
            # Between two commands: what was set before is gone.
            raise ModemRestarted
        session.ready = True
        session.sim_known = not session.sim_went
        if session.sim_known:
            self._was_away = False
            self._receiver.begin(session)
        return result.domains

    async def _knows_sim(self, session: Session) -> bool:
        """Look whether the SIM is the one that is known. False: it isn't, or may have taken with it what was set.

        Raises ``AnswerOwed`` where a submit that is under way ends without an answer: that may still come, undisturbed.
        """
        async with session.turn:
            if session.owed is not None:
                raise AnswerOwed
        known = self._standing.status.iccid
        if session.sim_went or not await is_same_sim(session, known) or session.sim_went:
            session.doubt_sim(went=True)
            self._standing.move(LinkState.STARTING, "the SIM was out, or is another one")
            await trio.sleep(_PAUSE)
            return False
        self._was_away = False
        if not session.sim_known:
            session.trust_sim()
            self._receiver.begin(session)
        return True

    async def _tend(self, session: Session, domains: tuple[str, ...]) -> bool:
        """One round: look at the modem, then sleep until there is a reason to look again. False: set it up again."""
        if session.owed is not None:
            await self._await_owed(session)
            # It was silent for minutes: whatever was set may be gone.
            return False
        try:
            if not session.sim_known and not await self._knows_sim(session):
                return False
            await self._ladder.write_down()
            # However often it says that something has changed.
            await trio.sleep_until(self._last_look + _LOOK_GAP)
            self._last_look = trio.current_time()
            found = await read_network(session, domains)
            if not await self._judge(session, found):
                return False
        except (AnswerOwed, SimUnknown):
            return True
        interval = self._settings.refresh_interval
        ready = self._standing.status.state is LinkState.READY
        await self._sleep(session, interval if ready else min(interval, _SEARCH_INTERVAL))
        return True

    async def _sleep(self, session: Session, seconds: float) -> None:
        """Sleep until woken; deal with what woke us. Raises ``LineLost``, ``ModemRestarted`` and ``Reopen``."""
        await self._wakeup.wait(trio.current_time() + seconds)
        if session.lost is not None:
            raise LineLost(session.lost)
        if self._restarted:
            raise ModemRestarted
        if self._recovery is not None:
            try:
                await self._climb(session)
            finally:
                self.finish_recovery()

    async def _judge(self, session: Session, found: Network) -> bool:
        """Draw the consequences of a refresh. False: the modem must be set up again."""
        self._standing.learn(
            registration=found.registration, signal_dbm=found.signal_dbm, operator=found.operator
        )
        state, reason = self._registration.judge(found)
        if state is not LinkState.READY:
            self._was_away = True
        elif self._was_away and not await self._knows_sim(session):
            return False
        self._standing.move(state, reason)
        if state is not LinkState.SEARCHING:
            return True
        match nudge(found, self._clock.now() - self._standing.status.since):
            case Nudge.RESELECT if await self._ladder.allowed("reselect"):
                logger.warning("modem.reselect", modem=self._settings.name)
                # Some answer only once they have found a network.
                with contextlib.suppress(LineSilent):
                    await session.command("AT+COPS=0", tries=1)
            case Nudge.RESTART:
                await self._climb(session, Rung.RESTART)
        return True

    async def _await_owed(self, session: Session) -> None:
        """Wait until the last submit is answered, and climb the ladder while it isn't; but not for ever."""
        self._standing.move(LinkState.STARTING, "the modem still owes the answer to the last message")
        patience = trio.current_time() + _LATE_GRACE
        while (owed := session.owed) is not None:
            now = trio.current_time()
            if now >= owed.ends:
                # No rung has helped: some refuse to be reset, and have lost the answer rather than the message.
                await session.give_up_owed()
            elif now >= patience:
                await self._climb(session)
                patience = trio.current_time() + _LATE_GRACE
            else:
                await self._sleep(session, min(patience, owed.ends) - now)

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
        """Use ``rung``, else the next one; False where that may not be now. Raises ``Reopen``."""
        effect = await (self._ladder.climb(session) if rung is None else self._ladder.use(rung, session))
        if effect is Effect.RESET:
            self._booting_until = trio.current_time() + _BOOT
        if effect in (Effect.RESET, Effect.REOPEN):
            raise Reopen
        return effect is not Effect.NOT_ALLOWED
