"""One command and what answered it: decides which of the modem's events belong to the command. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gatewayd.modem import at, notices
from gatewayd.modem.dialogue import Dialogue
from gatewayd.wakeup import Wakeup

_NAME = re.compile(r"AT([+^#][A-Z]+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's answer: the lines before the final result, and that result."""

    info: tuple[str, ...]
    final: at.Final

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.final.kind == "ok"


class Exchange:
    """A command on the line. The reader gives it events; who wrote the command waits on ``wakeup``.

    ``dialogue`` is told of every event, also of those that answer something else.
    """

    def __init__(self, command: str, *, pdu: str | None = None, dialogue: Dialogue | None = None) -> None:
        name = _NAME.match(command)
        self._prefix = f"{name[1]}:" if name else None
        self._echoes = (command, pdu)
        self._submits = pdu is not None
        self._dialogue = dialogue
        self.wakeup = Wakeup()
        self.info: list[str] = []
        self.prompted = False
        self.echoed = False
        """The modem has sent the command back."""
        self.final: at.Final | None = None
        self.answered_twice = False
        """A second final result, or a second +CMGS, came while it ran: one of them is another submit's."""
        self.lost: str | None = None
        """Why no answer will ever come: the line died or the modem restarted."""
        self.reset = False
        """The modem restarted meanwhile: it owes no answer any more."""
        self.stamp: float | None = None
        """When 0x1A was written; no +CMGS before that can be this command's."""

    @property
    def over(self) -> bool:
        """Whether nothing more is to be waited for."""
        return self.final is not None or self.lost is not None

    @property
    def owes(self) -> bool:
        """Whether 0x1A was written, and the modem has neither answered nor forgotten."""
        return self.stamp is not None and self.final is None and not self.info and not self.reset

    def take(self, event: at.Event) -> bool:
        """Give it an event; return whether it was this command's (False: it is somebody else's)."""
        if self._dialogue is not None:
            self._dialogue.heard(event)
        taken = self._takes(event)
        if taken:
            self.wakeup.ring()
        return taken

    def _takes(self, event: at.Event) -> bool:
        match event:
            case at.Text(line):
                return self._takes_line(line)
            case at.Prompt():
                self.prompted = True
                return True
            case at.Final():
                if self.final is None:
                    self.final = event
                else:
                    self.answered_twice = True
                return True
        return False

    def _takes_line(self, line: str) -> bool:
        if line in self._echoes:
            self.echoed = True
            return True
        if self._submits:
            if self.stamp is None or not line.startswith("+CMGS"):
                return False
            self.answered_twice = self.answered_twice or bool(self.info) or self.final is not None
        elif not (self._prefix and line.startswith(self._prefix)) and (
            # An echo of something else, or an unsolicited line between the command and its answer.
            line.startswith("AT") or notices.is_unsolicited(line)
        ):
            return False
        self.info.append(line)
        return True

    def lose(self, reason: str, *, reset: bool = False) -> None:
        """No answer will come."""
        if not self.over:
            self.lost = reason
        self.reset = self.reset or reset
        self.wakeup.ring()

    def answer(self) -> Answer | None:
        """The whole answer, or None while, or because, there is no final result."""
        return None if self.final is None else Answer(tuple(self.info), self.final)
