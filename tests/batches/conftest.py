"""Managed batches on an inline database and virtual time, with modems made of air."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest
import trio

from gatewayd.access.roles import Person, Role, permissions_of
from gatewayd.access.scopes import Principal, Scope, person_principal
from gatewayd.batches.service import Batches
from gatewayd.batches.settings import BatchesSettings
from gatewayd.batches.sheets import Sheet, open_csv
from gatewayd.batches.states import State
from gatewayd.batches.view import BatchDraft, BatchView, RowView
from gatewayd.queue.service import Queue
from gatewayd.store.inline import InlineDatabase
from gatewayd.templates.service import Templates
from gatewayd.templates.settings import TemplatesSettings
from tests.power import PowerCut
from tests.queue.conftest import Setup

THREE = "to,name\n+34600000001,Ana\n+34600000002,Rui\n+34600000003,Ewa\n"
HELLO = BatchDraft("hello", text="Hello {{ name }}")


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def setup(database: InlineDatabase) -> Setup:
    return Setup(database)


@dataclass
class Office:
    """The batches of one gateway, and people who work with them."""

    setup: Setup
    settings: BatchesSettings = field(default_factory=BatchesSettings)
    queue: Queue = field(init=False)
    templates: Templates = field(init=False)

    async def token(self, client: str = "shop", name: str = "1") -> Principal:
        """An application that may send and read."""
        number = await self.setup.client(client)
        return Principal(number, client, name, frozenset({Scope.SEND, Scope.READ}), f"client:{client}/{name}")

    async def person(self, name: str, *roles: Role) -> Principal:
        """Somebody who is signed in."""
        given = frozenset(roles or (Role.OPERATOR,))
        someone = Person(1, name, name, "en", given, permissions_of(given))
        return person_principal(await self.setup.client("people"), "people", someone)

    def build(self, queue: Queue) -> Batches:
        """The batches, and templates, of a queue."""
        self.queue = queue
        self.templates = Templates(
            self.setup.mains, self.setup.clock, TemplatesSettings(), zone=ZoneInfo("UTC"), region="ES"
        )
        return Batches(self.setup.mains, queue, self.templates, self.setup.clock, self.settings)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Batches]:
        """Queue and worker at work, until the block ends or the power is cut."""
        async with self.setup.running() as queue:
            batches = self.build(queue)
            try:
                async with trio.open_nursery() as nursery:
                    await nursery.start(batches.run)
                    yield batches
                    nursery.cancel_scope.cancel()
            except* PowerCut:
                pass

    def hello(self, csv: str = THREE) -> tuple[BatchDraft, Sheet]:
        """Three greetings."""
        return HELLO, open_csv(io.BytesIO(csv.encode()))

    async def make(
        self, batches: Batches, by: Principal, csv: str = THREE, draft: BatchDraft = HELLO
    ) -> BatchView:
        """A batch whose rows have been checked."""
        made, _ = await batches.create(by, draft, open_csv(io.BytesIO(csv.encode())))
        return await self.reach(batches, made.id, State.CHECKED)

    async def reach(self, batches: Batches, id_: str, state: State) -> BatchView:
        """The batch once it is in a state."""
        with trio.fail_after(3600):
            while True:
                view = await batches.find(None, id_)
                if view.state is state:
                    return view
                await trio.sleep(0.1)

    async def rows(self, batches: Batches, id_: str) -> list[RowView]:
        """All of its rows."""
        return [row async for page in batches.report(None, id_) for row in page]


@pytest.fixture
def office(setup: Setup) -> Office:
    return Office(setup)
