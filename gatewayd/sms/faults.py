"""What a modem's error answer means and what to do about it.

``lookup`` is total: every number has an answer. The tables behind it are data: ``cms`` (3GPP TS 27.005
§3.2.5 with the causes of TS 24.011 and TS 23.040), ``cme`` (TS 27.007 §9.2) and ``vendors`` (numbers that
manufacturers chose). The classes are our judgement; the specifications give only meanings.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, Literal

from gatewayd.sms.cme import CME
from gatewayd.sms.cms import CMS
from gatewayd.sms.reaction import AfterSubmit, Entry, FaultClass, Remedy, Scope
from gatewayd.sms.vendors import overrides

__all__ = ["LATE_SECONDS", "AfterSubmit", "Fault", "FaultClass", "Kind", "Remedy", "Scope", "lookup"]

Kind = Literal["cms", "cme", "error"]

#: Seconds after 0x1A from which no error proves a refusal: TR1M, the radio's wait for the network's answer,
#: runs 35 to 45 s (3GPP TS 24.011 §10.1), so an error this late may only mean that the answer was never seen.
LATE_SECONDS: Final = 35.0

#: From here on manufacturers choose the numbers (3GPP TS 27.005 §3.2.5: "512... manufacturer specific").
_VENDOR_FROM: Final = 512
#: +CMS codes up to here are causes that the network gave.
_NETWORK_UP_TO: Final = 255


@dataclass(frozen=True, slots=True)
class Fault:
    """One error answer, with the reaction to it."""

    kind: Kind
    code: int | None
    """None for a bare ERROR."""
    text: str
    """The meaning, in the specification's words where it has any."""
    fault_class: FaultClass
    """What to do where the part was certainly not sent."""
    scope: Scope
    """What is at fault."""
    max_tries: int | None
    """After this many tries with this class ``then`` takes over; None: no limit of its own."""
    then: FaultClass | None
    """The class after ``max_tries``; None where there is no limit."""
    after_submit: AfterSubmit
    """What the code proves once 0x1A was written."""
    remedy: Remedy | None
    """What to do before the next try, beyond waiting."""
    sent_if_rd: bool
    """The network has had this part already, so it counts as sent where we had set TP-RD (code 197)."""

    @property
    def name(self) -> str:
        """As the modem would say it: ``+CMS 38``, ``+CME 10``, ``ERROR``."""
        return "ERROR" if self.code is None else f"+{self.kind.upper()} {self.code}"

    @property
    def spends_attempt(self) -> bool:
        """Whether it counts against the message; faults of SIM, modem and network don't."""
        return self.scope in (Scope.MESSAGE, Scope.RECIPIENT)

    def doubtful(self, seconds_since_ctrl_z: float) -> bool:
        """Whether, this long after 0x1A, the part may have been sent in spite of the error."""
        return seconds_since_ctrl_z >= LATE_SECONDS or self.after_submit is AfterSubmit.DOUBT

    def reaction(self, *, seconds_since_ctrl_z: float | None, tries: int = 1) -> FaultClass:
        """The class to act by.

        ``seconds_since_ctrl_z`` is None where 0x1A was never written; ``tries`` counts the tries of this
        part that ended in this fault, this one included.
        """
        if seconds_since_ctrl_z is not None and self.doubtful(seconds_since_ctrl_z):
            return FaultClass.DOUBT
        if self.then is not None and self.max_tries is not None and tries > self.max_tries:
            return self.then
        return self.fault_class


_BARE_ERROR: Final = Entry(
    "error without a code", FaultClass.SOON, Scope.MODEM, AfterSubmit.DOUBT, 5, FaultClass.RESET
)


def _unknown(kind: Kind, code: int) -> Entry:
    """A number that no table has. Below 512 the message pays for its retries, so that they end."""
    if code >= _VENDOR_FROM:
        return Entry("manufacturer's own error", FaultClass.RESET, Scope.MODEM, AfterSubmit.DOUBT)
    from_network = kind == "cms" and 0 <= code <= _NETWORK_UP_TO
    after = AfterSubmit.LATE if from_network else AfterSubmit.DOUBT
    return Entry("reserved", FaultClass.LATER, Scope.MESSAGE, after)


@functools.lru_cache(maxsize=1024)
def lookup(kind: Kind, code: int | None, manufacturer: str | None = None) -> Fault:
    """The meaning of an error answer. Total: any number has one.

    ``kind`` is ``cms`` (+CMS ERROR), ``cme`` (+CME ERROR) or ``error`` (no code); ``manufacturer`` is the
    answer to AT+CGMI, because the same number means different things to different makers.
    """
    if kind == "error" or code is None:
        return _fault("error", None, _BARE_ERROR)
    standard = CMS if kind == "cms" else CME
    entry = overrides(kind, manufacturer).get(code) or standard.get(code) or _unknown(kind, code)
    return _fault(kind, code, entry)


def _fault(kind: Kind, code: int | None, entry: Entry) -> Fault:
    return Fault(
        kind=kind,
        code=code,
        text=entry.text,
        fault_class=entry.fault_class,
        scope=entry.scope,
        max_tries=entry.max_tries,
        then=entry.then,
        after_submit=entry.after_submit,
        remedy=entry.remedy,
        sent_if_rd=entry.sent_if_rd,
    )
