"""Reads that take too long, or whose callers are gone, end; and nobody waits for them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio
from sqlalchemy import text
from trio.testing import wait_all_tasks_blocked

from gatewayd.clock import SystemClock
from gatewayd.errors import SearchTooLong
from gatewayd.store import backup
from gatewayd.store.database import Database, open_database
from gatewayd.store.faults import Stopped
from gatewayd.store.settings import StoreSettings
from gatewayd.store.sqlite import open_raw_reader, open_raw_writer
from gatewayd.store.transaction import Tx
from tests.store.conftest import texts

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


class Endless:
    """A read that never ends by itself, and says that it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, tx: Tx) -> None:
        self.begun.set()
        tx.execute(ENDLESS)


async def test_read_that_takes_longer_than_the_limit_is_given_up_and_its_connection_is_used_again(
    settings: StoreSettings,
) -> None:
    impatient = settings.model_copy(update={"read_limit": 0.1})
    async with open_database(impatient, clock=SystemClock()) as database:
        for search in (True, False):
            with pytest.raises(SearchTooLong, match="narrow the period"):
                await database.read(Endless(), search=search)
        one = text("SELECT 1")
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(database.read, lambda tx: tx.execute(one).scalar())


async def test_searches_however_many_leave_a_connection_for_short_reads(database: Database) -> None:
    searches = [Endless(), Endless(), Endless()]
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:

            async def search(endless: Endless) -> None:
                await database.read(endless, search=True)

            for endless in searches:
                nursery.start_soon(search, endless)
            await wait_all_tasks_blocked()
            assert await database.read(texts) == []
            assert sum(endless.begun.is_set() for endless in searches) == 1
            nursery.cancel_scope.cancel()


async def test_read_whose_caller_is_cancelled_ends_at_once(database: Database) -> None:
    endless = Endless()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.read, endless)
            await trio.to_thread.run_sync(endless.begun.wait, 10)
            nursery.cancel_scope.cancel()
    assert await database.read(texts) == []


async def test_backup_whose_caller_is_cancelled_leaves_no_file(database: Database, tmp_path: Path) -> None:
    directory = tmp_path / "backups"
    directory.mkdir()
    with trio.CancelScope() as scope:
        scope.cancel()
        await database.backup(directory / "copy.db", NOW)
    assert scope.cancelled_caught
    assert list(directory.iterdir()) == []
    await database.backup(directory / "copy.db", NOW)
    assert [path.name for path in directory.iterdir()] == ["copy.db"]


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A database of some steps of a backup."""
    path = tmp_path / "big.db"
    writer = open_raw_writer(path)
    writer.execute("CREATE TABLE epoch (copied_at INTEGER)")
    writer.execute("CREATE TABLE filler (x BLOB)")
    writer.execute(f"INSERT INTO filler VALUES (zeroblob({backup._STEP_PAGES * 4096 * 5 // 2}))")
    writer.close()
    return path


def copy(source: Path, target: Path, stopped: Callable[[], bool]) -> None:
    reader = open_raw_reader(source)
    try:
        reader.execute("BEGIN")
        backup.copy_to(reader, target, NOW, stopped)
    finally:
        reader.close()


def test_backup_that_is_stopped_between_two_steps_ends_there_and_leaves_no_file(
    big: Path, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(len(asked) == 1)
        return asked[-1]

    directory = tmp_path / "backups"
    directory.mkdir()
    with pytest.raises(Stopped):
        copy(big, directory / "copy.db", stopped)
    assert asked == [False, True]
    assert list(directory.iterdir()) == []


def test_backup_between_whose_steps_others_write_is_of_one_moment_and_never_begins_anew(
    big: Path, tmp_path: Path
) -> None:
    writer = open_raw_writer(big)
    steps: list[int] = []

    def write() -> bool:
        steps.append(len(steps))
        writer.execute("INSERT INTO filler VALUES (1)")
        return False

    target = tmp_path / "copy.db"
    copy(big, target, write)
    writer.close()
    assert steps == [0, 1, 2]
    with sqlite3.connect(target) as copied:
        assert copied.execute("SELECT count(*) FROM filler").fetchone() == (1,)
        assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copied.close()
