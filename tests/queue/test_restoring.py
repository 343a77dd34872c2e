"""A backup is made while messages leave, the original goes on, is lost, and its copy is started in its place."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd import audit
from gatewayd.access.service import Access
from gatewayd.events import feed
from gatewayd.message import Doubt, State
from gatewayd.queue import restoring
from gatewayd.queue.draft import Draft
from gatewayd.queue.records import restoring as records
from gatewayd.queue.settings import QuotaSettings, QuotasSettings
from gatewayd.queue.view import Query
from gatewayd.store import backup
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.transaction import Tx

from .conftest import Setup


@pytest.fixture
def original(tmp_path: Path) -> Iterator[InlineDatabase]:
    with InlineDatabase(tmp_path / "original.db") as opened:
        yield opened


@pytest.fixture
def setup(original: InlineDatabase) -> Setup:
    return Setup(original)


class Copies:
    """Makes copies as `gatewayd db backup` does, and opens them in place of the original."""

    def __init__(self, original: Path) -> None:
        self._original = original
        self._path = original.with_name("copy.db")
        self._opened: list[InlineDatabase] = []

    def make(self, setup: Setup) -> None:
        with closing(sqlite3.connect(self._original)) as raw:
            backup.copy_to(raw, self._path, setup.clock.now())

    def restore(self, setup: Setup) -> None:
        setup.database = InlineDatabase(self._path)
        setup.access = Access(setup.database, setup.clock)
        self._opened.append(setup.database)

    def close(self) -> None:
        for opened in self._opened:
            opened.close()


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Copies]:
    made = Copies(tmp_path / "original.db")
    yield made
    made.close()


async def states(queue: Any) -> list[State]:
    """Of all messages, those sent first."""
    states = [message.state for message in (await queue.find(Query())).messages]
    return sorted(states, key=[State.SENT, State.IN_DOUBT].index)


async def test_nothing_that_waited_leaves_from_a_restored_copy_until_it_is_released(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        names = [await setup.send(queue, f"text {n}", to=f"+3460000000{n}") for n in range(6)]
        await trio.sleep(15)  # the third is armed, and not answered yet
        copies.make(setup)
        await trio.sleep(14)
        setup.cut_power()
    assert setup.air.texts() == [f"text {number}" for number in range(5)]
    copies.restore(setup)
    async with setup.running() as queue:
        await trio.sleep(3600)
        assert await states(queue) == [State.SENT] * 2 + [State.IN_DOUBT] * 4
        assert len(setup.air.texts()) == 5
        last = await setup.look(queue, names[-1])
        assert (last.error, last.possible_duplicate) == ("restored", False)
        assert await queue.release([last.id], actor="ana", reason="never left, says the operator") == 1
        await trio.sleep(60)
        sent = await setup.look(queue, last.id)
        assert (sent.state, sent.possible_duplicate) == (State.SENT, True)
    assert setup.air.texts() == [f"text {number}" for number in range(6)]


async def test_one_release_lets_go_everything_but_parts_that_were_under_way(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        under_way = await setup.send(queue, "under way")
        waiting = [await setup.send(queue, f"w{n}", to=f"+3460000001{n}") for n in range(3)]
        await trio.sleep(1)
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    async with setup.running() as queue:
        assert await queue.release(actor="ana", reason="the server died at once") == 3
        assert await queue.release(actor="ana", reason="again") == 0
        await trio.sleep(60)
        assert [await setup.state(queue, name) for name in waiting] == [State.SENT] * 3
        assert await setup.state(queue, under_way) is State.IN_DOUBT
    assert setup.air.texts() == ["under way", "w0", "w1", "w2"]


async def test_long_message_goes_on_with_the_parts_that_are_neither_sent_nor_in_doubt(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 60)
        await trio.sleep(8)  # the first part is sent, the second armed
        copies.make(setup)
        setup.cut_power()
    sent = len(setup.air.texts())
    copies.restore(setup)
    async with setup.running() as queue:
        await trio.sleep(60)
        assert len(setup.air.texts()) == sent == 2
        await queue.release(actor="ana", reason="looked at the phone bill")
        await trio.sleep(60)
        view = await setup.look(queue, name)
        assert (view.state, view.parts_sent, view.parts) == (State.IN_DOUBT, 3, 4)
    assert "".join(setup.air.texts()) == "abcdefghij" * 60


async def test_policy_of_a_message_sends_nothing_again_from_a_copy(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent = {0}
    async with setup.running() as queue:
        open_doubt = await setup.send(queue, "in doubt when copied", in_doubt=Doubt.RESEND)
        armed = await setup.send(queue, "armed when copied", to="+34600000002", in_doubt=Doubt.RESEND)
        await trio.sleep(182)
        assert await setup.state(queue, open_doubt) is State.IN_DOUBT
        copies.make(setup)
        setup.cut_power()
    before = setup.air.texts()
    copies.restore(setup)
    async with setup.running() as queue:
        await trio.sleep(7200)
        for name in (open_doubt, armed):
            assert await setup.state(queue, name) is State.IN_DOUBT
            assert (await setup.look(queue, name)).error == "restored"
    assert setup.air.texts() == before


async def test_released_message_that_is_scheduled_still_waits_for_its_time(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        at = setup.clock.now() + timedelta(hours=5)
        name = await setup.send(queue, "at five", send_at=at)
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    async with setup.running() as queue:
        await queue.release(actor="ana", reason="nothing was due")
        await trio.sleep(4 * 3600)
        view = await setup.look(queue, name)
        assert (view.state, view.wait_reason, setup.air.texts()) == (State.QUEUED, "scheduled", [])
        await trio.sleep(3700)
    assert setup.air.texts() == ["at five"]


async def test_released_message_that_is_overdue_expires(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        name = await setup.send(queue, "soon", expires_at=setup.clock.now() + timedelta(minutes=10))
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    async with setup.running() as queue:
        await trio.sleep(3600)
        assert await setup.state(queue, name) is State.IN_DOUBT
        await queue.release(actor="ana", reason="too late, see what happens")
        assert await setup.state(queue, name) is State.EXPIRED


async def test_copy_is_held_once_and_says_so_in_feed_and_audit(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        await setup.send(queue, "held")
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    async with setup.running():
        await trio.sleep(1)
    async with setup.running() as queue:
        await queue.set_mode("phone1", "running", actor="ana", reason="test")
        await queue.release(actor="ana", reason="never left")
        accepted_later = await setup.send(queue, "new", to="+34600000002")
        await trio.sleep(60)
        assert await setup.state(queue, accepted_later) is State.SENT
    assert setup.air.texts() == ["held", "new"]
    kinds = [event.kind for event in await setup.database.read(feed.timeline, "queue")]
    assert kinds == ["queue.restored"]
    entries = await setup.database.read(lambda tx: audit.page(tx, limit=10, object="queue"))
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("queue.release", "ana"),
        ("queue.restore", "gatewayd"),
    ]
    assert entries[1].after is not None
    assert entries[1].after["held"] == 1


async def test_original_goes_on_as_if_nothing_had_been_copied(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "one")
        await setup.send(queue, "two", to="+34600000002")
        copies.make(setup)
        setup.cut_power()
    async with setup.running():
        await trio.sleep(60)
    assert setup.air.texts() == ["one", "two"]


async def test_array_that_was_not_answered_when_copied_vanishes(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client = await setup.client()
    await queue.submit(client, [Draft(to="+34600000001", text="staged")])
    setup.database.transact(lambda tx: tx.execute(text("UPDATE message SET state = 'staged', ready = NULL")))
    copies.make(setup)
    copies.restore(setup)
    async with setup.running() as queue:
        await trio.sleep(60)
        assert await states(queue) == []


async def test_pace_and_quotas_of_before_the_copy_still_count(
    setup: Setup, copies: Copies, autojump_clock: MockClock
) -> None:
    setup.quotas = QuotasSettings(sim=QuotaSettings(hour=3))
    async with setup.running() as queue:
        for number in range(5):
            await setup.send(queue, str(number), to=f"+3460000000{number}")
        await trio.sleep(10)  # two are sent
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    restarted = trio.current_time()
    async with setup.running() as queue:
        await queue.release(actor="ana", reason="it died at once")
        await trio.sleep(60)
        assert setup.air.texts() == ["0", "1", "2"]
        await trio.sleep(3800)
    assert setup.air.ledger[2].at - restarted >= 7.0
    assert setup.air.texts() == ["0", "1", "2", "3", "4"]


async def test_hold_that_is_interrupted_is_done_again(
    setup: Setup, copies: Copies, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with setup.running() as queue:
        await queue.set_mode("phone1", "paused", actor="ana", reason="test")
        for number in range(5):
            await setup.send(queue, str(number), to=f"+3460000000{number}")
        copies.make(setup)
        setup.cut_power()
    copies.restore(setup)
    monkeypatch.setattr("gatewayd.queue.restoring._AT_ONCE", 2)
    setup.database.transact(
        lambda tx: tx.execute(
            text(
                "CREATE TRIGGER power_cut BEFORE UPDATE ON message WHEN old.seq = 4 "
                "BEGIN SELECT RAISE(ABORT, 'power cut'); END"
            )
        )
    )
    with pytest.RaisesGroup(pytest.RaisesExc(Exception, match="power cut"), flatten_subgroups=True):
        async with setup.running():
            pass
    setup.database.transact(lambda tx: tx.execute(text("DROP TRIGGER power_cut")))
    async with setup.running() as queue:
        await queue.set_mode("phone1", "running", actor="ana", reason="test")
        await trio.sleep(60)
        assert await states(queue) == [State.IN_DOUBT] * 5
        assert await queue.release(actor="ana", reason="test") == 5
        await trio.sleep(60)
        assert await states(queue) == [State.SENT] * 5


async def test_page_of_held_messages_costs_the_same_with_few_as_with_many(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()

    async def steps_with(messages: int) -> int:
        drafts = [Draft(to="+34600000001", text="x")] * messages
        await queue.submit(await setup.client(), drafts)
        setup.database.transact(
            lambda tx: tx.execute(
                text("UPDATE message SET state = 'in_doubt', error = 'restored', ready = NULL")
            )
        )
        return setup.database.transact(_steps_of_a_page)

    assert await steps_with(50) == await steps_with(1000)


def _steps_of_a_page(tx: Tx) -> int:
    """What SQLite does to read 10 of the held messages, in steps of its machine."""
    steps = itertools.count()
    tx.raw.set_progress_handler(lambda: next(steps) < 0, 1)
    at, seq = restoring.BEGINNING
    some = {"error": restoring.ERROR, "after_at": at, "after_seq": seq, "limit": 10}
    assert len(records.held.all(tx, some)) == 10
    tx.raw.set_progress_handler(None, 0)
    return next(steps)
