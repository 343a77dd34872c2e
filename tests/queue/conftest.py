"""A queue on an inline database and virtual time, with modems made of air."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import trio

from gatewayd.access.limits import LimitsChange
from gatewayd.access.service import Access
from gatewayd.access.settings import ClientsSettings
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.clock import VirtualClock
from gatewayd.message import State
from gatewayd.queue.admission import Admission
from gatewayd.queue.draft import Draft, Receipt
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.routing import Routing
from gatewayd.queue.scheduler import ModemTerms, Scheduler
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import (
    PricesSettings,
    QueueSettings,
    QuotasSettings,
    RecipientsSettings,
    RouteSettings,
)
from gatewayd.queue.view import MessageView
from gatewayd.sealing import KEY_LENGTH, Keyring
from gatewayd.store.inline import InlineDatabase
from tests.power import Mains, PowerCut

from .air import Air


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@dataclass
class Setup:
    """Everything around one queue; may be started several times on the same database, like a daemon."""

    database: InlineDatabase
    modems: Sequence[str] = ("phone1",)
    interval: float = 7.0
    settings: QueueSettings = field(default_factory=QueueSettings)
    quotas: QuotasSettings = field(default_factory=QuotasSettings)
    routes: Sequence[RouteSettings] = ()
    recipients: RecipientsSettings = field(default_factory=RecipientsSettings)
    prices: PricesSettings = field(default_factory=PricesSettings)
    clients: ClientsSettings = field(default_factory=ClientsSettings)
    on_call: Sequence[OnCallSettings] = ()
    clock: VirtualClock = field(default_factory=VirtualClock)
    keyring: Keyring = field(default_factory=lambda: Keyring([bytes(KEY_LENGTH)]))
    mains_of: type[Mains] = Mains

    def __post_init__(self) -> None:
        self.air = Air(self.modems)
        self.access = Access(self.database, self.clock, settings=self.clients)
        self.mains = Mains(self.database)

    async def client(self, name: str = "shop") -> int:
        """The number of a client, made on first use."""
        for view in await self.access.clients():
            if view.name == name:
                return view.id
        return (await self.access.create_client(name, actor="test")).id

    def build(self) -> tuple[Queue, Scheduler]:
        routing = Routing(self.routes, self.modems)
        self.mains = self.mains_of(self.database)
        scheduler = Scheduler(
            self.mains,
            self.air,
            self.clock,
            settings=self.settings,
            quotas=self.quotas,
            routing=routing,
            modems=[ModemTerms(name, self.interval, True) for name in self.modems],
            rng=random.Random(1),
        )
        admission = Admission(
            self.settings, self.recipients, routing, prices=self.prices, clients=self.clients
        )
        pseudonyms = Pseudonyms(self.mains, self.clock, self.keyring)
        queue = Queue(self.mains, scheduler, admission, self.air, self.clock, self.settings, pseudonyms)
        return queue, scheduler

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Queue]:
        """The queue with its scheduler at work; at the end, submits that have begun are seen through."""
        queue, scheduler = self.build()
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(scheduler.run)
                yield queue
                nursery.cancel_scope.cancel()
        except* PowerCut:
            pass

    def cut_power(self) -> None:
        """From here on the running process writes nothing any more, as after kill -9."""
        self.mains.on = False

    async def limit(self, client: str = "shop", **limits: Any) -> int:
        """Limit a client; return its number."""
        number = await self.client(client)
        await self.access.change_limits(LimitsChange(client, limits), actor="test")
        return number

    async def send(
        self, queue: Queue, text: str, to: str = "+34600000001", client: str = "shop", **more: Any
    ) -> str:
        """Submit one message; return its name."""
        answer = await queue.submit(await self.client(client), [Draft(to=to, text=text, **more)])
        receipt = answer.results[0]
        assert isinstance(receipt, Receipt)
        return receipt.id

    async def look(self, queue: Queue, name: str) -> MessageView:
        return (await queue.detail(None, name)).message

    async def state(self, queue: Queue, name: str) -> State:
        return (await self.look(queue, name)).state


@pytest.fixture
def setup(database: InlineDatabase) -> Setup:
    return Setup(database)


NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
