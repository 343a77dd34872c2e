"""Whatever is done to the audit's rows from outside, following the chain finds it and names the first broken row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from gatewayd import audit
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.transaction import Tx

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        for number in range(5):
            opened.transact(record, f"modem:{number}")
        # Who writes to the file from outside isn't held up by triggers.
        for verb in ("update", "delete"):
            opened.transact(lambda tx, verb=verb: tx.execute(text(f"DROP TRIGGER audit_refuses_{verb}")))
        yield opened


def record(tx: Tx, thing: str) -> int:
    return audit.record(tx, actor="ana", action="modem.pause", object=thing, after={"é": [1, None]}, at=AT)


def follow_all(tx: Tx) -> tuple[int, str | None]:
    """Follow the chain by pages of two; how far it holds, and what breaks it."""
    head, problem = audit.START, None
    while problem is None:
        before = head
        head, problem = audit.follow(tx, head, 2)
        if head == before:
            break
    return head.seq, problem


def test_untouched_chain_holds_to_its_head(database: InlineDatabase) -> None:
    assert database.transact(follow_all) == (5, None)
    assert database.transact(audit.head).seq == 5


def test_empty_chain_holds() -> None:
    with InlineDatabase() as empty:
        assert empty.transact(follow_all) == (0, None)


def test_row_that_was_rolled_back_leaves_no_gap(database: InlineDatabase) -> None:
    def fail(tx: Tx) -> None:
        record(tx, "never")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.transact(fail)
    database.transact(record, "next")
    assert database.transact(follow_all) == (6, None)


@pytest.mark.parametrize(
    "column", ["at", "actor", "action", "object", "reason", "before", "after", "prev_hash", "hash"]
)
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_changed_column_is_found_in_its_row(database: InlineDatabase, column: str, seq: int) -> None:
    value = "1" if column == "at" else "'x'"
    database.transact(lambda tx: tx.execute(text(f'UPDATE audit SET "{column}" = {value} WHERE seq = {seq}')))
    held, problem = database.transact(follow_all)
    assert held == seq - 1
    assert problem is not None
    assert f"row {seq}" in problem


@pytest.mark.parametrize("seq", [1, 3])
def test_removed_row_is_named(database: InlineDatabase, seq: int) -> None:
    database.transact(lambda tx: tx.execute(text(f"DELETE FROM audit WHERE seq = {seq}")))
    assert database.transact(follow_all) == (seq - 1, f"audit row {seq} is missing")


@pytest.mark.parametrize("first", [1, 4, 5])
def test_removed_end_is_noticed(database: InlineDatabase, first: int) -> None:
    database.transact(lambda tx: tx.execute(text(f"DELETE FROM audit WHERE seq >= {first}")))
    problem = f"audit row {first} and all after it are missing, up to row 5"
    assert database.transact(follow_all) == (first - 1, problem)


def test_row_put_in_between_is_noticed(database: InlineDatabase) -> None:
    database.transact(lambda tx: tx.execute(text("UPDATE audit SET seq = seq + 10 WHERE seq > 2")))
    database.transact(
        lambda tx: tx.execute(
            text(
                "INSERT INTO audit (seq, at, actor, action, object, prev_hash, hash) "
                "SELECT 3, at, 'rui', action, object, hash, hash FROM audit WHERE seq = 2"
            )
        )
    )
    assert database.transact(follow_all) == (2, "audit row 3 was changed")
