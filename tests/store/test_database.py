from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio
from prometheus_client import REGISTRY
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from trio.testing import wait_all_tasks_blocked

from gatewayd.clock import SystemClock
from gatewayd.errors import StorageFailed
from gatewayd.store.database import Database, open_database
from gatewayd.store.lock import DatabaseLocked
from gatewayd.store.runner import Lane
from gatewayd.store.settings import StoreSettings
from gatewayd.store.transaction import Tx
from tests.store.conftest import make_notes, texts, write

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class Gate:
    """Keeps the writer busy, so that what comes meanwhile has to wait and forms a group."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.begun = threading.Event()

    def __call__(self, _tx: Tx) -> None:
        self.begun.set()
        assert self._open.wait(10)

    def open(self) -> None:
        self._open.set()


async def test_run_returns_what_the_function_returned_and_read_sees_it(database: Database) -> None:
    assert await database.run(write, "hello") == "hello"
    assert await database.read(texts) == ["hello"]


async def test_run_that_raises_is_rolled_back_and_its_neighbours_in_the_group_are_kept(
    database: Database,
) -> None:
    gate = Gate()
    raised = []

    async def write_or_note(text: str) -> None:
        try:
            await database.run(write, text)
        except IntegrityError:
            raised.append(text)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(database.run, gate)
        for text in ("a", "b", "a", "c"):
            await wait_all_tasks_blocked()
            nursery.start_soon(write_or_note, text)
        await wait_all_tasks_blocked()
        gate.open()
    assert await database.read(texts) == ["a", "b", "c"]
    assert raised == ["a"]


async def test_waiting_callers_share_one_commit(database: Database) -> None:
    gate = Gate()
    before = REGISTRY.get_sample_value("gatewayd_store_group_members_count") or 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(database.run, gate)
        await wait_all_tasks_blocked()
        for number in range(20):
            nursery.start_soon(database.run, write, str(number))
        await wait_all_tasks_blocked()
        gate.open()
    groups = (REGISTRY.get_sample_value("gatewayd_store_group_members_count") or 0) - before
    assert groups == 2
    assert len(await database.read(texts)) == 20


async def test_callers_that_come_a_moment_later_share_the_commit_of_the_first(database: Database) -> None:
    async def write_later(turns: int) -> None:
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
        await database.run(write, f"after {turns}")

    before = REGISTRY.get_sample_value("gatewayd_store_group_members_count") or 0
    async with trio.open_nursery() as nursery:
        for turns in range(4):
            nursery.start_soon(write_later, turns)
    assert REGISTRY.get_sample_value("gatewayd_store_group_members_count") == before + 1


async def test_lanes_that_wait_are_served_the_most_urgent_first_and_bulk_last(database: Database) -> None:
    gate = Gate()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(database.run, gate)
        await wait_all_tasks_blocked()
        for lane in (Lane.BULK, Lane.INTERACTIVE, Lane.CLAIM, Lane.OUTCOME):

            async def write_in(lane: Lane = lane) -> None:
                await database.run(write, lane.name, lane=lane)

            nursery.start_soon(write_in)
            await wait_all_tasks_blocked()
        gate.open()
    assert await database.read(texts) == ["OUTCOME", "CLAIM", "INTERACTIVE", "BULK"]


async def test_caller_cancelled_before_its_function_begins_is_dropped(database: Database) -> None:
    gate = Gate()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(database.run, gate)
        await wait_all_tasks_blocked()
        with trio.CancelScope() as scope:
            nursery.start_soon(database.run, write, "stays")
            await wait_all_tasks_blocked()
            scope.cancel()
            await database.run(write, "dropped")
        assert scope.cancelled_caught
        gate.open()
    assert await database.read(texts) == ["stays"]


async def test_caller_cancelled_after_its_function_has_begun_gets_its_result(database: Database) -> None:
    gate = Gate()
    results = []

    def slow(tx: Tx) -> str:
        gate(tx)
        return write(tx, "committed")

    async with trio.open_nursery() as nursery:

        async def call(scope: trio.CancelScope) -> None:
            with scope:
                results.append(await database.run(slow))

        scope = trio.CancelScope()
        nursery.start_soon(call, scope)
        await trio.to_thread.run_sync(gate.begun.wait)
        scope.cancel()
        await wait_all_tasks_blocked()
        gate.open()
    assert results == ["committed"]
    assert await database.read(texts) == ["committed"]


async def test_callbacks_run_on_the_trio_thread_before_the_caller_continues(database: Database) -> None:
    order: list[object] = []

    def work(tx: Tx) -> None:
        tx.after_commit(lambda: order.append(threading.current_thread() is threading.main_thread()))
        tx.announce("topic")
        tx.announce("topic")

    with ExitStack() as stack:
        stack.enter_context(database.topics.subscribed("topic", lambda: order.append("topic")))
        await database.run(work)
        order.append("caller")
    assert order == [True, "topic", "caller"]


async def test_callback_that_raises_ends_the_scope_and_spares_the_caller(settings: StoreSettings) -> None:
    returned = []

    def work(tx: Tx) -> str:
        tx.after_commit(lambda: [][0])
        return "committed"

    async def use() -> None:
        async with open_database(settings, clock=SystemClock()) as database:
            returned.append(await database.run(work))
            await trio.sleep_forever()

    with pytest.raises(IndexError):
        await use()
    assert returned == ["committed"]


async def test_read_that_writes_is_refused_and_the_database_stays_in_use(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(write, "no")
    assert await database.run(write, "yes") == "yes"


async def test_read_sees_one_snapshot_while_others_write(database: Database) -> None:
    looked, written = threading.Event(), threading.Event()

    def look_twice(tx: Tx) -> tuple[list[str], list[str]]:
        first = texts(tx)
        looked.set()
        assert written.wait(10)
        return first, texts(tx)

    async with trio.open_nursery() as nursery:

        async def meanwhile() -> None:
            await trio.to_thread.run_sync(looked.wait)
            await database.run(write, "meanwhile")
            written.set()

        nursery.start_soon(meanwhile)
        assert await database.read(look_twice) == ([], [])
    assert await database.read(texts) == ["meanwhile"]


async def test_body_that_raises_comes_out_as_it_was(settings: StoreSettings) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with open_database(settings, clock=SystemClock()):
            raise LookupError("mine")


async def test_run_in_a_shield_while_the_outer_scope_is_cancelled_is_written(settings: StoreSettings) -> None:
    with trio.CancelScope() as outer:
        async with open_database(settings, clock=SystemClock()) as database:
            await database.run(make_notes)
            outer.cancel()
            with trio.CancelScope(shield=True):
                await wait_all_tasks_blocked()
                await database.run(write, "outcome")
    async with open_database(settings, clock=SystemClock()) as database:
        assert await database.read(texts) == ["outcome"]


async def test_what_waits_at_closing_is_written_within_the_grace_and_refused_after_it(
    settings: StoreSettings,
) -> None:
    came_to: dict[float, str] = {}

    async def close_while_one_waits(grace: float) -> None:
        gate = Gate()
        impatient = settings.model_copy(update={"close_grace": grace})

        async def wait_for(database: Database) -> None:
            try:
                came_to[grace] = await database.run(write, f"grace {grace}", lane=Lane.BULK)
            except trio.ClosedResourceError:
                came_to[grace] = "refused"

        async with trio.open_nursery() as callers, open_database(impatient, clock=SystemClock()) as database:
            await database.run(lambda tx: make_notes(tx) if grace else None)
            callers.start_soon(database.run, gate)
            await wait_all_tasks_blocked()
            callers.start_soon(wait_for, database)
            await wait_all_tasks_blocked()
            # The grace is over before the gate opens only where it is zero.
            callers.start_soon(_open_when_blocked, gate)

    await close_while_one_waits(10.0)
    await close_while_one_waits(0.0)
    assert came_to == {10.0: "grace 10.0", 0.0: "refused"}


async def _open_when_blocked(gate: Gate) -> None:
    await wait_all_tasks_blocked()
    gate.open()


async def test_run_and_read_after_closing_are_refused(settings: StoreSettings) -> None:
    async with open_database(settings, clock=SystemClock()) as database:
        pass
    with pytest.raises(trio.ClosedResourceError):
        await database.run(make_notes)
    with pytest.raises(trio.ClosedResourceError):
        await database.read(texts)


async def test_closing_ends_every_thread_and_leaves_no_log_behind(settings: StoreSettings) -> None:
    async with open_database(settings, clock=SystemClock()):
        assert sum(thread.name.startswith("gatewayd-db-") for thread in threading.enumerate()) == 3
    for thread in threading.enumerate():
        if thread.name.startswith("gatewayd-db-"):
            thread.join(10)
            assert not thread.is_alive()
    assert [path.name for path in settings.path.parent.glob("*-wal")] == []


async def test_no_asyncio_loop_is_made(database: Database) -> None:
    await database.run(write, "x")
    assert "asyncio" in sys.modules  # aiosqlite imports it …
    assert sys.modules["asyncio"].events._get_running_loop() is None  # … and nobody runs it


async def test_second_process_or_opening_is_refused_with_the_holders_pid(settings: StoreSettings) -> None:
    async with open_database(settings, clock=SystemClock()):
        with pytest.raises(DatabaseLocked, match=r"in use by process \d+"):
            async with open_database(settings, clock=SystemClock()):
                pass
    async with open_database(settings, clock=SystemClock()):
        pass


async def test_file_that_is_no_database_is_refused_with_its_name(settings: StoreSettings) -> None:
    settings.path.write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StorageFailed, match=r"test\.db can't be used: file is not a database"):
        async with open_database(settings, clock=SystemClock()):
            pass


async def test_directory_that_does_not_exist_is_refused_with_its_name(tmp_path: Path) -> None:
    settings = StoreSettings(url=f"sqlite:///{tmp_path}/missing/test.db")
    with pytest.raises(StorageFailed, match=r"missing.*No such file"):
        async with open_database(settings, clock=SystemClock()):
            pass


async def test_backup_taken_while_in_use_opens_with_the_same_rows(database: Database, tmp_path: Path) -> None:
    await database.run(write, "before")
    target = tmp_path / "copy.db"
    await database.backup(target, NOW)
    await database.run(write, "after")
    settings = StoreSettings(url=f"sqlite:///{target}", reserve_mib=0)
    async with open_database(settings, clock=SystemClock()) as copy:
        assert await copy.read(texts) == ["before"]
    assert target.stat().st_mode & 0o077 == 0


async def test_backup_leaves_nothing_but_the_copy_beside_it(database: Database, tmp_path: Path) -> None:
    directory = tmp_path / "backups"
    directory.mkdir()
    await database.backup(directory / "copy.db", NOW)
    assert [path.name for path in directory.iterdir()] == ["copy.db"]


async def test_backup_to_a_file_that_exists_leaves_it_alone(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    with pytest.raises(FileExistsError):
        await database.backup(target, NOW)
    assert target.read_text() == "precious"


async def test_size_is_told_to_prometheus(database: Database) -> None:
    assert (REGISTRY.get_sample_value("gatewayd_store_database_bytes") or 0) > 4096


async def test_page_damaged_under_a_reader_ends_the_scope(settings: StoreSettings) -> None:
    async with open_database(settings, clock=SystemClock()) as database:
        await database.run(make_notes)
        for number in range(500):
            await database.run(write, f"{number:0>100}")
    pages = settings.path.read_bytes()
    # The newest pages: leaves of the table and of its index, none of the schema, which is read at opening.
    damaged = 10 * 4096
    settings.path.write_bytes(pages[:-damaged] + b"\xff" * damaged)
    refused = []

    async def use() -> None:
        async with open_database(settings, clock=SystemClock()) as database:
            with pytest.raises(DatabaseError, match="malformed"):
                await database.read(texts)
            try:
                await trio.sleep_forever()
            finally:
                with pytest.raises(StorageFailed):
                    await database.run(write, "refused")
                refused.append(True)

    with pytest.raises(StorageFailed, match="malformed"):
        await use()
    assert refused == [True]
