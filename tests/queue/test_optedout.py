"""The list of opt-outs in memory: read once, and never older than the last change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio

from gatewayd.clock import VirtualClock
from gatewayd.queue import optout
from gatewayd.queue.optedout import OptedOut
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.sealing import KEY_LENGTH, Keyring
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

from .conftest import NOON

ANA, BOB = "+34600000001", "+34600000002"


class CountedReads:
    """The database, with a moment after each read in which something may happen."""

    def __init__(self, database: InlineDatabase) -> None:
        self._database = database
        self.topics = database.topics
        self.run = database.run
        self.reads = 0
        self.afterwards: Callable[[], None] = lambda: None

    async def read(self, function: Callable[..., Any], *args: Any) -> Any:
        result = await self._database.read(function, *args)
        self.reads += 1
        afterwards, self.afterwards = self.afterwards, lambda: None
        afterwards()
        return result


def opted_out_of(runner: Runner | CountedReads, *, honoured: bool) -> OptedOut:
    return OptedOut(
        runner, Pseudonyms(runner, VirtualClock(), Keyring([bytes(KEY_LENGTH)])), honoured=honoured
    )


def opt_out(database: InlineDatabase, recipient: str) -> None:
    def add(tx: Tx) -> None:
        optout.add(tx, recipient, reason="stop", by="test", at=NOON, cancel=False)

    database.transact(add)


async def test_list_is_read_once_until_it_changes(database: InlineDatabase) -> None:
    opt_out(database, ANA)
    runner = CountedReads(database)
    opted_out = opted_out_of(runner, honoured=True)
    for _ in range(3):
        assert dict(await opted_out.refresh()) == {ANA: NOON}
    assert runner.reads == 1
    opt_out(database, BOB)
    assert set(await opted_out.refresh()) == {ANA, BOB}
    assert runner.reads == 2


async def test_change_while_the_list_is_read_makes_it_read_again(database: InlineDatabase) -> None:
    runner = CountedReads(database)
    opted_out = opted_out_of(runner, honoured=True)
    runner.afterwards = lambda: opt_out(database, ANA)
    assert set(await opted_out.refresh()) == {ANA}
    assert runner.reads == 2


async def test_many_who_ask_at_once_read_the_list_once(database: InlineDatabase) -> None:
    runner = CountedReads(database)
    opted_out = opted_out_of(runner, honoured=True)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(opted_out.refresh)
    assert runner.reads == 1


async def test_list_that_is_not_honoured_is_never_read(database: InlineDatabase) -> None:
    opt_out(database, ANA)
    runner = CountedReads(database)
    opted_out = opted_out_of(runner, honoured=False)
    assert dict(await opted_out.refresh()) == {}
    opt_out(database, BOB)
    assert (dict(await opted_out.refresh()), runner.reads) == ({}, 0)
