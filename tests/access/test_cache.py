"""The tokens in memory are never older than the last change, and cost no database access."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from gatewayd.access.registry import TokenRequest
from gatewayd.access.scopes import Scope
from gatewayd.access.service import Access, Unauthenticated
from gatewayd.clock import VirtualClock
from gatewayd.errors import StorageFull
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.runner import Lane

SHOP = TokenRequest("shop", (Scope.SEND,))


class SlowReads(InlineDatabase):
    """A database whose readers see their snapshot at once and answer when the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = trio.Event()
        self.reads = 0

    async def read(self, function: Any, *args: Any) -> Any:
        self.reads += 1
        seen = await super().read(function, *args)
        await self.answer.wait()
        return seen


class FullDisk(InlineDatabase):
    """A database on a disk that becomes full when the test says so."""

    full = False

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        if self.full:
            raise StorageFull
        return await super().run(function, *args, lane=lane)


async def test_token_revoked_while_the_cache_is_being_read_is_refused() -> None:
    with closing(SlowReads()) as database:
        access = Access(database, VirtualClock())
        issued = await access.issue(SHOP, actor="test")
        refused = False

        async def knock() -> None:
            nonlocal refused
            try:
                await access.authenticate(issued.token)
            except Unauthenticated:
                refused = True

        async with trio.open_nursery() as nursery:
            nursery.start_soon(knock)
            await wait_all_tasks_blocked()
            await access.revoke(issued.view.id, actor="test")
            database.answer.set()

        assert refused


async def test_many_requests_at_once_read_the_tokens_once() -> None:
    with closing(SlowReads()) as database:
        access = Access(database, VirtualClock())
        issued = await access.issue(SHOP, actor="test")

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(access.authenticate, issued.token)
            await wait_all_tasks_blocked()
            database.answer.set()

        assert database.reads == 1


async def test_guesses_cost_no_database_access() -> None:
    with closing(SlowReads()) as database:
        database.answer.set()
        access = Access(database, VirtualClock())
        for number in range(20):
            with pytest.raises(Unauthenticated):
                await access.authenticate(f"gwd_{number:012x}_" + "A" * 43)

        assert database.reads == 1


async def test_token_is_accepted_though_its_use_cannot_be_noted() -> None:
    with closing(FullDisk()) as database:
        access = Access(database, VirtualClock())
        issued = await access.issue(SHOP, actor="test")
        database.full = True

        assert (await access.authenticate(issued.token)).client == "shop"
