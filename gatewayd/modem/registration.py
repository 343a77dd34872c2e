"""What a modem's registration means for sending, and what to do when it stays without a network. Pure."""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Final

from gatewayd.modem.network import DENIED, EMERGENCY, NOT_REGISTERED, ROAMING, SEARCHING, Network
from gatewayd.modem.ports import LinkState

_DENIALS: Final = 3
"""Readings of "denied" in a row after which a person must look."""
_RESELECT_AFTER: Final = timedelta(seconds=60)
"""Not registered and not even searching for so long: have it look for a network."""
_RESTART_AFTER: Final = timedelta(minutes=10)
"""Searching in vain for so long: restart it."""


class Nudge(enum.Enum):
    """What may help a modem that has been without a network for long."""

    RESELECT = enum.auto()
    """AT+COPS=0: look for a network."""
    RESTART = enum.auto()
    """AT+CFUN=1,1."""


class Registration:
    """Judges one modem's readings, one after the other."""

    def __init__(self, *, allow_roaming: bool) -> None:
        self._allow_roaming = allow_roaming
        self._denials = 0

    def judge(self, found: Network) -> tuple[LinkState, str | None]:
        """The state that follows from a reading, and why it isn't READY, for people."""
        self._denials = self._denials + 1 if found.registration == DENIED else 0
        if found.usable(allow_roaming=self._allow_roaming):
            return LinkState.READY, None
        hopeless = self._denials >= _DENIALS or found.registration in (ROAMING, EMERGENCY)
        return LinkState.STOPPED if hopeless else LinkState.SEARCHING, found.obstacle()


def nudge(found: Network, waited: timedelta) -> Nudge | None:
    """What to do after ``waited`` without a network; None: wait on."""
    if found.registration == NOT_REGISTERED and waited >= _RESELECT_AFTER:
        return Nudge.RESELECT
    if found.registration == SEARCHING and waited >= _RESTART_AFTER:
        return Nudge.RESTART
    return None
