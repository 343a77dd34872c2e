"""The reset ladder: what to do, in which order, about a modem that is there but doesn't work.

The rung that helped the last time is tried first, then the others from the gentlest up. Each is used at most once in
10 minutes, which the journal remembers over restarts: resets take a modem off the air for half a minute, and a reset
loop makes a bad modem worse. A port that isn't there is never reset.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Sequence
from typing import Final

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.modem import metrics
from gatewayd.modem.failures import LineLost, LineSilent, ModemRestarted
from gatewayd.modem.ports import Journal
from gatewayd.modem.session import Session

logger = structlog.get_logger()

_COMMAND_LIMIT: Final = 60.0
"""Seconds for the external reset command."""


class Rung(enum.StrEnum):
    """The rungs, from the gentlest up."""

    ESCAPE = "escape"
    """ESC, then AT until it answers."""
    REOPEN = "reopen"
    """Close the port and open it again."""
    RESTART = "restart"
    """AT+CFUN=1,1."""
    POWER = "power"
    """The configured ``reset_command``: a USB reset or a relay."""


class Effect(enum.Enum):
    """What came of a rung, hence what to do next."""

    NOT_ALLOWED = enum.auto()
    """It was used in the last 10 minutes."""
    TRIED = enum.auto()
    """Done; whether it helped shows when the modem is next spoken to."""
    REOPEN = enum.auto()
    """The port must be opened again."""
    RESET = enum.auto()
    """The modem was reset: the port must be opened again, and the modem needs time to boot."""


class Ladder:
    """One modem's ladder. ``reset_command`` is a program and its arguments; without one the last rung is missing."""

    def __init__(self, modem: str, *, journal: Journal, clock: Clock, reset_command: Sequence[str]) -> None:
        self._modem = modem
        self._journal = journal
        self._clock = clock
        self._reset_command = list(reset_command)
        self._used: Rung | None = None
        self._helped: Rung | None = None

    async def climb(self, session: Session) -> Effect:
        """Use the rung that helped the last time, else the lowest, that may be used now."""
        worked = await self._journal.last_worked(self._modem)
        for rung in sorted(Rung, key=lambda rung: rung.value != worked):
            if (effect := await self.use(rung, session)) is not Effect.NOT_ALLOWED:
                return effect
        return Effect.NOT_ALLOWED

    async def use(self, rung: Rung, session: Session) -> Effect:
        """Use this rung, if it may be used now."""
        if (rung is Rung.POWER and not self._reset_command) or not await self.allowed(rung.value):
            return Effect.NOT_ALLOWED
        self._used = rung
        metrics.RESETS.labels(self._modem, rung.value).inc()
        logger.warning("modem.reset", modem=self._modem, rung=rung.value)
        if rung is Rung.ESCAPE:
            await _escape(session)
            return Effect.TRIED
        if rung is Rung.REOPEN:
            return Effect.REOPEN
        done = await (_restart(session) if rung is Rung.RESTART else self._power())
        if done:
            session.was_reset(shown=False)
        return Effect.RESET if done else Effect.REOPEN

    async def allowed(self, deed: str) -> bool:
        """Whether something that must not be done more than once in 10 minutes may be done now; counts as done."""
        return await self._journal.reset_allowed(self._modem, deed, self._clock.now())

    def accepted(self) -> bool:
        """A submit was accepted: the rung used last has helped. Returns whether that is to be written down."""
        if self._used is not None:
            self._helped, self._used = self._used, None
        return self._helped is not None

    async def write_down(self) -> None:
        """Let the journal know which rung has helped."""
        if self._helped is not None:
            await self._journal.reset_worked(self._modem, self._helped.value, self._clock.now())
            self._helped = None

    async def _power(self) -> bool:
        try:
            with trio.fail_after(_COMMAND_LIMIT):
                result = await trio.run_process(
                    self._reset_command, check=False, capture_stdout=True, capture_stderr=True, stdin=b""
                )
        except (OSError, trio.TooSlowError) as error:
            reason = str(error) or f"it took longer than {_COMMAND_LIMIT:.0f} s"
            logger.warning("modem.reset_command_failed", modem=self._modem, reason=reason)
            return False
        if result.returncode != 0:
            logger.warning(
                "modem.reset_command_failed", modem=self._modem, reason=f"exit status {result.returncode}"
            )
        return result.returncode == 0


async def _escape(session: Session) -> None:
    # Where the modem stays silent, or the line dies, the next thing that is said to it finds out.
    with contextlib.suppress(LineSilent, LineLost, ModemRestarted):
        async with session.turn:
            session.unalign()
            await session.align()


async def _restart(session: Session) -> bool:
    try:
        return (await session.command("AT+CFUN=1,1", tries=1)).ok
    except ModemRestarted:
        return True
    except (LineSilent, LineLost):
        return False
