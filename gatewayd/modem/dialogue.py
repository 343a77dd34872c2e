"""What was said in one submit, kept for the person who has to judge an attempt that failed or is in doubt.

Nothing personal can get in, whatever comes over the line: not one character of what the modem says is copied. A line
is either one of those that are known, and then written down anew from what it means, or only counted by its length.
So what is kept holds no text, no number and no PDU, and needs no erasing when they are erased.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gatewayd.modem import at, notices
from gatewayd.modem.late import reference_of
from gatewayd.modem.ports import Said, Voice

_ANSWERS: Final = 6
"""Lines kept of what answers the submit; one that goes well has three: prompt, +CMGS, OK."""
_ASIDES: Final = 6
"""Lines kept of what the modem says besides; some chatter without end."""
_NOTE: Final = 80
"""Characters of a note of ours; the reason why a port broke comes from the system."""


class Dialogue:
    """The lines of one submit, at most 20, with seconds since AT+CMGS was written.

    ``now`` is the clock that they are told by. What a line is called is found out when it is asked for: most submits
    go well, and nobody asks.
    """

    def __init__(self, command: str, pdu: str, now: Callable[[], float]) -> None:
        self._command = command
        self._pdu = pdu
        self._now = now
        self._began = now()
        self._entries: list[tuple[float, str | at.Event]] = []
        """When, and what: words of ours are what was written."""
        self._room = {True: _ANSWERS, False: _ASIDES}
        self._left_out = 0

    def wrote_command(self) -> None:
        """AT+CMGS goes out: the time counts from here."""
        self._began = self._now()
        self._wrote(self._command)

    def wrote_pdu(self) -> None:
        """The PDU goes out."""
        self._wrote(f"‹PDU, {len(self._pdu) // 2} octets›")

    def wrote_submit(self) -> None:
        """0x1A goes out."""
        self._wrote("Ctrl-Z")

    def heard(self, event: at.Event) -> None:
        """The modem said something, to this submit or not."""
        answers = _answers(event)
        if self._room[answers]:
            self._room[answers] -= 1
            self._entries.append((self._now(), event))
        else:
            self._left_out += 1

    def told(self, note: str | None = None) -> tuple[Said, ...]:
        """The whole dialogue; ``note`` is its last word, where no answer is the last: why none is known."""
        lines = [self._said(when, what) for when, what in self._entries]
        if self._left_out:
            lines.append(self._note(f"{self._left_out} more lines left out"))
        if note is not None:
            lines.append(self._note(note[:_NOTE]))
        return tuple(lines)

    def _wrote(self, what: str) -> None:
        self._entries.append((self._now(), what))

    def _note(self, text: str) -> Said:
        return Said(round(self._now() - self._began, 3), Voice.NOTE, text)

    def _said(self, when: float, what: str | at.Event) -> Said:
        seconds = round(when - self._began, 3)
        if isinstance(what, str):
            return Said(seconds, Voice.GATEWAYD, what)
        return Said(seconds, Voice.MODEM, self._shown(what))

    def _shown(self, event: at.Event) -> str:
        match event:
            case at.Prompt():
                return ">"
            case at.Final(kind, code):
                return _result(kind, code)
            case at.Text(line) if line.startswith("+CMGS"):
                reference = reference_of(line)
                return "+CMGS: ‹unreadable›" if reference is None else f"+CMGS: {reference}"
            case at.Text(line) if line == self._command:
                return "‹echo of the command›"
            case at.Text(line) if line == self._pdu:
                return "‹echo of the PDU›"
            case at.Text(line) | at.Delivery(line, _):
                # The name of something unsolicited, never what it says; of any other line only its length.
                return notices.name_of(line) or f"‹a line of {len(line)} characters›"
        return "‹more than a line can hold›"


def _answers(event: at.Event) -> bool:
    """Whether it could answer a submit."""
    return isinstance(event, at.Prompt | at.Final) or (
        isinstance(event, at.Text) and event.line.startswith("+CMGS")
    )


def _result(kind: str, code: int | None) -> str:
    if kind in ("ok", "error"):
        return kind.upper()
    return f"+{kind.upper()} ERROR" if code is None else f"+{kind.upper()} ERROR: {code}"
