"""A submit whose answer never came in time: which later line still answers it. No I/O.

Nothing is submitted while an answer is owed, but the modem is spoken to (ESC, AT) in order to wake it, so an OK
may be the old submit's or that command's. +CMGS and +CMS ERROR can only be the submit's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatewayd.modem import at
from gatewayd.modem.notices import LateResult
from gatewayd.sms.faults import lookup

_REFERENCE = re.compile(r"\+CMGS: ?(\d{1,3})(?:,.*)?")


def reference_of(line: str) -> int | None:
    """TP-MR out of a +CMGS line; None where it is missing or impossible (seen: blank, -1)."""
    found = _REFERENCE.fullmatch(line)
    return int(found[1]) if found is not None and int(found[1]) <= 255 else None


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

    def take(self, event: at.Event, *, idle: bool) -> tuple[bool, LateResult | None]:
        """Give it an event; return whether it was the owed answer or a part of it, and what that says.

        ``idle``: no other command waits for an answer.
        """
        match event:
            case at.Text(line) if line.startswith("+CMGS") and not self.referenced:
                self.referenced = True
                return True, LateResult(self.stamp, reference_of(line), None)
            case at.Final(kind, code) if self._ends(kind, idle=idle):
                self.settled = True
                if self.referenced or kind == "ok":
                    # OK alone proves nothing: a modem gives a PDU up with it too.
                    return True, None
                return True, LateResult(self.stamp, None, lookup(kind, code, self.manufacturer))
        return False, None

    def _ends(self, kind: str, *, idle: bool) -> bool:
        return kind == "cms" or self.referenced or (idle and not self.disturbed)
