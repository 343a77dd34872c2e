"""What a modem reports without being asked, as types; and late answers to submits. Pure.

A link acts on ``RegistrationChanged``, ``SimReported`` and ``Restarted``; all others are for its receiver.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from gatewayd.modem import at
from gatewayd.sms.faults import Fault


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A received message, handed over directly (+CMT)."""

    pdu: str


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """A status report, handed over directly (+CDS)."""

    pdu: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """Something was handed over directly, and its PDU arrived broken."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A received message (+CMTI) or status report (+CDSI) lies in the modem's storage."""

    what: Literal["message", "report"]
    memory: str
    index: int
    """As the modem said; some Huawei say -1 and mean "look for it"."""


@dataclass(frozen=True, slots=True)
class StorageFull:
    """No room for received messages: the network holds them back until some is made."""


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """The modem moved between networks, or lost or found one (+CREG, +CGREG, +CEREG)."""

    status: int


@dataclass(frozen=True, slots=True)
class SimReported:
    """The modem says something about its SIM: it may be another one now."""

    what: Literal["gone", "there", "type"]
    """It is out, or asks for a code; it has come; or which type it is, which some say at any time."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The modem has just booted: echo, PDU mode and everything else that was set is gone."""


@dataclass(frozen=True, slots=True)
class LateResult:
    """The answer to a submit whose outcome had already been given as unknown, or to which nothing is known."""

    stamp: float | None
    """When that submit's 0x1A was written, as in its ``Unknown``; None: it belongs to no submit of this line."""
    mr: int | None
    """TP-MR of a late +CMGS, where readable."""
    fault: Fault | None
    """Set: a late error instead."""


Notice = (
    MessageReceived
    | ReportReceived
    | Garbled
    | Stored
    | StorageFull
    | RegistrationChanged
    | SimReported
    | Restarted
    | LateResult
)

_STORED = re.compile(r'\+(CMTI|CDSI): ?"?([A-Za-z]{2})"?, ?(-?\d{1,5})')
_REGISTRATION = re.compile(r"\+C(?:G|E)?REG: ?(\d{1,2})(?:,.*)?")
# SIMCom and Quectel, Cinterion, SIM7600 and A76xx. Huawei's ^BOOT isn't one: it comes at any time.
_BOOT = frozenset({"RDY", "^SYSSTART", "*ATREADY: 1"})
#: What modems say about their SIM, and which words or numbers mean that there is one that can be used.
_SIM: Final = (
    (re.compile(r"\+CPIN: ?(.*)"), ("READY",)),
    # Huawei
    (re.compile(r"\^SIMST: ?(\d+).*"), ("1",)),
    # Quectel, SIMCom
    (re.compile(r"\+(?:QSIMSTAT|CSMINS): ?\d, ?(\d)"), ("1",)),
    (re.compile(r"\+SIMCARD: ?(.*)"), ("AVAILABLE",)),
    # Telit, Cinterion
    (re.compile(r"#QSS: ?(\d)"), ("1", "2", "3")),
    (re.compile(r"\^SCKS: ?(\d)"), ("1",)),
)
_UNSOLICITED = re.compile(
    r"(?:RING|NO CARRIER|BUSY|RDY|Call Ready|SMS Ready|PB DONE|SMS DONE|POWERED DOWN|OVER-VOLTAGE|UNDER-VOLTAGE|"
    r"\+(?:CRING|CLIP|CMTI|CMT|CDSI|CDS|CBM|CREG|CGREG|CEREG|CUSD|CMGS|CPIN|CFUN|NITZ|CTZ[VE]|CIEV|CGEV|CSSU|WIND|"
    r"QIND|QUSIM|QSIMSTAT|CSMINS|SIMCARD|QGPSURC|ZUSIMR|ZDONR|ZPASR|ZPSTM)|#QSS|"
    r"\^(?:RSSI|BOOT|MODE|DSFLOWRPT|HCSQ|SIMST|SCKS|SRVST|STIN|NDISSTAT|LTERSRP|SMMEMFULL|SYSSTART|SHUTDOWN|CEND|CONN)|"
    r"\*(?:ATREADY|PSUTTZ|ISIMAID))\b"
)


def name_of(line: str) -> str | None:
    """What such a line is called, without what it says, where it is one that comes by itself; else None."""
    found = _UNSOLICITED.match(line)
    return None if found is None else found[0]


def is_unsolicited(line: str) -> bool:
    """Whether such a line comes by itself, so that it answers no command but the one of the same name."""
    return _UNSOLICITED.match(line) is not None


def read(event: at.Event) -> Notice | None:
    """What an event means that answers no command; None for what gatewayd has no use for."""
    match event:
        case at.Delivery(header, pdu):
            if header.startswith("+CMT:"):
                return MessageReceived(pdu)
            return ReportReceived(pdu) if header.startswith("+CDS:") else None
        case at.Text(line):
            return _read_line(line)
    return None


def _read_line(line: str) -> Notice | None:
    if (stored := _STORED.fullmatch(line)) is not None:
        return Stored("message" if stored[1] == "CMTI" else "report", stored[2], int(stored[3]))
    if (registration := _REGISTRATION.fullmatch(line)) is not None:
        return RegistrationChanged(int(registration[1]))
    if (sim := _read_sim(line)) is not None:
        return sim
    if line in _BOOT:
        return Restarted()
    if line.startswith(("+CMT:", "+CDS:")):
        return Garbled()
    return StorageFull() if line.startswith("^SMMEMFULL") else None


def _read_sim(line: str) -> SimReported | None:
    for pattern, usable in _SIM:
        if (found := pattern.fullmatch(line)) is not None:
            return SimReported("there" if found[1] in usable else "gone")
    return SimReported("type") if line.startswith("+QUSIM:") else None
