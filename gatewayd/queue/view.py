"""What the queue shows: messages with their history, pages, searches, modems. Plain shapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gatewayd.message import Doubt, Order, Priority, State
from gatewayd.modem.ports import ModemStatus, Said


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as anybody may see it who may see it at all."""

    seq: int
    id: str
    client: str
    to: str
    """E.164; where the number is kept no more, what is left of it, as ``+34…12``."""
    text: str | None
    """None: it is kept no more."""
    type: str
    state: State
    priority: Priority
    encoding: str
    parts: int
    parts_sent: int
    attempts: int
    flash: bool
    report: bool
    in_doubt: Doubt
    order: Order
    reference: str | None
    modem: str | None
    """The modem that it went, or goes, through."""
    pinned: str | None
    """The modem that its client asked for."""
    wait_reason: str | None
    """Why a queued message waits: ``scheduled``, ``retry``, ``order``, ``quota``, ``doubt``, ``sim`` (that its first
    parts went by), ``paused`` (its batch is); None: for its turn."""
    not_before: datetime | None
    send_at: datetime | None
    expires_at: datetime | None
    error: str | None
    """The last fault, as ``+CMS 38``, or a word of our own: ``partial``, ``attempts_spent``."""
    error_text: str | None
    """The same in words."""
    possible_duplicate: bool
    overtaken: bool
    """Whether a later message to the same recipient was allowed to pass it."""
    corrected: bool
    """Whether it was given up, and then proven to have been sent."""
    retry_of: str | None
    template: str | None
    """The version of the template that its text was made with: ``kind/channel/language@version``."""
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    """When its last part reached the handset, by our clock, as the delivery reports say."""
    secret: bool = False
    """Whether its text goes as soon as nothing needs it."""

    @property
    def erased(self) -> bool:
        """Whether its text, and perhaps its number, is kept no more."""
        return self.text is None


@dataclass(frozen=True, slots=True)
class PartView:
    """One part that the network took, or may have taken."""

    number: int
    state: str
    """``sent``, ``in_doubt``, or ``assumed`` to be sent."""
    mr: int | None
    modem: str
    at: datetime
    report: str | None
    """What its last delivery report says: ``delivered``, ``temporary`` (not yet) or ``failed``."""
    report_status: int | None
    """TP-ST of that report (3GPP TS 23.040 §9.2.3.15)."""
    report_text: str | None
    """The same in words."""
    reported_at: datetime | None
    """When it was delivered, or last tried, by our clock."""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try to submit one part."""

    part: int
    number: int
    modem: str
    outcome: str | None
    """``accepted``, ``refused``, ``unknown``, ``withdrawn``; None while it is under way."""
    fault: str | None
    fault_text: str | None
    claimed_at: datetime
    armed_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    """From 0x1A to the answer."""
    dialogue: tuple[Said, ...]
    """What was said to the modem and by it, where the part was not simply accepted. Nothing personal."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line of a message's timeline."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """A message with all that happened to it."""

    message: MessageView
    parts: tuple[PartView, ...]
    attempts: tuple[AttemptView, ...]
    timeline: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A search of the history, newest first: in the order of acceptance, which never changes. None means: any."""

    client_id: int | None = None
    """Whose messages; None only for those who may see everybody's."""
    client: str | None = None
    since: datetime | None = None
    """Accepted at or after this."""
    until: datetime | None = None
    """Accepted before this."""
    status: str = "all"
    """``all``, ``sent`` or ``not_sent``."""
    states: tuple[State, ...] = ()
    type: str | None = None
    recipient: str | None = None
    """E.164."""
    reference: str | None = None
    text: str | None = None
    """Words that the text contains, any case."""
    limit: int = 100
    after: tuple[datetime, int] | None = None
    """Where the page before ended: (created_at, seq) of its last message."""

    @property
    def looks_through(self) -> bool:
        """Whether messages have to be looked at that aren't found: no index has words or types."""
        return self.text is not None or self.type is not None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    messages: tuple[MessageView, ...]
    next: tuple[datetime, int] | None
    """What ``Query.after`` takes for the next page; None at the end."""


@dataclass(frozen=True, slots=True)
class ModemView:
    """A modem with what the queue does with it."""

    status: ModemStatus
    mode: str
    """``running``, ``draining``, ``paused`` (by a person) or ``stopped`` (by a fault that needs one)."""
    mode_reason: str | None
    interval: float
    """Seconds from one submit to the next."""
    free_at: datetime | None
    """When its pace allows the next submit; None: now."""
    resting_until: datetime | None
    """Paused by itself after faults of network or modem, until then."""
    resting_reason: str | None
    failing: int
    """Faults of SIM, modem or network in a row: each makes the next rest longer."""
    sent_today: int
    """Parts that the network took from it since midnight UTC."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits, for metrics and for people."""

    waiting: dict[Priority, int] = field(default_factory=dict)
    """Messages queued, by priority."""
    parts: dict[Priority, int] = field(default_factory=dict)
    oldest: dict[Priority, datetime] = field(default_factory=dict)
    """When the oldest message that could go now was accepted."""
    in_doubt: int = 0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why the gateway isn't ready to send, for probes and people."""

    code: str
    """``no_modem``, ``halted``, ``storage_full``."""
    message: str
