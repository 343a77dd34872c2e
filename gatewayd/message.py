"""The nouns of the whole system: a message, its parts, its states and the ways between them. Pure.

The state machine is ``State`` plus ``TRANSITIONS``; everything that affects which state may follow which
lives here, and ``queue/lifecycle.py`` alone writes one.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID


class State(enum.StrEnum):
    """Where a message is in its life. In JSON, in the database, on pages: these words."""

    STAGED = "staged"
    """Written, but the array it came in isn't accepted yet: invisible. The array's last write makes it QUEUED."""
    QUEUED = "queued"
    """Accepted; waits for its turn, its time or its next try (`wait_reason`). The scheduler claims it."""
    SENDING = "sending"
    """A part of it is at a modem, or between two parts. The outcome of the attempt moves it on."""
    SENT = "sent"
    """The network took every part. A delivery report may still move it on; none coming is no failure."""
    DELIVERED = "delivered"
    """Delivery reports say that every part reached the handset. Final."""
    UNDELIVERED = "undelivered"
    """A delivery report says that a part never will. Final."""
    IN_DOUBT = "in_doubt"
    """A part may or may not have been taken by the network. Evidence or a person's verdict moves it on."""
    FAILED = "failed"
    """Refused for good, or its attempts are spent (`last_error`). Only proof of the contrary moves it on."""
    EXPIRED = "expired"
    """Its validity ended before it could be sent. Only proof that it had been sent after all moves it on."""
    CANCELLED = "cancelled"
    """Taken back by its client or by a person. Final."""


#: Every legal step; anything else is a defect and halts the queue (DESIGN: "Halting").
TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (State.STAGED, State.QUEUED),
        (State.QUEUED, State.SENDING),
        (State.QUEUED, State.CANCELLED),
        (State.QUEUED, State.EXPIRED),
        (State.QUEUED, State.FAILED),
        (State.QUEUED, State.IN_DOUBT),  # found in a restored copy: the original may have sent it since
        (State.SENDING, State.QUEUED),
        (State.SENDING, State.SENT),
        (State.SENDING, State.FAILED),
        (State.SENDING, State.IN_DOUBT),
        (State.SENDING, State.CANCELLED),
        (State.SENDING, State.EXPIRED),
        (State.SENT, State.DELIVERED),
        (State.SENT, State.UNDELIVERED),
        (State.IN_DOUBT, State.SENT),
        (State.IN_DOUBT, State.QUEUED),
        (State.IN_DOUBT, State.FAILED),
        (State.IN_DOUBT, State.EXPIRED),
        (State.FAILED, State.SENT),
        (State.EXPIRED, State.SENT),  # it was in doubt when its validity ended
    }
)

#: "Sent", for people who ask "sent or not"; every other visible state is "not sent".
SENT_STATES = frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED})
#: Nothing more happens by itself.
FINAL_STATES = frozenset({State.DELIVERED, State.UNDELIVERED, State.FAILED, State.EXPIRED, State.CANCELLED})


class Priority(enum.IntEnum):
    """Which message goes first; the database sorts by the number, people write the lower-case name."""

    EMERGENCY = 0
    HIGH = 1
    NORMAL = 2
    BULK = 3

    @property
    def label(self) -> str:
        """The word used outside: ``emergency``, ``high``, ``normal``, ``bulk``."""
        return self.name.lower()


class Doubt(enum.StrEnum):
    """What to do with a message in doubt once its evidence window is over."""

    HOLD = "hold"
    RESEND = "resend"
    ASSUME_SENT = "assume_sent"


class Order(enum.StrEnum):
    """Whether later messages to the same recipient may pass one that waits long for its next try."""

    RELAXED = "relaxed"
    STRICT = "strict"


def new_id(now: datetime, random_bits: Callable[[int], int] = secrets.randbits) -> UUID:
    """A public name: UUIDv7 (RFC 9562 §5.7) of ``now`` (aware) and 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    random = random_bits(74)
    return UUID(int=milliseconds << 80 | 7 << 76 | random >> 62 << 64 | 0b10 << 62 | random & (1 << 62) - 1)
