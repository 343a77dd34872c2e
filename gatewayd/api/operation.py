"""One row of the route table: what is called how, who may, what comes in and what goes out.

The application's routes and the OpenAPI document are both made from these rows, so neither can know a call that
the other doesn't.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gatewayd.access.people.service import People
from gatewayd.access.scopes import Principal, Scope
from gatewayd.access.service import Access
from gatewayd.alerts.service import Alerts
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.settings import ApiSettings
from gatewayd.batches.service import Batches
from gatewayd.clock import Clock
from gatewayd.errors import GatewaydError
from gatewayd.events.reader import FeedReader
from gatewayd.queue.service import Queue
from gatewayd.templates.service import Templates
from gatewayd.webhooks.service import Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    """What the calls are answered with."""

    queue: Queue
    access: Access
    feed: FeedReader
    clock: Clock
    settings: ApiSettings
    region: str = "ZZ"
    """Country of numbers that are searched for without `+`; ``ZZ``: none."""
    alerts: Alerts = field(kw_only=True)
    people: People = field(kw_only=True)
    webhooks: Webhooks = field(kw_only=True)
    templates: Templates = field(kw_only=True)
    batches: Batches = field(kw_only=True)
    compat: CompatSettings = field(kw_only=True, default=CompatSettings())


@dataclass(frozen=True, slots=True)
class Call:
    """One request, by somebody who may make it."""

    request: Request
    principal: Principal
    """``NOBODY`` where the operation is open to all."""
    services: Services

    @property
    def path(self) -> dict[str, str]:
        """What stands in the places of ``{…}`` in the operation's path."""
        params: dict[str, str] = self.request.scope["path_params"]
        return params


Handler = Callable[[Call], Awaitable[Response]]

#: Who calls what is open to all.
NOBODY = Principal(0, "nobody", None, frozenset(), "nobody")


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which a call can succeed."""

    description: str
    shape: Any = None
    """What the JSON looks like: a type that pydantic can describe; None for an empty body."""
    media_type: str = "application/json"
    also: Mapping[str, str] = field(default_factory=dict)
    """Other media types in which it can be had, with a description of each."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The manners of an API that others designed: how it learns who calls, and how it says that something failed."""

    identify: Callable[[Request, Services], Awaitable[Principal]]
    """Raises Unauthenticated and LimitReached, and whatever reading the request raises."""
    refuse: Callable[[GatewaydError], Response]
    """Raises the error itself where nobody said how to answer it."""
    security: Mapping[str, Mapping[str, str]]
    """OpenAPI's security schemes by name; any one of them will do."""
    failure: Any
    """What a failure looks like: a type that pydantic can describe; None for plain text."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    scope: Scope | None = None
    """What the caller's token must allow; None: open to all."""
    query: type[BaseModel] | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    """By media type, what the request's body looks like: types that pydantic can describe."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers that mean something here, with a description of each."""
    problems: Mapping[int, str] = field(default_factory=dict)
    """Other failures than those that follow from the rest of the row: the status, and when it comes."""
    dialect: Dialect | None = None
    """None: it is an operation of our own API."""
