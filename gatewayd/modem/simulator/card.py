"""The SIM with its PIN, and the memories for messages, of which the SIM has one."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Lock(enum.StrEnum):
    """What AT+CPIN? answers."""

    ABSENT = "NOT INSERTED"
    """There is no SIM."""
    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"


class Status(enum.IntEnum):
    """<stat> of a stored message in PDU mode (3GPP TS 27.005 §3.1)."""

    UNREAD = 0
    READ = 1
    ANY = 4


class CardFull(Exception):
    """No slot is free."""


@dataclass(slots=True)
class Stored:
    """One message in a memory."""

    status: Status
    pdu: bytes


@dataclass(slots=True)
class Memory:
    """``slots`` places for messages, numbered from ``first``."""

    slots: int
    first: int = field(default=1, kw_only=True)
    messages: dict[int, Stored] = field(default_factory=dict, kw_only=True)

    @property
    def places(self) -> range:
        """The numbers of its places."""
        return range(self.first, self.first + self.slots)

    def store(self, pdu: bytes) -> int:
        """Put a received message into the lowest free slot and return its number. Raises CardFull."""
        for index in self.places:
            if index not in self.messages:
                self.messages[index] = Stored(Status.UNREAD, pdu)
                return index
        raise CardFull

    def listing(self, status: Status) -> list[tuple[int, Status, bytes]]:
        """Messages of this status with index and status as they were; those unread become read."""
        chosen = [
            (index, m.status, m.pdu)
            for index, m in sorted(self.messages.items())
            if status is Status.ANY or m.status is status
        ]
        for index, _, _ in chosen:
            self.messages[index].status = Status.READ
        return chosen


@dataclass(slots=True)
class Card(Memory):
    """A SIM; ``pin`` None: never locked."""

    pin: str | None = None
    tries: int = 3
    lock: Lock = Lock.READY
    iccid: str | None = None
    """19 digits; empty: the holder is; None: as the modem's settings say."""

    def power_up(self) -> None:
        """What a reset or a new plug does: a SIM with a PIN asks for it again; one that wants its PUK still does."""
        if self.iccid == "":
            self.lock = Lock.ABSENT
        elif self.lock is not Lock.PUK:
            self.lock = Lock.READY if self.pin is None else Lock.PIN

    def enter_pin(self, pin: str) -> bool:
        """Try a PIN; return whether it was right. The last wrong try leaves the SIM asking for its PUK."""
        if pin == self.pin:
            self.lock, self.tries = Lock.READY, 3
            return True
        self.tries -= 1
        if self.tries <= 0:
            self.lock = Lock.PUK
        return False
