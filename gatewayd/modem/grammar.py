"""Everything that gatewayd can ever write to a modem. What isn't in here can't be said, whoever asks for it.

This makes AT injection impossible by structure: a command must match one of the patterns below as a whole, a PDU is
upper-case hexadecimal, and the two control octets are constants. No text of a message passes through here, for
only PDU mode is used, and no pattern has room for CR, ESC or Ctrl-Z.
"""

from __future__ import annotations

import re
from typing import Final

ESCAPE: Final = b"\x1b\r"
"""Leaves a prompt without sending (3GPP TS 27.005 §4.3); the CR ends a command that was cut off half-way."""
SUBMIT: Final = b"\x1a"
"""Ctrl-Z: from this octet on the message may be sent. Only ``Session.submit`` writes it, and only once armed."""

_COMMANDS: Final = (
    r"AT",
    r"ATE0",
    r"AT\+CMEE=[012]",
    r"AT\+CG(?:MI|MM|MR|SN)",
    r"AT\+GSN",
    # Which SIM: the standard's reading of EF_ICCID (3GPP TS 31.102), and what vendors offer besides.
    r"AT\+(?:CCID|ICCID|QCCID)\??",
    r"AT\^ICCID\?",
    r"AT#CCID",
    r"AT\+CRSM=176,12258,0,0,10",
    # EF_SMSS: the last used TP-MR (3GPP TS 31.102 §4.2.28).
    r"AT\+CRSM=176,28483,0,0,2",
    r"AT\+CPIN\?",
    r'AT\+CPIN="[0-9]{4,8}"',
    r"AT\+CPINR",
    r"AT\^CPIN\?",
    r"AT\+QPINC\?",
    r"AT\+SPIC",
    r"AT\^SPIC",
    r"AT#PCT",
    r"AT\+CMGF=0",
    r"AT\+CSMS=[01]",
    r"AT\+CNMA(?:=\?|=2)?",
    r'AT\+CPMS(?:\?|=\?|="(?:SM|ME|MT|SR)")',
    r"AT\+CMGL=4",
    r"AT\+CMG[RD]=[0-9]{1,5}",
    r"AT\+CNMI=[0-3](?:,[0-3]){1,4}",
    r'AT\+CSCA="\+?[0-9]{3,20}",(?:129|145)',
    r"AT\+C(?:G|E)?REG(?:\?|=[012])",
    r"AT\+CSQ",
    r"AT\+COPS(?:\?|=0|=3,0)",
    r"AT\+CFUN=1(?:,1)?",
    # Vendors' own, named in quirks.py.
    r"AT\^CURC=0",
    r"AT\^PORTSEL=1",
    r"AT\+WIND=0",
    r"AT\+ZOPRT=5",
    r"AT\^SSMSS=1",
    r"AT\+CMGS=[0-9]{1,3}",
)
_ALLOWED = re.compile("|".join(f"(?:{pattern})" for pattern in _COMMANDS))
_PDU = re.compile(r"(?:[0-9A-F]{2}){1,255}")


class Forbidden(ValueError):
    """Something that gatewayd must never write to a modem. A defect, not a fault of the modem."""


def command(text: str) -> bytes:
    """The octets of an allowed command. Raises ``Forbidden`` without repeating the text, which might hold a PIN."""
    if _ALLOWED.fullmatch(text) is None:
        raise Forbidden("not a command that gatewayd may write to a modem")
    return text.encode("ascii") + b"\r"


def pdu(hexadecimal: str) -> bytes:
    """The octets of a PDU in hexadecimal, without the Ctrl-Z. Raises ``Forbidden``."""
    if _PDU.fullmatch(hexadecimal) is None:
        raise Forbidden("a PDU is written as pairs of 0-9 and A-F")
    return hexadecimal.encode("ascii")
