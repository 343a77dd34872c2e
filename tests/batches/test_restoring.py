"""A backup is made while a batch is at work, the original goes on and is lost, and its copy is started in its place."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.access.service import Access
from gatewayd.audit import trail
from gatewayd.batches import restoring, uploading, worker
from gatewayd.batches.service import Batches
from gatewayd.batches.states import State
from gatewayd.batches.uploading import Origin
from gatewayd.batches.view import BatchDraft, BatchView, Options
from gatewayd.errors import Conflict, StorageFull
from gatewayd.events import feed
from gatewayd.message import State as MessageState
from gatewayd.queue.checking import check_messages
from gatewayd.queue.view import Query
from gatewayd.store import backup, epoch
from gatewayd.store.inline import InlineDatabase

from .conftest import HELLO, Office


@pytest.fixture
def database(tmp_path: Path) -> Iterator[InlineDatabase]:
    with InlineDatabase(tmp_path / "original.db") as opened:
        yield opened


class Copies:
    """Makes copies as `gatewayd db backup` does, and starts them in place of what they were made of."""

    def __init__(self, office: Office, folder: Path) -> None:
        self._setup = office.setup
        self._folder = folder
        self._here = folder / "original.db"
        self._opened: list[InlineDatabase] = []

    def make(self, name: str = "copy") -> None:
        """A copy of the database as it is now."""
        with closing(sqlite3.connect(self._here)) as raw:
            backup.copy_to(raw, self._folder / f"{name}.db", self._setup.clock.now())

    def restore(self, name: str = "copy") -> None:
        """What is started from now on has the copy."""
        self._here = self._folder / f"{name}.db"
        self._setup.database = InlineDatabase(self._here)
        self._setup.access = Access(self._setup.database, self._setup.clock)
        self._opened.append(self._setup.database)

    def close(self) -> None:
        for opened in self._opened:
            opened.close()


@pytest.fixture
def copies(office: Office, tmp_path: Path) -> Iterator[Copies]:
    made = Copies(office, tmp_path)
    yield made
    made.close()


def many(count: int) -> str:
    return "to,name\n" + "".join(f"+346{number:08},N{number}\n" for number in range(count))


async def lost_at_work(
    office: Office, copies: Copies, *, rows: int = 10, state: State = State.APPROVED
) -> BatchView:
    """A batch that is copied in a state, sent by the original to its end, and in the copy from now on."""
    async with office.setup.running() as queue:
        batches, by = office.build(queue), await office.token()
        made, _ = await batches.create(by, *office.hello(many(rows)))
        await turn_to(batches, made.id, State.CHECKED)
        await batches.approve(by, made.id)
        await turn_to(batches, made.id, state)
        copies.make()
        await turn_to(batches, made.id, State.DONE)
        office.setup.cut_power()
    assert len(office.setup.air.texts()) == rows
    copies.restore()
    return made


async def turn_to(batches: Batches, id_: str, state: State) -> None:
    """Have the worker, which doesn't run by itself, bring a batch into a state, and not one turn further."""
    while (await batches.find(None, id_)).state is not state:
        await batches.turn()
        await trio.sleep(0.1)


async def test_nothing_of_a_batch_leaves_again_from_a_restored_copy_whenever_it_was_made(
    office: Office, copies: Copies, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is made after each write of the worker in turn, from the approval to the end of the batch."""
    monkeypatch.setattr(worker, "FEED", 3)
    setup = office.setup
    names: list[str] = []
    async with office.running() as batches:
        made = await office.make(batches, await office.token(), many(10))
        run = setup.mains.run

        async def copied(function, *args, lane=worker.Lane.INTERACTIVE):  # type: ignore[no-untyped-def]
            result = await run(function, *args, lane=lane)
            if lane is worker.Lane.BULK:
                names.append(f"copy{len(names)}")
                copies.make(names[-1])
            return result

        setup.mains.run = copied  # type: ignore[method-assign]
        await batches.approve(await office.token(), made.id)
        await office.reach(batches, made.id, State.DONE)
        setup.cut_power()
    assert len(names) >= 5
    for name in names:
        copies.restore(name)
        async with office.running() as batches:
            await trio.sleep(3600)
            view = await batches.find(None, made.id)
            assert view.state in (State.PAUSED, State.DONE)
    assert Counter(setup.air.texts()) == Counter(f"Hello N{number}" for number in range(10))


async def test_batch_that_ran_is_paused_and_says_why_in_its_view_feed_and_audit(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    made = await lost_at_work(office, copies, state=State.RUNNING)
    copied_at = office.setup.database.transact(epoch.copied_at)
    assert copied_at is not None
    async with office.running() as batches:
        view = await batches.find(None, made.id)
    assert (view.state, view.reason, view.copied_at) == (State.PAUSED, "restored", copied_at)
    database = office.setup.database
    last = database.transact(lambda tx: feed.timeline(tx, made.id))[-1]
    told = {name: last.data[name] for name in ("state", "reason", "copied_at")}
    assert told == {"state": "paused", "reason": "restored", "copied_at": copied_at.isoformat()}
    (entry, *_) = database.transact(lambda tx: trail.page(tx, limit=1, object=f"batch:{made.id}"))
    assert (entry.action, entry.actor, entry.reason) == ("batch.restore", "gatewayd", "restored")
    assert entry.before == {"state": "running"}
    assert entry.after is not None
    assert (entry.after["state"], entry.after["copied_at"]) == ("paused", copied_at.isoformat())


async def test_approved_batch_needs_its_approval_again(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    made = await lost_at_work(office, copies)
    async with office.running() as batches:
        view = await batches.find(None, made.id)
        assert (view.state, view.reason) == (State.CHECKED, "restored")
        assert (view.approved_at, view.approved_by) == (None, None)
        with pytest.raises(Conflict, match="comes from a copy of the database of 2026-01-05") as refused:
            await batches.approve(await office.token(), made.id)
        assert refused.value.code == "restored"
        await batches.approve(await office.token(), made.id, restored=True)
        await office.reach(batches, made.id, State.DONE)
    assert set(Counter(office.setup.air.texts()).values()) == {2}


async def test_batch_in_front_of_a_person_when_copied_can_not_be_sent_unawares(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = await office.make(batches, by)
        paused = await office.make(batches, by, many(10))
        await batches.approve(by, paused.id)
        await office.reach(batches, paused.id, State.RUNNING)
        await batches.pause(by, paused.id, reason="wrong list")
        copies.make()
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.DONE)
        office.setup.cut_power()
    sent = office.setup.air.texts()
    copies.restore()
    async with office.running() as batches:
        view = await batches.find(None, paused.id)
        assert (view.state, view.reason, view.copied_at is not None) == (State.PAUSED, "wrong list", True)
        for deed, id_ in ((batches.approve, made.id), (batches.resume, paused.id)):
            with pytest.raises(Conflict) as refused:
                await deed(by, id_)
            assert refused.value.code == "restored"
        await batches.recheck(by, made.id)
        await office.reach(batches, made.id, State.CHECKED)
        with pytest.raises(Conflict, match="with `restored`"):
            await batches.approve(by, made.id)
        await trio.sleep(600)
        assert office.setup.air.texts() == sent
        await batches.cancel(by, made.id)
        await batches.cancel(by, paused.id)


async def test_what_is_handed_in_after_a_persons_word_is_a_possible_duplicate(
    office: Office, copies: Copies, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FEED", 2)
    async with office.running() as batches:
        by = await office.token()
        await office.setup.limit(queue_cap=2)
        made = await office.make(batches, by, many(10))
        await batches.approve(by, made.id)
        await trio.sleep(16)
        copies.make()
        office.setup.cut_power()
    copies.restore()
    async with office.running() as batches:
        await trio.sleep(600)
        before = await batches.find(None, made.id)
        assert 2 <= before.submitted < 10
        await batches.resume(by, made.id, reason="the rest never left", restored=True)
        await trio.sleep(60)
        held = (await batches.detail(None, made.id)).messages[MessageState.IN_DOUBT]
        assert await office.queue.release(actor="ana", reason="by the bill") <= held
        for message in (await office.queue.find(Query(states=(MessageState.IN_DOUBT,)))).messages:
            await office.queue.resolve(None, message.id, "sent", actor="ana", reason="by the bill")
        await office.reach(batches, made.id, State.DONE)
        messages = (await office.queue.find(Query())).messages
    assert office.setup.database.transact(check_messages, "").findings == ()
    marked = {message.id for message in messages if message.possible_duplicate}
    rows = await office.rows(batches, made.id)
    assert {row.message_id for row in rows if row.number > before.submitted} <= marked
    assert len(messages) == 10
    assert max(Counter(office.setup.air.texts()).values()) == 1


async def test_released_messages_of_a_restored_batch_leave_once_it_goes_on(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        await office.queue.set_mode("phone1", "paused", actor="ana", reason="test")
        made = await office.make(batches, by)
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.RUNNING)
        await trio.sleep(1)
        copies.make()
        office.setup.cut_power()
    copies.restore()
    async with office.running() as batches:
        await office.queue.set_mode("phone1", "running", actor="ana", reason="test")
        assert await office.queue.release(actor="ana", reason="it died at once") == 3
        await trio.sleep(600)
        assert office.setup.air.texts() == []
        await batches.resume(by, made.id, restored=True)
        await office.reach(batches, made.id, State.DONE)
    assert office.setup.air.texts() == ["Hello Ana", "Hello Rui", "Hello Ewa"]


async def test_scheduled_batch_of_a_copy_does_not_leave_at_its_time(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        at = office.setup.clock.now() + timedelta(hours=2)
        draft = BatchDraft("later", text="Hello {{ name }}", options=Options(send_at=at))
        made = await office.make(batches, by, draft=draft)
        await batches.approve(by, made.id)
        await office.reach(batches, made.id, State.RUNNING)
        await trio.sleep(60)
        copies.make()
        office.setup.cut_power()
    copies.restore()
    async with office.running() as batches:
        await trio.sleep(4 * 3600)
        assert (await batches.find(None, made.id)).state is State.PAUSED
    assert office.setup.air.texts() == []


async def test_hold_that_is_interrupted_is_done_again(
    office: Office, copies: Copies, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office.running() as batches:
        by = await office.token()
        made = [await office.make(batches, by) for _ in range(5)]
        for each in made[1:]:
            await batches.approve(by, each.id)
            await office.reach(batches, each.id, State.RUNNING)
        copies.make()
        office.setup.cut_power()
    sent = office.setup.air.texts()
    copies.restore()
    monkeypatch.setattr(restoring, "_AT_ONCE", 2)
    database = office.setup.database
    database.transact(
        lambda tx: tx.execute(
            text(
                "CREATE TRIGGER power_cut BEFORE UPDATE ON managed_batch WHEN old.seq = 4 "
                "BEGIN SELECT RAISE(ABORT, 'power cut'); END"
            )
        )
    )
    with pytest.RaisesGroup(pytest.RaisesExc(Exception, match="power cut"), flatten_subgroups=True):
        async with office.running():
            pass
    database.transact(lambda tx: tx.execute(text("DROP TRIGGER power_cut")))
    async with office.running() as batches:
        await trio.sleep(600)
        views = [await batches.find(None, each.id) for each in made]
    assert [view.state for view in views] == [State.CHECKED, *[State.PAUSED] * 4]
    assert all(view.copied_at for view in views)
    assert office.setup.air.texts() == sent


async def test_copy_is_held_once_and_its_new_batches_go_on_as_ever(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    held = await lost_at_work(office, copies)
    async with office.running() as batches:
        by = await office.token()
        await batches.approve(by, held.id, restored=True)
        new = await office.make(batches, by)
        assert new.copied_at is None
        await batches.approve(by, new.id)
        await office.reach(batches, new.id, State.RUNNING)
        office.setup.cut_power()
    async with office.running() as batches:
        for made in (held, new):
            await office.reach(batches, made.id, State.DONE)
        messages = (await office.queue.find(Query(limit=100))).messages
    of_new = {row.message_id for row in await office.rows(batches, new.id)}
    assert [message.possible_duplicate for message in messages if message.id in of_new] == [False] * 3


async def test_batches_of_what_is_no_copy_begin_on_a_full_disk(
    office: Office, autojump_clock: MockClock
) -> None:
    class Full:
        read = office.setup.database.read

        async def run(self, *_args: object, **_more: object) -> object:
            raise StorageFull("no room")

    with trio.fail_after(1):
        await restoring.hold_restored(Full(), office.setup.clock.now())  # type: ignore[arg-type]


async def test_copy_of_a_copy_is_held_again(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    made = await lost_at_work(office, copies)
    async with office.running() as batches:
        await batches.approve(await office.token(), made.id, restored=True)
        await office.reach(batches, made.id, State.RUNNING)
        copies.make("second")
        second = office.setup.clock.now()
        await office.reach(batches, made.id, State.DONE)
        office.setup.cut_power()
    sent = len(office.setup.air.texts())
    copies.restore("second")
    async with office.running() as batches:
        await trio.sleep(3600)
        view = await batches.find(None, made.id)
    assert (view.state, view.copied_at, len(office.setup.air.texts())) == (State.PAUSED, second, sent)


async def test_batch_that_is_over_or_was_half_uploaded_is_left_as_it_is(
    office: Office, copies: Copies, autojump_clock: MockClock
) -> None:
    async with office.running() as batches:
        by = await office.token()
        done, cancelled = [await office.make(batches, by) for _ in range(2)]
        await batches.approve(by, done.id)
        await office.reach(batches, done.id, State.DONE)
        await batches.cancel(by, cancelled.id)
        half = office.setup.database.transact(
            uploading.insert, HELLO, ["to"], Origin(1, "client:shop/1", office.setup.clock.now())
        )
        copies.make()
        office.setup.cut_power()
    copies.restore()
    async with office.running() as batches:
        await trio.sleep(60)
        views = [await batches.find(None, each.id) for each in (done, cancelled)]
    assert [(view.state, view.copied_at) for view in views] == [(State.DONE, None), (State.CANCELLED, None)]
    rows = office.setup.database.transact(
        lambda tx: tx.execute(text("SELECT count(*) FROM managed_batch WHERE seq = :seq"), {"seq": half})
    )
    assert rows.scalar_one() == 0
