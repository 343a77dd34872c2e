"""On-call lists on a queue with an inline database, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import trio
from sqlalchemy import text

from gatewayd.access.scopes import Principal, Scope
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.service import Alerts
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.view import Told
from gatewayd.modem.ports import LinkState
from gatewayd.queue.service import Queue
from gatewayd.queue.view import MessageView, Query
from gatewayd.store.inline import InlineDatabase
from tests.queue.conftest import Setup

from .builders import notification, on_call


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@dataclass
class Desk:
    """The alerts of one client, with what the queue has of them."""

    setup: Setup
    queue: Queue
    alerts: Alerts
    principal: Principal
    lists: tuple[OnCallSettings, ...] = field(default=())

    def use(self, *lists: OnCallSettings) -> None:
        self.alerts.use(lists)

    async def notify(self, *alerts: Alert, truncated: int = 0) -> list[Told]:
        return await self.alerts.notify(self.principal, notification(*alerts, truncated=truncated))

    async def results(self, *alerts: Alert) -> list[str]:
        return [told.result.value for told in await self.notify(*alerts)]

    async def messages(self) -> list[MessageView]:
        """Oldest first."""
        return list(reversed((await self.queue.find(Query(limit=100))).messages))

    def turn_clock(self, to: datetime) -> None:
        self.setup.clock.wall_offset += to - self.setup.clock.now()

    def rows(self) -> int:
        """How many groups are remembered."""
        return int(
            self.setup.database.transact(
                lambda tx: tx.execute(text("select count(*) from alert_group")).scalar() or 0
            )
        )


@pytest.fixture
async def desk(database: InlineDatabase) -> AsyncIterator[Desk]:
    """One list, ``ops``, with one recipient; no modem is there, so nothing leaves."""
    setup = Setup(database)
    setup.clock.wall_offset = -timedelta(seconds=trio.current_time())
    setup.air.change("phone1", LinkState.ABSENT, "no such port")
    number = await setup.client("monitoring")
    principal = Principal(number, "monitoring", None, frozenset({Scope.SEND}), "client:monitoring/1")
    async with setup.running() as queue:
        yield Desk(setup, queue, Alerts(database, queue, setup.clock, (on_call(),)), principal)
