"""The pages on a real queue with an inline database, called in the process as a browser would."""

from __future__ import annotations

import html
import math
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import trio
import trio.testing
from starlette.types import ASGIApp, Receive, Scope, Send
from trio.testing import MockClock

from gatewayd.access.people.service import People
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.people.view import NewPerson
from gatewayd.access.roles import Role
from gatewayd.batches.service import Batches
from gatewayd.batches.settings import BatchesSettings
from gatewayd.events.reader import FeedReader
from gatewayd.modem.ports import LinkState
from gatewayd.queue.service import Queue
from gatewayd.queue.signals import SignalLog
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase
from gatewayd.web.app import create_pages
from gatewayd.web.configured import Configured, Setting
from gatewayd.web.services import Services
from gatewayd.web.settings import WebSettings
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.service import Webhooks
from gatewayd.webhooks.settings import WebhooksSettings
from tests.api.conftest import QUICK, templates_of
from tests.queue.conftest import Setup
from tests.webhooks.conftest import ADDRESS, Post, Receiver

PASSWORD = "correct horse battery 9"


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def setup(database: InlineDatabase) -> Setup:
    return Setup(database, modems=("phone1", "phone2"))


@dataclass
class Browser:
    """A person's browser: cookies, and the token that each form carries."""

    http: httpx2.AsyncClient
    sent: dict[str, str] = field(default_factory=dict)
    """Headers of every request, such as the language."""

    async def get(self, path: str, **params: str) -> httpx2.Response:
        return await self.http.get(path, params=params or None, headers=self.sent)

    async def post(self, path: str, *, page: str | None = None, **fields: str) -> httpx2.Response:
        """Send a form as the page ``page`` (or the account's, which everybody has) has its token."""
        source = await self.get(page or "/admin/account")
        return await self.http.post(path, data={"csrf": csrf_of(source.text), **fields}, headers=self.sent)

    async def upload(self, path: str, file: bytes, **fields: str) -> httpx2.Response:
        """Send a form with a file."""
        source = await self.get("/admin/account")
        return await self.http.post(
            path,
            data={"csrf": csrf_of(source.text), **fields},
            files={"file": ("list.csv", file, "text/csv")},
            headers=self.sent,
        )

    async def sign_in(self, name: str, password: str = PASSWORD, **more: str) -> httpx2.Response:
        """Fill in the form of the door."""
        page = await self.get("/admin/sign-in")
        fields = {"csrf": csrf_of(page.text), "name": name, "password": password, **more}
        return await self.http.post("/admin/sign-in", data=fields, headers=self.sent)


def csrf_of(page: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found, "the page has no form"
    return found.group(1)


def said(response: httpx2.Response) -> str:
    """What a page says, without its tags."""
    body = response.text[response.text.index("<body") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def value_of(page: str, name: str) -> str:
    """What stands in the field ``name`` of a page."""
    for tag in re.findall(r"<input[^>]*>", page):
        if f'name="{name}"' in tag and (found := re.search(r'value="([^"]*)"', tag)):
            return html.unescape(found.group(1))
    if found := re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        return html.unescape(found.group(1)).strip("\n")
    return ""


@dataclass
class Pages:
    """The application, and browsers to look at it with."""

    setup: Setup
    queue: Queue
    people: People
    services: Services
    app: ASGIApp

    def browser(self, language: str = "en") -> Browser:
        """A browser in which nobody is signed in."""

        async def connected(scope: Scope, receive: Receive, send: Send) -> None:
            await self.app(scope, receive, send)
            while (await receive()).get("more_body"):
                pass

        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=connected), base_url="http://gatewayd")
        return Browser(http, {"accept-language": language})

    async def person(self, name: str, *roles: Role, language: str = "en") -> None:
        asked = NewPerson(name, PASSWORD, roles or (Role.ADMIN,), language=language, temporary=False)
        await self.people.create(asked, actor="test")

    async def signed_in(self, name: str = "ana", *roles: Role, language: str = "en") -> Browser:
        """The browser of a new person who has come in."""
        await self.person(name, *roles, language=language)
        browser = self.browser(language)
        assert (await browser.sign_in(name)).status_code == 303
        return browser

    async def settled(self, batch: str, state: str) -> None:
        """Wait until the batch at that address is in ``state``, and has nothing to do."""
        id_ = batch.rsplit("/", 1)[1]
        for _ in range(1000):
            await trio.testing.wait_all_tasks_blocked()
            if (await self.services.batches.find(None, id_)).state == state:
                return
        raise AssertionError(f"the batch did not become {state}")

    async def doubt(self, clock: MockClock, to: str = "+34600000001") -> str:
        """The name of a message that is in doubt and waits for a person."""
        line = self.setup.air.lines["phone1"]
        line.lost.add(line.submits)
        self.setup.air.change("phone1", LinkState.READY)
        name = await self.setup.send(self.queue, "Hello", to)
        # Only here: while a thread works, as for a password, time must not jump.
        clock.autojump_threshold = 0
        await trio.sleep(1200)
        clock.autojump_threshold = math.inf
        self.setup.air.change("phone1", LinkState.ABSENT, "no such port")
        return name


@asynccontextmanager
async def serving(setup: Setup, *, people_settings: PeopleSettings | None = None) -> AsyncIterator[Pages]:
    """The pages with their queue at work; the modems are away, so nothing leaves unless a test brings them back."""
    setup.clock.wall_offset = -timedelta(seconds=trio.current_time())
    for name in setup.modems:
        setup.air.change(name, LinkState.ABSENT, "no such port")
    async with setup.running() as queue, trio.open_nursery() as work:
        people = People(
            setup.database,
            setup.clock,
            Keyring([bytes(32)]),
            people_settings or PeopleSettings(session_lifetime=10**7, session_idle=10**6),
            passwords=QUICK,
        )
        templates = templates_of(setup)
        batches = Batches(setup.database, queue, templates, setup.clock, BatchesSettings(approval_above=3))
        await work.start(batches.run)
        services = Services(
            queue=queue,
            access=setup.access,
            people=people,
            batches=batches,
            templates=templates,
            webhooks=_webhooks(setup),
            feed=FeedReader(setup.database),
            signals=SignalLog(setup.database, setup.air, setup.clock),
            clock=setup.clock,
            settings=WebSettings(timezone="Europe/Madrid", rows=10),
            configured=Configured([Setting("api", "bind", '["127.0.0.1:8080"]', True, "Where it listens.")]),
        )
        yield Pages(setup, queue, people, services, create_pages(services))
        work.cancel_scope.cancel()


def _webhooks(setup: Setup) -> Webhooks:
    async def look_up(_host: str, _port: int) -> list[str]:
        return [ADDRESS]

    transport: Any = Post({"shop.example": Receiver()})
    sender = Sender(WebhooksSettings(), setup.clock, look_up=look_up, transport=lambda: transport)
    return Webhooks(setup.database, setup.clock, Keyring([bytes(32)]), WebhooksSettings(), sender)


@pytest.fixture
async def pages(setup: Setup) -> AsyncIterator[Pages]:
    async with serving(setup) as served:
        yield served
