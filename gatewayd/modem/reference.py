"""The TP-MR that the SIM says was used last: EF_SMSS (3GPP TS 31.102 §4.2.28), where this modem keeps it up.

The file is optional, and some modems count in their own memory instead. So it is believed only after it has named
the TP-MR of accepted submits several times in a row. What it is worth: a value that has moved on since the last
accepted submit shows that another one has gone out; one that hasn't proves nothing, for a modem may write it late.
"""

from __future__ import annotations

import re
from typing import Final

from gatewayd.modem.session import Session

_COMMAND: Final = "AT+CRSM=176,28483,0,0,2"
_ANSWER = re.compile(r'\+CRSM: ?(?:144|145), ?\d{1,3}, ?"?([0-9A-Fa-f]{2})[0-9A-Fa-f]*"?')
"""Status words 90 xx and 91 xx: it was read (3GPP TS 31.101 §10.2)."""
_AGREEMENTS: Final = 3
"""In a row, from which on the SIM is believed: by chance, once in 16 million."""


class ReferenceProbe:
    """Finds out whether the SIM keeps the reference. Not ``enabled``, it never asks."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._last: int | None = None
        self._submits = 0
        self._compared = 0
        self._agreements = 0

    def forget(self) -> None:
        """It is another SIM: what the one before has shown says nothing of it."""
        self._last = None
        self._agreements = 0

    @property
    def trusted(self) -> bool:
        """Whether the SIM has shown that it keeps the reference."""
        return self._agreements >= _AGREEMENTS

    def accepted(self, mr: int | None) -> bool:
        """Take in the TP-MR of an accepted submit; return whether there is something to compare now."""
        self._last = mr
        self._submits += 1
        return self._enabled and mr is not None

    async def compare(self, session: Session) -> None:
        """Compare with the last accepted submit, unless another one is on its way. Raises as ``Session.command``."""
        submits = self._submits
        if not self._enabled or self._last is None or submits == self._compared or session.turn.locked():
            return
        found = await _read(session)
        # A submit that came in between belongs to the next comparison.
        if submits == self._submits:
            self._compared = submits
            self._agreements = self._agreements + 1 if found == self._last else 0

    async def read_trusted(self, session: Session) -> int | None:
        """The reference used last; None where it isn't known to be kept. Raises as ``Session.command``."""
        return await _read(session) if self.trusted else None


async def _read(session: Session) -> int | None:
    answer = await session.command(_COMMAND, can_wait=True)
    for line in answer.info:
        if (found := _ANSWER.fullmatch(line)) is not None:
            return int(found[1], 16)
    return None
