"""What others see of webhooks, and what they ask for. Plain shapes; a secret only at the moment of its making."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class IncludeText(enum.StrEnum):
    """Which texts go along."""

    NONE = "none"
    RECEIVED = "received"
    """Those of received messages: whoever is told that one came wants to read it."""
    ALL = "all"
    """Those of the client's own messages too."""


class Condition(enum.StrEnum):
    """How a webhook fares."""

    WORKING = "working"
    FAILING = "failing"
    """The last try failed; the next one follows by itself."""
    OPEN = "open"
    """Too many failures in a row: the circuit breaker is open, and nothing is sent until ``breaker_open_until``."""
    DISABLED = "disabled"
    """Nothing is sent until somebody enables it; nothing is lost meanwhile."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as it matters here."""

    actor: str
    """For the audit."""
    client_id: int | None
    """The client whose webhooks are seen; None: everybody's."""
    may_read_inbox: bool
    """Whether they may have received messages told to them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A webhook that somebody wants."""

    url: str
    events: tuple[str, ...] = ("*",)
    client: str | None = None
    """Whose it is to be, by name; None: the caller's own, or the gateway's where the caller sees everybody's."""
    clients: tuple[str, ...] | None = None
    """Of the gateway's: names of the clients whose events it gets; None: all."""
    description: str = ""
    include_text: IncludeText = IncludeText.RECEIVED
    secret: str | None = None
    """One that the receiver has already; None: a new one is made."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be different; None: as it is."""

    url: str | None = None
    events: tuple[str, ...] | None = None
    clients: tuple[str, ...] | None = None
    all_clients: bool = False
    """Take the events of all clients again."""
    description: str | None = None
    include_text: IncludeText | None = None


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook with how it fares."""

    id: str
    client: str | None
    """Whose; None: the gateway's."""
    url: str
    description: str
    events: tuple[str, ...]
    clients: tuple[str, ...] | None
    include_text: IncludeText
    condition: Condition
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime
    cursor: int
    """All events up to this one are done with."""
    pending: int
    """Events after the cursor: at most so many wait, as some may be none of this webhook's."""
    oldest_at: datetime | None
    """When the oldest of them happened."""
    tries: int
    """Of the event that is being tried."""
    next_try_at: datetime | None
    failures: int
    """In a row."""
    failing_since: datetime | None
    breaker_open_until: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_status: int | None
    last_error: str | None
    dead_letters: int
    old_secret_until: datetime | None
    """Until when the secret before the last rotation signs along."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A webhook with its secret, at the one moment when that can be shown."""

    webhook: WebhookView
    secret: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up after its last try."""

    seq: int
    event_id: str
    kind: str
    event_at: datetime
    died_at: datetime
    tries: int
    status: int | None
    error: str
    wanted: bool
    """Whether it is about to be sent again."""


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """Some dead letters, oldest first."""

    dead_letters: tuple[DeadLetter, ...]
    next: int | None
    """The cursor of the next page; None at the end."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """What a receiver said to a test call."""

    __test__ = False  # pytest takes it for one of its own

    delivered: bool
    event_id: str
    status: int | None
    seconds: float
    error: str | None
    body: str | None
    """The beginning of the answer; None for those who may not see it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """All webhooks together, for metrics."""

    conditions: dict[Condition, int]
    pending: int
    dead_letters: int
    oldest_at: datetime | None
    """When the oldest event happened that an enabled webhook has not been told of."""
