"""Webhooks: what comes in and what goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from gatewayd.api.wire.query import Limit
from gatewayd.api.wire.types import Incoming
from gatewayd.webhooks.view import (
    Changes,
    DeadLetter,
    DeadLetterPage,
    Draft,
    IncludeText,
    Issued,
    TestResult,
    WebhookView,
)

TextChoice = Literal["none", "received", "all"]
ConditionName = Literal["working", "failing", "open", "disabled"]

_URL = (
    "Where to: https, to the public internet, on port 443 or 8443; the operator may allow more ([webhooks])."
)
_EVENTS = (
    "Kinds of events: `message.delivered`, `message.*`, `inbox.received`, `*` (everything that you may see)."
)
_TEXTS = (
    "Whose texts go along: `none`, `received` (those of received messages), `all` (your own messages' too)."
)
_CLIENTS = "For webhooks of the whole gateway: names of the clients whose events are told. Null: all."


class WebhookIn(Incoming):
    """A new webhook."""

    url: str = Field(description=_URL)
    events: list[str] = Field(["*"], description=_EVENTS)
    description: str = Field("", description="What it is for, in words.")
    include_text: TextChoice = Field("received", description=_TEXTS)
    client: str | None = Field(
        None,
        description="For administrators: whose it is to be. Null: the whole gateway's. A client's own token makes its "
        "client's in any case.",
    )
    clients: list[str] | None = Field(None, description=_CLIENTS)
    secret: str | None = Field(
        None,
        description="`whsec_` and 24 to 64 octets in base64. Left out: one is made, and shown this once.",
    )

    def draft(self) -> Draft:
        """Return it as the domain takes it."""
        return Draft(
            url=self.url,
            events=tuple(self.events),
            client=self.client,
            clients=None if self.clients is None else tuple(self.clients),
            description=self.description,
            include_text=IncludeText(self.include_text),
            secret=self.secret,
        )


class WebhookChangesIn(Incoming):
    """What is to be different; keys that are left out stay as they are."""

    url: str | None = Field(None, description=_URL)
    events: list[str] | None = Field(None, description=_EVENTS)
    description: str | None = Field(None, description="What it is for, in words.")
    include_text: TextChoice | None = Field(None, description=_TEXTS)
    clients: list[str] | None = Field(None, description=_CLIENTS)

    def changes(self) -> Changes:
        """Return it as the domain takes it."""
        return Changes(
            url=self.url,
            events=None if self.events is None else tuple(self.events),
            clients=None if self.clients is None else tuple(self.clients),
            all_clients="clients" in self.model_fields_set and self.clients is None,
            description=self.description,
            include_text=None if self.include_text is None else IncludeText(self.include_text),
        )


class ReplayIn(Incoming):
    """From where to tell again."""

    after: int = Field(
        ge=0, le=2**63 - 1, description="`seq` of an event: all that follow it are told once more."
    )


class DeadLetterQuery(Incoming):
    """Which dead letters."""

    after: int = Field(0, ge=0, le=2**63 - 1, description="Cursor: `next` of the page before.")
    limit: Limit = 100


class WebhookOut(TypedDict):
    """A webhook with how it fares."""

    id: str
    client: str | None
    """Whose; null: the whole gateway's."""
    url: str
    description: str
    events: list[str]
    clients: list[str] | None
    include_text: TextChoice
    condition: ConditionName
    """`open`: the circuit breaker is open, and nothing is sent until `breaker_open_until`."""
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime
    cursor: int
    """All events up to this one are done with."""
    pending: int
    """Events after that: at most so many wait, as some may be none of this webhook's."""
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
    """Of HTTP, at the last try; null: there was no answer."""
    last_error: str | None
    dead_letters: int
    old_secret_until: datetime | None
    """Until when the secret before the last rotation signs along."""


class WebhooksOut(TypedDict):
    """The webhooks that you may see, oldest first."""

    webhooks: list[WebhookOut]


class IssuedWebhookOut(WebhookOut):
    """A webhook with its secret, which is shown this once."""

    secret: str


class TestOut(TypedDict):
    """What the receiver said."""

    delivered: bool
    event_id: str
    status: int | None
    seconds: float
    error: str | None
    body: str | None
    """The beginning of the answer, for administrators; null for others."""


class DeadLetterOut(TypedDict):
    """An event that was given up after its last try."""

    seq: int
    event_id: str
    """What the receiver knows it by, as `webhook-id`."""
    kind: str
    event_at: datetime
    died_at: datetime
    tries: int
    status: int | None
    error: str
    wanted: bool
    """Whether it is about to be sent again."""


class DeadLetterPageOut(TypedDict):
    """Some dead letters, oldest first."""

    dead_letters: list[DeadLetterOut]
    next: int | None
    """Give it as `after` for the next page; null at the end."""


class CountOut(TypedDict):
    """How many it concerns."""

    dead_letters: int


def webhook_out(view: WebhookView) -> WebhookOut:
    """Write down a webhook."""
    lists = {"events": list(view.events), "clients": None if view.clients is None else list(view.clients)}
    out: Any = {name: getattr(view, name) for name in WebhookOut.__annotations__} | lists
    return cast("WebhookOut", out)


def issued_webhook_out(issued: Issued) -> IssuedWebhookOut:
    """Write down a webhook, secret included."""
    return {**webhook_out(issued.webhook), "secret": issued.secret}


def test_out(result: TestResult) -> TestOut:
    """Write down what the receiver said."""
    return {
        "delivered": result.delivered,
        "event_id": result.event_id,
        "status": result.status,
        "seconds": result.seconds,
        "error": result.error,
        "body": result.body,
    }


def dead_letter_page_out(page: DeadLetterPage) -> DeadLetterPageOut:
    """Write down a page of dead letters."""
    return {"dead_letters": [_dead_letter(each) for each in page.dead_letters], "next": page.next}


def _dead_letter(dead: DeadLetter) -> DeadLetterOut:
    return {
        "seq": dead.seq,
        "event_id": dead.event_id,
        "kind": dead.kind,
        "event_at": dead.event_at,
        "died_at": dead.died_at,
        "tries": dead.tries,
        "status": dead.status,
        "error": dead.error,
        "wanted": dead.wanted,
    }
