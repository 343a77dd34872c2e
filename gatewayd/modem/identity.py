"""Which modem and which SIM: manufacturer, model, revision, IMEI (3GPP TS 27.007 §5) and ICCID."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatewayd.modem.session import Session

_IMEI = re.compile(r"\d{15}")
# ITU-T E.118: at most 19 digits with the check digit; EF_ICCID holds 20 nibbles, the last may be a filler.
# Nothing of it may be missing: a ? is a damaged octet, and with a digit less it would be another SIM.
_ICCID = re.compile(r"(?<![\w?])\d{18}[0-9Ff]{0,2}(?![\w?])")
_ICCID_FIRST = "89"
"""The industry code of telecommunications, with which every ICCID begins."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the modem says it is; None where it won't say."""

    manufacturer: str | None
    model: str | None
    revision: str | None
    imei: str | None


async def read_equipment(session: Session) -> Equipment:
    """Ask the modem what it is. Raises as ``Session.command``."""
    imei = _IMEI.search(await _first_line(session, "AT+CGSN") or await _first_line(session, "AT+GSN") or "")
    return Equipment(
        manufacturer=await _first_line(session, "AT+CGMI"),
        model=await _first_line(session, "AT+CGMM"),
        revision=await _first_line(session, "AT+CGMR"),
        imei=imei[0] if imei else None,
    )


async def read_iccid(session: Session) -> str | None:
    """The SIM's ICCID by whichever of the modem's ways works; None where none does, or before the PIN."""
    for command in session.quirks.iccid:
        answer = await session.command(command)
        for line in answer.info:
            if (iccid := iccid_in(line)) is not None:
                return iccid
    return None


def iccid_in(line: str) -> str | None:
    """The ICCID in a line, whether written in digits or as the nibbles of EF_ICCID (3GPP TS 31.102 §4.2.2)."""
    for found in _ICCID.findall(line):
        if found.startswith(_ICCID_FIRST):
            return str(found).rstrip("Ff")
        swapped = "".join(found[i + 1] + found[i] for i in range(0, len(found) - 1, 2)).rstrip("Ff")
        if swapped.startswith(_ICCID_FIRST):
            return swapped
    return None


async def _first_line(session: Session, command: str) -> str | None:
    answer = await session.command(command)
    if not answer.ok or not answer.info:
        return None
    # Some repeat the command's name and put quotes: '+CGMI: "Acme"'.
    _, _, value = (
        answer.info[0].rpartition(": ") if answer.info[0].startswith("+") else ("", "", answer.info[0])
    )
    return value.strip(' "')[:64] or None
