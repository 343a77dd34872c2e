"""A submit whose answer never came in time: which later line still answers it. No I/O.

Nothing is submitted while an answer is owed, but the modem is spoken to in order to wake it, or to set it up anew. So
an OK may be the old submit's or that command's, and so may a +CMS ERROR, unless nothing but ESC and AT was written.
+CMGS can only be a submit's. Whose, is certain as long as a single one is in doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatewayd.modem import at
from gatewayd.modem.notices import LateResult
from gatewayd.modem.ports import BELIEVED
from gatewayd.sms.faults import lookup

_REFERENCE = re.compile(r"\+CMGS: ?(\d{1,3})(?:,.*)?")


def reference_of(line: str) -> int | None:
    """TP-MR out of a +CMGS line; None where it is missing or impossible (seen: blank, -1)."""
    found = _REFERENCE.fullmatch(line)
    return int(found[1]) if found is not None and int(found[1]) <= 255 else None


class Doubts:
    """The submits of one modem that may yet be answered although nobody waits for it; they outlive the line.

    Each is known by the instant of its 0x1A, in seconds on trio's clock; None: an earlier process has written it.
    """

    def __init__(self) -> None:
        self._until: dict[float | None, float] = {}

    def add(self, stamp: float | None, now: float) -> None:
        """The submit at ``stamp`` may be answered from ``now`` on, for as long as that is believed."""
        self._until[stamp] = now + BELIEVED

    def clear(self) -> None:
        """None will be answered any more: a later one was, and a modem answers one after the other."""
        self._until.clear()

    def stamps(self, now: float) -> list[float | None]:
        """Those that may be answered ``now``."""
        return [stamp for stamp, until in self._until.items() if now < until]

    def answered(self, now: float) -> float | None:
        """A +CMGS has come: whose it is, and no longer in doubt; None where it may be several's, or nobody's."""
        stamps = self.stamps(now)
        if len(stamps) != 1:
            return None
        self._until.clear()
        return stamps[0]


@dataclass
class Owed:
    """The answer that is owed to a submit."""

    stamp: float
    """When its 0x1A was written: seconds on trio's clock."""
    manufacturer: str | None
    referenced: bool = False
    """+CMGS has come; only the final OK is missing."""
    disturbed: bool = False
    """Something was written since, so a bare OK or ERROR may answer that."""
    settled: bool = False
    """The final result has come: the line is free."""

    @property
    def ends(self) -> float:
        """From when on it is no longer waited for."""
        return self.stamp + BELIEVED

    def take(
        self, event: at.Event, doubts: Doubts, now: float, *, idle: bool, asked: bool
    ) -> tuple[bool, LateResult | None]:
        """Give it an event; return whether it was the owed answer or a part of it, and what that says.

        ``idle``: nothing is being waited for on the line. ``asked``: a command was written, other than to wake the
        modem, that isn't known to have been answered. ``doubts`` hold this submit too.
        """
        match event:
            case at.Text(line) if line.startswith("+CMGS") and not self.referenced:
                self.referenced = True
                return True, LateResult(doubts.answered(now), reference_of(line), None)
            case at.Final(kind, code) if self._ends(kind, idle=idle, asked=asked):
                self.settled = True
                if self.referenced or kind == "ok":
                    # OK alone proves nothing: a modem gives a PDU up with it too.
                    return True, None
                return True, LateResult(self.stamp, None, lookup(kind, code, self.manufacturer))
        return False, None

    def _ends(self, kind: str, *, idle: bool, asked: bool) -> bool:
        if self.referenced:
            return True
        # ESC and AT are never refused so; any other command may be.
        return not asked if kind == "cms" else idle and not self.disturbed
