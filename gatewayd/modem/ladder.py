"""The reset ladder: what to do, in which order, about a modem that is there but doesn't work.

Each rung is used at most once in 10 minutes, which the journal remembers over restarts: resets take a modem off the air
for half a minute, and a reset loop makes a bad modem worse. A port that isn't there is never reset.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Final

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.modem import metrics
from gatewayd.modem.ports import Journal

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


class Ladder:
    """One modem's ladder. ``reset_command`` is a program and its arguments; without one the last rung is missing."""

    def __init__(self, modem: str, *, journal: Journal, clock: Clock, reset_command: Sequence[str]) -> None:
        self._modem = modem
        self._journal = journal
        self._clock = clock
        self._reset_command = list(reset_command)

    async def next_rung(self) -> Rung | None:
        """The lowest rung that may be used now, which counts as its use; None while all are spent."""
        for rung in Rung:
            if (rung is not Rung.POWER or self._reset_command) and await self.may_use(rung):
                return rung
        return None

    async def may_use(self, rung: Rung) -> bool:
        """Whether this rung may be used now; if so, that counts as its use."""
        if not await self.allowed(rung.value):
            return False
        metrics.RESETS.labels(self._modem, rung.value).inc()
        logger.warning("modem.reset", modem=self._modem, rung=rung.value)
        return True

    async def allowed(self, deed: str) -> bool:
        """Whether something that must not be done more than once in 10 minutes may be done now; counts as done."""
        return await self._journal.reset_allowed(self._modem, deed, self._clock.now())

    async def power(self) -> bool:
        """Run the reset command; return whether it says that it worked."""
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
