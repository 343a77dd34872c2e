"""How makes of modem differ, as data. A quirk is here because somebody met it; the default is the standard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_CNMI: Final = ("2,1,0,1,0", "2,1,0,2,0", "1,1,0,1,0", "2,1,0,0,0", "1,1,0,0,0")
"""Received messages are stored and announced (+CMTI); reports come directly (+CDS), else stored (+CDSI), else not."""
_CNMI_QUALCOMM: Final = ("2,1,2,1,0", "2,1,2,2,0", "2,1,2,0,0")
"""Claims to know report mode 1, and refuses it together with broadcast mode 0."""
_ICCID: Final = ("AT+CCID", "AT+ICCID", "AT+CRSM=176,12258,0,0,10")


@dataclass(frozen=True, slots=True)
class Quirks:
    """What is particular about a make of modem."""

    init: tuple[str, ...] = ()
    """Commands at set-up, whatever they answer."""
    cnmi: tuple[str, ...] = _CNMI + _CNMI_QUALCOMM
    """Settings of AT+CNMI to try in turn (3GPP TS 27.005 §3.4.1)."""
    iccid: tuple[str, ...] = _ICCID
    """Commands that may tell the SIM's ICCID, to try in turn."""
    pin_tries: str = "AT+CPINR"
    """The command that tells how many tries the PIN has left."""
    acknowledges: bool = True
    """Whether AT+CNMA can be trusted where the modem says that it has it."""
    announces_early: float = 0.0
    """Seconds from +CMTI or +CDSI until what it announces can be read."""
    deletes_others: bool = False
    """Deleting one part of a message makes others go: all must have been read before."""
    pdu_piece: int = 0
    """Characters of a PDU to write at a time; 0: all at once."""
    pdu_pause: float = 0.0
    """Seconds between such pieces."""
    command_gap: float = 0.0
    """Seconds to leave between an answer and the next command."""


@dataclass(frozen=True, slots=True)
class _Rule:
    manufacturer: str
    model: str
    quirks: Quirks


# The first rule that fits counts; both columns are searched for, without regard to case.
_RULES: Final = (
    _Rule(
        "huawei",
        "E1750",
        # Swallows what comes within 0.3 s of its last answer.
        Quirks(
            init=("AT^CURC=0", "AT^PORTSEL=1", "AT+CFUN=1"),
            iccid=("AT^ICCID?", *_ICCID),
            pin_tries="AT^CPIN?",
            command_gap=0.3,
            acknowledges=False,
            announces_early=0.5,
        ),
    ),
    _Rule(
        "huawei",
        "",
        # ^CURC=0 stops the flood of ^RSSI and its like; ^PORTSEL=1 lets messages be announced on this port.
        Quirks(
            init=("AT^CURC=0", "AT^PORTSEL=1", "AT+CFUN=1"),
            iccid=("AT^ICCID?", *_ICCID),
            pin_tries="AT^CPIN?",
            # Refuses AT+CNMA in PDU mode.
            acknowledges=False,
            announces_early=0.5,
        ),
    ),
    _Rule("quectel", "", Quirks(iccid=("AT+QCCID", *_ICCID), pin_tries="AT+QPINC?")),
    _Rule("simcom", "SIM600", Quirks(pin_tries="AT+SPIC", deletes_others=True)),
    _Rule("simcom", "", Quirks(pin_tries="AT+SPIC")),
    _Rule("wavecom|sierra wireless", "WISMO|900E1800|FASTRACK|MULTIBAND", Quirks(init=("AT+WIND=0",))),
    _Rule(
        "siemens|cinterion",
        "",
        Quirks(
            init=("AT^SSMSS=1",),
            cnmi=("2,1,0,1,1", "3,1,0,1,1", "2,1,0,2,1", *_CNMI),
            pin_tries="AT^SPIC",
        ),
    ),
    # +ZUSIMR comes without end until the storage is asked about once.
    _Rule("zte", "", Quirks(init=("AT+CPMS?", "AT+ZOPRT=5"))),
    _Rule("telit", "", Quirks(iccid=("AT#CCID", *_ICCID), pin_tries="AT#PCT", cnmi=_CNMI_QUALCOMM + _CNMI)),
    # Loses what is written faster than it reads.
    _Rule("nokia", "", Quirks(pdu_piece=18, pdu_pause=0.01)),
    # Refuses AT+CNMA, and then receives nothing any more.
    _Rule("novatel", "", Quirks(cnmi=_CNMI_QUALCOMM + _CNMI, acknowledges=False)),
    _Rule("qualcomm", "", Quirks(cnmi=_CNMI_QUALCOMM + _CNMI)),
)


def quirks_of(manufacturer: str | None, model: str | None) -> Quirks:
    """The quirks of a modem by its answers to AT+CGMI and AT+CGMM."""
    for rule in _RULES:
        if re.search(rule.manufacturer, manufacturer or "", re.IGNORECASE) and re.search(
            rule.model, model or "", re.IGNORECASE
        ):
            return rule.quirks
    return Quirks()
