"""What a modem says, as a stream of events: bytes in, frozen dataclasses out. No I/O, no clock.

The parser knows lines, the prompt and final results; it doesn't know which command is running, so the same bytes
give the same events however they are cut. Which event answers which command is the business of ``exchange.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final as Constant
from typing import Literal

from gatewayd.modem.verbose import code_of_text

LINE_CAP: Constant = 4096
"""Octets of one line; a longer one is dropped whole. The longest legal line, a PDU of 176 octets in hex, has 352."""
FLOOD_LIMIT: Constant = 64 * 1024
"""Octets without an end of line after which the other side can't be a modem in its senses."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """``> ``: the modem waits for a PDU (3GPP TS 27.005 §4.3). It comes without an end of line."""


@dataclass(frozen=True, slots=True)
class Final:
    """A final result: it alone ends a command (3GPP TS 27.007 §4.2, §9; 27.005 §3.2.5)."""

    kind: Literal["ok", "error", "cms", "cme"]
    code: int | None = None
    """The number after +CMS/+CME ERROR, also where the modem wrote the words of the standard; None: there was none."""


@dataclass(frozen=True, slots=True)
class Text:
    """Any other line, without its end: an answer, an echo, something unsolicited, or garbage."""

    line: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An unsolicited line that carries a PDU in the line after it: +CMT, +CDS, +CBM (3GPP TS 27.005 §3.4.1)."""

    header: str
    pdu: str
    """Hexadecimal, upper case."""


@dataclass(frozen=True, slots=True)
class Flood:
    """64 KiB without an end of line."""


Event = Prompt | Final | Text | Delivery | Flood

_END = re.compile(rb"[\r\n]")
_CONTROLS = bytes(octet for octet in range(0x80) if not (0x20 <= octet <= 0x7E or octet in b"\r\n"))
#: Nothing that is evaluated has it: a digit that was damaged must not just be missing from its number.
_DAMAGED = b"?"
_BEFORE = b" " + _DAMAGED
_EIGHT_BITS = bytes(range(0x80)) + _DAMAGED * 0x80
_EXTENDED_ERROR = re.compile(r"\+(CMS|CME) ERROR: ?(.*)")
_CARRIES_PDU = ("+CMT:", "+CDS:", "+CBM:")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_RESULTS = {
    "OK": Final("ok"),
    "ERROR": Final("error"),
    # Huawei says this instead of ERROR for a command that it doesn't know.
    "COMMAND NOT SUPPORT": Final("error"),
}


def _final(line: str) -> Final | None:
    # Whole lines only: "OK" or "ERROR" inside another line (an operator's name) must never end a command. NO CARRIER
    # isn't among them: gatewayd never dials, so it only ever says that somebody else's call has ended.
    if (result := _RESULTS.get(line)) is not None:
        return result
    if (extended := _EXTENDED_ERROR.fullmatch(line)) is None:
        return None
    kind: Literal["cms", "cme"] = "cms" if extended[1] == "CMS" else "cme"
    text = extended[2].strip()
    if re.fullmatch(r"\d{1,5}", text):
        return Final(kind, int(text))
    return Final(kind, code_of_text(kind, text))


class Parser:
    """Turns what comes from the modem into events, whatever it is: no input makes it raise."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._length = 0
        self._overlong = False
        self._header: str | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Take the next octets, cut anywhere, and return what they complete."""
        events: list[Event] = []
        # NUL and control octets are line noise, or an echo of ESC and Ctrl-Z; none is part of an answer.
        *ended, rest = _END.split(data.translate(_EIGHT_BITS, _CONTROLS))
        for piece in ended:
            self._append(piece, events)
            self._end_line(events)
        self._append(rest, events)
        return events

    def _append(self, piece: bytes, events: list[Event]) -> None:
        if self._length == 0:
            piece = self._take_prompts(piece, events)
        before, self._length = self._length, self._length + len(piece)
        if before <= FLOOD_LIMIT < self._length:
            events.append(Flood())
        if self._length > LINE_CAP:
            self._overlong = True
            self._line.clear()
        else:
            self._line += piece

    @staticmethod
    def _take_prompts(piece: bytes, events: list[Event]) -> bytes:
        # Nothing else begins with ">", so a prompt is known by its first octet; the blank after it may come later.
        # What was damaged before a line begins, as when something is plugged in, is not of the line.
        piece = piece.lstrip(_BEFORE)
        while piece.startswith(b">"):
            events.append(Prompt())
            piece = piece[1:].lstrip(_BEFORE)
        return piece

    def _end_line(self, events: list[Event]) -> None:
        line, overlong = self._line.decode("ascii").rstrip(" "), self._overlong
        self._line.clear()
        self._length, self._overlong = 0, False
        # Blank lines separate answers in some modems and are missing in others: they mean nothing.
        if line and not overlong:
            self._take_line(line, events)

    def _take_line(self, line: str, events: list[Event]) -> None:
        if (header := self._header) is not None:
            self._header = None
            if _HEX.fullmatch(line):
                events.append(Delivery(header, line.upper()))
                return
            events.append(Text(header))
        if (final := _final(line)) is not None:
            events.append(final)
        elif line.startswith(_CARRIES_PDU):
            self._header = line
        else:
            events.append(Text(line))
