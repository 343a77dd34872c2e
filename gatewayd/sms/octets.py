"""Reading octets that somebody else wrote: never beyond their end, and one kind of error."""

from __future__ import annotations


class DecodeError(ValueError):
    """The octets are not a PDU of the kind asked for."""


class Reader:
    """A cursor over ``octets``; every step is checked."""

    __slots__ = ("_octets", "_position")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._position = 0

    def take(self, count: int, what: str) -> bytes:
        """The next ``count`` octets; ``what`` names them in the DecodeError raised where they are missing."""
        end = self._position + count
        if end > len(self._octets):
            raise DecodeError(f"{what} is cut off: {count} octets expected, {self.remaining} left")
        taken = self._octets[self._position : end]
        self._position = end
        return taken

    def octet(self, what: str) -> int:
        """The next octet, as a number."""
        return self.take(1, what)[0]

    @property
    def remaining(self) -> int:
        """How many octets are left."""
        return len(self._octets) - self._position
