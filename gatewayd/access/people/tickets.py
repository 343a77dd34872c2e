"""Between the password and the code of the second factor: who has given the first may come with the second."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from gatewayd.access.people.secrets import digest, new_token
from gatewayd.clock import Clock

_LIFETIME: Final = 300.0  # seconds
_TRIES: Final = 5
_MOST: Final = 1000  # at a time; the oldest goes first


@dataclass(slots=True)
class Ticket:
    """A right password."""

    name: str
    password: str
    """The hash that it was found right by: one that was changed meanwhile makes the ticket void."""
    until: float
    tries: int = _TRIES


class Tickets:
    """Those of this process: after a restart the password is asked for again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tickets: OrderedDict[bytes, Ticket] = OrderedDict()

    def issue(self, name: str, password: str) -> str:
        """Return a ticket for somebody whose password was right."""
        word = new_token()
        self._tickets[digest(word)] = Ticket(name, password, self._clock.monotonic() + _LIFETIME)
        while len(self._tickets) > _MOST:
            self._tickets.popitem(last=False)
        return word

    def try_with(self, word: str) -> Ticket | None:
        """Return the ticket for one more try, or None where it is unknown, too old or used up."""
        ticket = self._tickets.get(digest(word))
        if ticket is None or ticket.until <= self._clock.monotonic() or ticket.tries <= 0:
            self.void(word)
            return None
        ticket.tries -= 1
        return ticket

    def void(self, word: str) -> None:
        """End a ticket."""
        self._tickets.pop(digest(word), None)
