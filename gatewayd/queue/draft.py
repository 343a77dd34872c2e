"""What goes into the queue and what comes back at once: drafts, receipts, previews. Plain shapes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gatewayd.errors import FieldError
from gatewayd.message import Doubt, Order, Priority, State


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as a client asks for it: one recipient, nothing checked yet."""

    to: str
    """The number as the client wrote it."""
    text: str
    type: str = "message"
    """What kind of message this is to its client, a word for searching: ``ra_opened``, ``otp`` …"""
    priority: Priority | None = None
    """None takes its type's, or else normal."""
    send_at: datetime | None = None
    """Not before this (aware)."""
    expires_at: datetime | None = None
    """Not after this (aware); None takes its type's validity, or else the configured one."""
    encoding: str = "auto"
    """``auto`` (the cheapest that fits), ``gsm7`` or ``ucs2``."""
    transliterate: bool = False
    """Replace what the GSM alphabet lacks, where that has a usual replacement (ł → l)."""
    flash: bool = False
    """Class 0: shown at once and not stored by the handset."""
    report: bool = False
    """Whether the client wants to be told of delivery."""
    modem: str | None = None
    """Leave by this modem only."""
    reference: str | None = None
    """The client's own reference, for searching."""
    in_doubt: Doubt | None = None
    """None takes its client's policy, or else ``hold``."""
    order: Order = Order.RELAXED
    template: str | None = None
    """The version of the template that the text was made with: ``kind/channel/language@version``."""
    secret: bool = False
    """Whether its text is wiped as soon as nothing needs it; that of a type that is secret is in any case."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the client is told of an accepted message."""

    id: str
    to: str
    """E.164."""
    state: State
    parts: int
    encoding: str
    priority: Priority
    created_at: datetime
    send_at: datetime | None = None
    expires_at: datetime | None = None
    reference: str | None = None
    text: str | None = None
    """The text that will be sent, where transliteration changed it and it is no secret; else None."""
    possible_duplicate: bool = False
    """Whether it sends again what its recipient may have got, at least in part."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One wrong object of an array, with everything that is wrong about it."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Submission:
    """The outcome of one request, in the order of its objects."""

    results: tuple[Receipt | Rejected, ...]
    replayed: bool = False
    """Whether this is the stored answer to an earlier request with the same idempotency key."""

    @property
    def accepted(self) -> int:
        """How many objects became messages."""
        return sum(isinstance(result, Receipt) for result in self.results)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's promise that two requests with the same key are the same request."""

    key: str
    """1 to 255 characters."""
    fingerprint: str
    """Hash of the request's body and of what else decides its meaning."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a draft, without accepting it."""

    to: str
    parts: int
    encoding: str
    units: int
    """Septets, or UTF-16 code units, that the text takes in all."""
    text: str
    offending: tuple[str, ...]
    """The characters that force UCS-2, each once, in order."""
    leaves_at: datetime | None
    """When its last part would leave, as things stand; None while no modem may send it."""
    changes: tuple[tuple[int, str, str], ...] = ()
    """What transliteration changed: position in the original text, original, replacement."""
    price: int = 0
    """What its parts cost, in millionths of the currency of ``[prices]``."""
