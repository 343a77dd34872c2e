"""Webhooks on an inline database and virtual time, with receivers that are ASGI applications."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
import pytest
import trio
from standardwebhooks import Webhook
from starlette.types import Receive, Scope, Send

from gatewayd import events
from gatewayd.access.service import Access
from gatewayd.clock import VirtualClock
from gatewayd.errors import StorageFull
from gatewayd.events import Event
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.topics import SPACE
from gatewayd.store.transaction import Tx
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.service import Webhooks
from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.view import Caller, Draft, Issued, WebhookView
from gatewayd.webhooks.worker import WebhookWorker
from tests.power import Mains, PowerCut

#: A public address that nobody is connected to here.
ADDRESS = "93.184.216.34"
ADMIN = Caller("test", None, True)


@dataclass(frozen=True)
class Got:
    """One request that a receiver saw."""

    at: float
    id: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    def signed_by(self, secret: str) -> bool:
        """Whether one of the signatures is that of this secret, by the specification's own library."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), tz=None).astimezone()
        expected = Webhook(secret).sign(self.id, at, self.body.decode())
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """An application with a webhook: keeps what it gets, and answers as told."""

    got: list[Got] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before it answers."""
    judge: Callable[[Got], int] | None = None
    """Decides the status, where that depends on the request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        got = Got(trio.current_time(), headers["webhook-id"], headers, body)
        self.got.append(got)
        await trio.sleep(self.delay)
        status = self.judge(got) if self.judge else self.status
        answer = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": answer})
        await send({"type": "http.response.body", "body": b"thanks"})

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    @property
    def numbers(self) -> list[int]:
        """The events that it has got, by their place in the feed."""
        return [got.payload["seq"] for got in self.got]


class Post(httpx2.AsyncBaseTransport):
    """Carries a request to the receiver that its Host names: the connection was to be to ``ADDRESS``."""

    def __init__(self, receivers: dict[str, Receiver]) -> None:
        self._receivers = receivers

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == ADDRESS
        receiver = self._receivers.get(request.headers["host"])
        if receiver is None:
            raise httpx2.ConnectError("nobody is there")
        return await httpx2.ASGITransport(app=receiver).handle_async_request(request)


def describe(tx: Tx, event: Event, *, include_text: str) -> dict[str, Any]:
    return {"id": event.subject, "texts": include_text, **event.data}


class FailingMains(Mains):
    """The database as the worker has it: until the power is cut, and while the disk isn't full."""

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        if self.full:
            raise StorageFull
        return await super().run(function, *args, lane=lane)

    def free_space(self) -> None:
        self.full = False
        self.topics.publish([SPACE])


@contextmanager
def suppress_power_cut() -> Iterator[None]:
    """A process that is gone in the middle of what it did."""
    try:
        yield
    except* PowerCut:
        pass


@dataclass
class Setup:
    """Everything around webhooks; may be started several times on the same database, like a daemon."""

    database: InlineDatabase
    settings: WebhooksSettings = field(default_factory=WebhooksSettings)
    clock: VirtualClock = field(default_factory=VirtualClock)
    keyring: Keyring = field(default_factory=lambda: Keyring([b"k" * 32]))
    receivers: dict[str, Receiver] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.access = Access(self.database, self.clock)
        self.webhooks, self.worker = self.build()

    def build(self, runner: Runner | None = None) -> tuple[Webhooks, WebhookWorker]:
        sender = Sender(self.settings, self.clock, look_up=self._look_up, transport=self._transport)
        webhooks = Webhooks(self.database, self.clock, self.keyring, self.settings, sender)
        worker = WebhookWorker(
            runner or self.database,
            self.clock,
            self.keyring,
            self.settings,
            sender,
            describe,
            webhooks.positions,
            rng=random.Random(1),
        )
        return webhooks, worker

    async def _look_up(self, host: str, port: int) -> list[str]:
        await trio.lowlevel.checkpoint()
        return [ADDRESS]

    def _transport(self) -> httpx2.AsyncBaseTransport:
        return Post(self.receivers)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FailingMains]:
        """A daemon's worker, cancelled at the end."""
        mains = FailingMains(self.database)
        self.webhooks, self.worker = self.build(mains)
        async with trio.open_nursery() as nursery:
            await nursery.start(self.worker.run)
            yield mains
            nursery.cancel_scope.cancel()

    async def client(self, name: str = "shop") -> int:
        """The number of a client, made on first use."""
        for view in await self.access.clients():
            if view.name == name:
                return view.id
        return (await self.access.create_client(name, actor="test")).id

    def receiver(self, host: str = "shop.example", **options: Any) -> Receiver:
        self.receivers[host] = Receiver(**options)
        return self.receivers[host]

    async def add(self, host: str = "shop.example", caller: Caller = ADMIN, **options: Any) -> Issued:
        """A webhook at ``https://<host>/hook``."""
        return await self.webhooks.create(caller, Draft(url=f"https://{host}/hook", **options))

    async def look(self, issued: Issued) -> WebhookView:
        return await self.webhooks.get(ADMIN, issued.webhook.id)

    async def happen(self, *kinds: str, client_id: int | None = None, subject: str = "m1") -> list[int]:
        """Append events; return their places in the feed."""
        now = self.clock.now()

        def append(tx: Tx) -> list[int]:
            return [
                events.append(tx, kind, subject=subject, client_id=client_id, data={"state": kind}, at=now)
                for kind in kinds
            ]

        return await self.database.run(append)


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def setup(database: InlineDatabase) -> Setup:
    return Setup(database)
