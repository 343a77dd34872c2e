"""The seam between modem and queue: what each side may ask of the other, as types.

The modem side implements ``Line``; the queue side implements ``Journal``, and the supervisor wires them. Neither
package imports the other's inside, and nothing here does anything.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from gatewayd.sms.faults import Fault
from gatewayd.sms.pdu import Pdu

BELIEVED: Final = 600.0
"""Seconds after 0x1A in which an answer is believed to be that submit's; afterwards a modem may mean anything by it."""


class Phase(enum.StrEnum):
    """How far a submit had come when something happened."""

    COMMAND = "command"
    """AT+CMGS was, or was about to be, written; there was no prompt. Nothing was sent."""
    PDU = "pdu"
    """The prompt came and the PDU was written, but not 0x1A. Nothing was sent, and ESC discards it."""
    SUBMITTED = "submitted"
    """0x1A was written: from here on only an answer tells."""


class Voice(enum.StrEnum):
    """Whose line of a dialogue it is."""

    GATEWAYD = "gatewayd"
    """Written to the modem."""
    MODEM = "modem"
    """Said by the modem."""
    NOTE = "note"
    """Said by nobody: a time-out, the end of the line."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a submit's dialogue. Nothing personal: never a text, a number or a PDU (``modem.dialogue``)."""

    seconds: float
    """Since AT+CMGS was written."""
    voice: Voice
    line: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The network took the part (+CMGS)."""

    mr: int | None
    """TP-MR as the modem reported it, 0 to 255; None where its answer could not be read."""
    stamp: float
    """When 0x1A was written: seconds on trio's clock, taken just before the write."""
    seconds: float
    """From 0x1A to the answer."""
    dialogue: tuple[Said, ...] = ()
    """What was said, oldest first, where ``mr`` could not be read; else empty, for there is nothing to find out."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The modem or the network said no."""

    fault: Fault
    phase: Phase
    stamp: float | None
    """As in ``Accepted``; None where 0x1A was never written."""
    seconds: float
    """From 0x1A (or from the command, where it was never written) to the answer."""
    dialogue: tuple[Said, ...] = ()
    """What was said, oldest first; empty where the line doesn't tell."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No final answer: time ran out, the line died, or the answers can't be told apart.

    With ``phase`` SUBMITTED the part may or may not have been sent; before that it was certainly not.
    """

    phase: Phase
    reason: str
    """For people: ``timeout``, ``line lost: …``, ``two answers``."""
    stamp: float | None
    seconds: float
    dialogue: tuple[Said, ...] = ()
    """As in ``Refused``."""


Outcome = Accepted | Refused | Unknown


class NotArmed(Exception):
    """Raised by ``arm``: the part must not be sent after all. The line discards the PDU (ESC) and re-raises this."""


class Line(Protocol):
    """A modem that is ready to submit."""

    @property
    def name(self) -> str:
        """The modem's name in the configuration."""
        ...

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        """Submit one part.

        ``arm`` is awaited once, after the prompt and the PDU and directly before 0x1A: it records that from now on the
        part may be sent, and waits for the modem's pace. If it raises, 0x1A is never written, the PDU is discarded
        and the exception goes on to the caller. Called by one task at a time, inside a shielded scope; bounded by the
        line's own time-outs, it never raises for what a modem or a network does.
        """
        ...

    async def last_reference(self) -> int | None:
        """The TP-MR that the SIM says was used last, where it has shown that it keeps it; None where it hasn't.

        One that has moved on since the last accepted submit shows that another submit has gone out. One that hasn't
        proves nothing.
        """
        ...


class LinkState(enum.StrEnum):
    """What a person sees first about a modem."""

    ABSENT = "absent"
    """The port isn't there, or can't be opened (``reason`` says why)."""
    STARTING = "starting"
    """Open; identifying and setting it up."""
    SEARCHING = "searching"
    """Set up, but not registered on a network."""
    READY = "ready"
    """Registered: it can submit."""
    STOPPED = "stopped"
    """Needs a person: PIN, SIM, denied by the network, or resets spent (``reason`` says which)."""


@dataclass(frozen=True, slots=True)
class ModemStatus:
    """One modem as it is now; a new object at each change."""

    name: str
    state: LinkState
    since: datetime
    reason: str | None = None
    """Why it isn't READY, in words with what to do."""
    port: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    revision: str | None = None
    imei: str | None = None
    iccid: str | None = None
    operator: str | None = None
    registration: str | None = None
    """``home``, ``roaming``, ``searching``, ``denied``, ``not registered``, ``unknown``."""
    signal_dbm: int | None = None


class Journal(Protocol):
    """What the modem side wants remembered over restarts. Implemented on the database by the queue."""

    async def pin_allowed(self, iccid: str | None, pin_hash: str) -> bool:
        """Whether this PIN may be tried on this SIM: it wasn't yet found wrong."""
        ...

    async def pin_tried(self, iccid: str | None, pin_hash: str, *, accepted: bool) -> None:
        """Record a try, so that a wrong PIN is never tried twice."""
        ...

    async def reset_allowed(self, modem: str, rung: str, now: datetime) -> bool:
        """Whether this rung of the reset ladder may be used: not within the last 10 minutes. Records the use if so."""
        ...

    async def reset_worked(self, modem: str, rung: str, now: datetime) -> None:
        """Record that after this rung of the reset ladder the modem sent again."""
        ...

    async def last_worked(self, modem: str) -> str | None:
        """The rung that helped the last time; None where none ever has."""
        ...

    async def identified(self, status: ModemStatus) -> None:
        """Record IMEI and ICCID of the modem; a changed ICCID is a changed SIM, with its own counts."""
        ...


class Mailbox(Protocol):
    """Where what a modem receives goes. Implemented on the database by the queue.

    Each call returns once the thing is on disk; only then is it acknowledged to the network or deleted from the SIM.
    Called again with the same octets, after a crash in between, it does nothing.
    """

    async def message(self, modem: ModemStatus, octets: bytes) -> None:
        """A received message part: an SMS-DELIVER with its SMSC part, decodable or not."""
        ...

    async def report(self, modem: ModemStatus, octets: bytes) -> None:
        """A status report: an SMS-STATUS-REPORT with its SMSC part, decodable or not."""
        ...

    async def late(
        self, modem: ModemStatus, stamp: float | None, mr: int | None, fault: Fault | None
    ) -> None:
        """The answer to a submit whose outcome was given as ``Unknown`` with this ``stamp``."""
        ...

    async def storage(self, modem: ModemStatus, memory: str, used: int, total: int) -> None:
        """How full a memory for received messages is."""
        ...


class Lines(Protocol):
    """All configured modems, as the queue sees them. Implemented by ``modem.pool.Pool``."""

    def names(self) -> list[str]:
        """Every configured modem's name, in the order of the configuration."""
        ...

    def status(self, name: str) -> ModemStatus:
        """That modem as it is now. Raises KeyError for an unknown name."""
        ...

    def line(self, name: str) -> Line | None:
        """Its line while it is READY and its last submit has been settled, else None."""
        ...

    def watch(self, name: str, on_change: Callable[[], None]) -> None:
        """Call ``on_change`` (synchronously, on trio's thread) whenever ``line(name)`` or ``status(name)`` changes."""
        ...

    def suspect(self, name: str) -> None:
        """Reckon with an answer to a submit that an earlier process armed at this modem, and whose outcome it lost.

        To be called before anything is submitted: it could be taken for the answer to that. Raises KeyError.
        """
        ...

    async def recover(self, name: str) -> None:
        """Climb one rung of the reset ladder, because the queue saw faults that call for it. Returns when tried."""
        ...

    async def housekeep(self, name: str) -> None:
        """Empty the modem's storage into the mailbox, because it is said to be full. Returns when tried."""
        ...
