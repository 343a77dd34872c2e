"""The API on a real queue with an inline database, called in the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
import trio
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from gatewayd.access import scopes
from gatewayd.access.people.passwords import Passwords
from gatewayd.access.people.service import People
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.registry import TokenRequest
from gatewayd.alerts.service import Alerts
from gatewayd.api.app import create_app
from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.operation import Services
from gatewayd.api.settings import ApiSettings
from gatewayd.batches.service import Batches
from gatewayd.batches.settings import BatchesSettings
from gatewayd.events.reader import FeedReader
from gatewayd.http.peer import Peer
from gatewayd.modem.ports import LinkState
from gatewayd.queue.service import Queue
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase
from gatewayd.templates.service import Templates
from gatewayd.templates.settings import TemplatesSettings
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.service import Webhooks
from gatewayd.webhooks.settings import WebhooksSettings
from tests.queue.conftest import Setup
from tests.webhooks.conftest import ADDRESS, Post, Receiver

ALL = (scopes.Scope.SEND, scopes.Scope.READ)
#: Real hashes, but cheap ones.
QUICK = Passwords(memory=64, passes=1)


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def setup(database: InlineDatabase) -> Setup:
    return Setup(database, modems=("phone1", "phone2"))


@dataclass
class Api:
    """The application, and ways to call it as this or that client."""

    setup: Setup
    queue: Queue
    app: ASGIApp

    async def token(self, client: str = "shop", *granted: scopes.Scope) -> str:
        """A fresh token of ``client``, with the scopes send and read unless told."""
        request = TokenRequest(client, granted or ALL)
        return (await self.setup.access.issue(request, actor="test")).token

    async def client(self, name: str = "shop", *granted: scopes.Scope) -> httpx2.AsyncClient:
        """An HTTP client with a fresh token."""
        headers = {"authorization": f"Bearer {await self.token(name, *granted)}"}
        return self.anonymous(headers=headers)

    def anonymous(self, *, peer: Peer | None = None, **options: Any) -> httpx2.AsyncClient:
        """An HTTP client without a token; ``peer``: over the Unix socket."""

        async def connected(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app({**scope, "state": {"peer": peer}}, receive, send)
            # What the application left of the body, so that nothing of httpx2's stays open.
            while (await receive()).get("more_body"):
                pass

        transport = httpx2.ASGITransport(app=connected)
        return httpx2.AsyncClient(transport=transport, base_url="http://gatewayd", **options)

    @asynccontextmanager
    async def restarted(self) -> AsyncIterator[httpx2.AsyncClient]:
        """An HTTP client of a second daemon on the same database."""
        async with self.setup.running() as queue:
            yield Api(self.setup, queue, application(self.setup, queue, ApiSettings())).anonymous()

    def rows(self, table: str = "message") -> int:
        """How many rows a table has."""
        count = self.setup.database.transact(
            lambda tx: tx.execute(text(f"select count(*) from {table}")).scalar()
        )
        return int(count or 0)


def application(
    setup: Setup,
    queue: Queue,
    settings: ApiSettings,
    batches: Batches | None = None,
    compat: CompatSettings | None = None,
) -> ASGIApp:
    batches = batches or batches_of(setup, queue)
    alerts = Alerts(setup.database, queue, setup.clock, setup.on_call)
    people = People(setup.database, setup.clock, Keyring([bytes(32)]), PeopleSettings(), passwords=QUICK)
    services = Services(
        queue,
        setup.access,
        FeedReader(setup.database),
        setup.clock,
        settings,
        alerts=alerts,
        people=people,
        webhooks=_webhooks(setup),
        templates=batches.templates,
        batches=batches,
        compat=compat or CompatSettings(),
    )
    return create_app(services)


def batches_of(setup: Setup, queue: Queue) -> Batches:
    """Managed batches of which those of more than three rows need a second person."""
    templates = templates_of(setup)
    return Batches(setup.database, queue, templates, setup.clock, BatchesSettings(approval_above=3))


def templates_of(setup: Setup) -> Templates:
    """The templates of the database."""
    return Templates(setup.database, setup.clock, TemplatesSettings(), zone=ZoneInfo("UTC"), region="ZZ")


def _webhooks(setup: Setup) -> Webhooks:
    """Webhooks that reach one receiver, at ``shop.example``."""

    async def look_up(host: str, port: int) -> list[str]:
        return [ADDRESS]

    transport = Post({"shop.example": Receiver()})
    sender = Sender(WebhooksSettings(), setup.clock, look_up=look_up, transport=lambda: transport)
    return Webhooks(setup.database, setup.clock, Keyring([bytes(32)]), WebhooksSettings(), sender)


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings()


@pytest.fixture
async def api(setup: Setup, settings: ApiSettings) -> AsyncIterator[Api]:
    """The API with its queue at work; the modems are away, so nothing leaves unless a test brings them back."""
    # trio's own clock begins anywhere; the tests' wall clock at the epoch.
    setup.clock.wall_offset = -timedelta(seconds=trio.current_time())
    for name in setup.modems:
        setup.air.change(name, LinkState.ABSENT, "no such port")
    async with setup.running() as queue, trio.open_nursery() as work:
        batches = batches_of(setup, queue)
        await work.start(batches.run)
        yield Api(setup, queue, application(setup, queue, settings, batches))
        work.cancel_scope.cancel()


@pytest.fixture
async def shop(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The HTTP client of an application that may send and read."""
    async with await api.client() as client:
        yield client


@pytest.fixture
async def admin(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The HTTP client of an administrator."""
    async with await api.client("ops", scopes.Scope.ADMIN) as client:
        yield client
