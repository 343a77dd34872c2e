from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import outcome
import pytest

from gatewayd.errors import StorageFailed, StorageFull
from gatewayd.store.group import Report, Writer
from gatewayd.store.member import Lanes, Member
from gatewayd.store.reserve import Reserve
from gatewayd.store.runner import Lane
from gatewayd.store.session import Session
from gatewayd.store.sqlite import open_raw_writer
from gatewayd.store.transaction import Tx
from tests.store.conftest import make_notes, texts, write

# Everything here happens on one thread: a group is a plain function of its members.
PLENTY = 60.0


class Bench:
    """A writer on a file of its own."""

    def __init__(self, directory: Path) -> None:
        self.raw = open_raw_writer(directory / "group.db")
        self.session = Session(self.raw)
        self.reserve = Reserve(directory / "reserve", 4096)
        self.reserve.refill()
        self.writer = Writer(self.session, self.reserve)
        self.transact(make_notes)

    def transact(self, function: Callable[[Tx], object]) -> object:
        self.raw.execute("BEGIN")
        try:
            return function(Tx(self.session))
        finally:
            self.raw.execute("COMMIT")

    def run(self, *members: Member, seconds: float = PLENTY) -> Report:
        return self.writer.run_group(list(members), seconds)

    def texts(self) -> object:
        return self.transact(texts)

    def fill(self) -> None:
        """Let the file grow by no page more, as on a full disk."""
        (pages,) = self.raw.execute("PRAGMA page_count").fetchone()
        self.raw.execute(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.session.close()


def writes(text: str, lane: Lane = Lane.INTERACTIVE) -> Member:
    return Member(write, (text,), lane)


def calls(function: Callable[[Tx], object], lane: Lane = Lane.INTERACTIVE) -> Member:
    return Member(function, (), lane)


def error_of(member: Member) -> BaseException:
    assert isinstance(member.outcome, outcome.Error)
    return member.outcome.error


async def test_group_with_a_full_disk_runs_each_member_again_alone(bench: Bench) -> None:
    small, large, last = writes("small"), writes("x" * 50_000), writes("last")
    bench.fill()
    report = bench.run(small, large, last)
    # Two were begun when the transaction was lost, and one had not.
    assert report.begun == [small, large]
    assert report.left == [last]
    assert small.outcome == outcome.Value("small")
    assert isinstance(error_of(large), StorageFull)
    assert report.failure is None
    assert bench.texts() == ["small"]
    bench.run(last)
    assert bench.texts() == ["small", "last"]


async def test_group_whose_member_hides_a_full_disk_is_void_all_the_same(bench: Bench) -> None:
    def hide(tx: Tx) -> str:
        try:
            return write(tx, "x" * 50_000)
        except Exception:  # noqa: BLE001 - what the test is about
            return "hidden"

    first, hiding = writes("first"), calls(hide)
    bench.fill()
    bench.run(first, hiding)
    assert bench.texts() == ["first"]
    assert not isinstance(hiding.outcome, outcome.Value)


async def test_group_interrupted_in_a_member_keeps_the_others(bench: Bench) -> None:
    tries = []

    def interrupted(tx: Tx) -> None:
        tries.append(1)
        # An interrupt during a write rolls the whole transaction back; during a read it would not.
        tx.raw.set_progress_handler(lambda: True, 10)
        try:
            tx.raw.execute(
                "INSERT INTO note (text) "
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
            )
        finally:
            tx.raw.set_progress_handler(None, 0)

    first, second, third = writes("first"), calls(interrupted), writes("third")
    report = bench.run(first, second, third)
    assert bench.texts() == ["first"]
    assert first.outcome == outcome.Value("first")
    assert isinstance(error_of(second), sqlite3.OperationalError)
    assert len(tries) == 2
    assert report.left == [third]
    assert report.failure is None


async def test_member_that_is_run_again_has_the_effects_of_its_last_run_only(bench: Bench) -> None:
    effects: list[str] = []

    def effective(tx: Tx) -> None:
        write(tx, "effective")
        tx.after_commit(lambda: effects.append("once"))

    member = calls(effective)
    bench.fill()
    bench.run(member, writes("x" * 50_000))
    for callback in member.callbacks:
        callback()
    assert effects == ["once"]


async def test_member_that_raises_has_no_effects(bench: Bench) -> None:
    def fail(tx: Tx) -> None:
        tx.after_commit(lambda: None)
        tx.announce("topic")
        raise LookupError

    together, other, alone = calls(fail), writes("other"), calls(fail)
    bench.run(together, other)
    bench.run(alone)
    assert isinstance(error_of(together), LookupError)
    assert (together.callbacks, together.topics, alone.callbacks, alone.topics) == ([], set(), [], set())


async def test_outcome_on_a_full_disk_takes_the_reserve_and_everything_else_is_refused(bench: Bench) -> None:
    def fits_after_release(tx: Tx) -> None:
        # Stands for the disk: there is room for it once the reserve file is empty.
        if bench.reserve.released:
            tx.raw.execute("PRAGMA max_page_count = 1000")
        write(tx, "x" * 50_000)

    bench.fill()
    outcome_row, submit, claim = (
        calls(fits_after_release, Lane.OUTCOME),
        writes("submit"),
        writes("claim", Lane.CLAIM),
    )
    bench.run(outcome_row)
    bench.run(submit, claim)
    assert outcome_row.outcome == outcome.Value(None)
    assert isinstance(error_of(submit), StorageFull)
    assert isinstance(error_of(claim), StorageFull)
    assert bench.reserve.released
    assert bench.reserve.refill()
    again = writes("again")
    bench.run(again)
    assert again.outcome == outcome.Value("again")


async def test_group_over_its_time_begins_no_further_member(bench: Bench) -> None:
    first, second = writes("first"), writes("second")
    report = bench.run(first, second, seconds=0.0)
    assert (report.begun, report.left) == ([first], [second])
    assert bench.texts() == ["first"]


async def test_commit_refused_by_a_deferred_constraint_is_its_members_own_error(bench: Bench) -> None:
    bench.raw.execute(
        "CREATE TABLE reply (note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
    )
    good, orphan = writes("good"), calls(lambda tx: tx.raw.execute("INSERT INTO reply VALUES (99)").rowcount)
    bench.run(good, orphan)
    assert good.outcome == outcome.Value("good")
    assert isinstance(error_of(orphan), sqlite3.IntegrityError)
    assert bench.texts() == ["good"]


async def test_write_lock_held_by_somebody_else_fails_the_storage(tmp_path: Path, bench: Bench) -> None:
    bench.raw.execute("PRAGMA busy_timeout = 0")
    intruder = sqlite3.connect(tmp_path / "group.db", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    first, second = writes("first"), writes("second")
    report = bench.run(first, second)
    intruder.close()
    assert isinstance(report.failure, StorageFailed)
    assert "locked" in str(report.failure)
    assert (first.outcome, second.outcome) == (None, None)
    assert report.left == [first, second]


async def test_checkpoint_is_due_after_many_commits_and_empties_the_log(bench: Bench) -> None:
    for number in range(200):
        bench.run(writes(str(number)))
    assert bench.writer.checkpoint_due
    bench.writer.checkpoint()
    assert not bench.writer.checkpoint_due
    _busy, frames, copied = bench.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames == copied


async def test_lanes_let_few_groups_pass_a_bulk_member_which_then_goes_alone() -> None:
    lanes = Lanes()
    bulk = [writes("bulk", Lane.BULK), writes("bulk", Lane.BULK)]
    for member in bulk:
        lanes.put(member)
    order = []
    for number in range(8):
        lanes.put(writes(str(number)))
        order.append([member.lane for member in lanes.take(64)])
    assert order.count([Lane.BULK]) == 1
    assert order[4] == [Lane.BULK]
    assert order[5] == [Lane.INTERACTIVE, Lane.INTERACTIVE]


async def test_lanes_put_back_keep_their_order() -> None:
    lanes = Lanes()
    first, second, third = writes("1"), writes("2"), writes("3")
    for member in (first, second):
        lanes.put(member)
    taken = lanes.take(64)
    lanes.put(third)
    lanes.put_back(taken)
    assert lanes.take(2) == [first, second]
    assert lanes.take_all() == [third]
