from __future__ import annotations

from pathlib import Path

import pytest
import trio
from sqlalchemy.exc import OperationalError

from gatewayd.store.inline import InlineDatabase
from gatewayd.store.transaction import Tx
from tests.store.conftest import make_notes, texts, write


async def test_inline_run_that_raises_leaves_nothing_and_calls_nothing_back() -> None:
    called = []

    def fail(tx: Tx) -> None:
        write(tx, "lost")
        tx.after_commit(lambda: called.append("lost"))
        raise LookupError("no")

    with InlineDatabase() as database:
        await database.run(make_notes)
        with pytest.raises(LookupError):
            await database.run(fail)
        assert await database.read(texts) == []
    assert called == []


async def test_inline_callbacks_run_after_commit_and_before_the_caller_continues() -> None:
    order = []

    def work(tx: Tx) -> None:
        order.append("function")
        tx.after_commit(lambda: order.append("callback"))
        tx.announce("topic")

    with InlineDatabase() as database, database.topics.subscribed("topic", lambda: order.append("topic")):
        await database.run(work)
        order.append("caller")
    assert order == ["function", "callback", "topic", "caller"]


async def test_inline_run_by_a_cancelled_caller_does_not_begin() -> None:
    with InlineDatabase() as database:
        await database.run(make_notes)
        with trio.CancelScope() as scope:
            scope.cancel()
            await database.run(write, "never")
        assert await database.read(texts) == []


async def test_inline_read_that_writes_is_refused() -> None:
    with InlineDatabase() as database:
        await database.run(make_notes)
        with pytest.raises(OperationalError, match="readonly"):
            await database.read(write, "no")
        assert await database.run(write, "yes") == "yes"


async def test_inline_database_at_a_path_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with InlineDatabase(path) as database:
        await database.run(make_notes)
        await database.run(write, "kept")
    with InlineDatabase(path) as database:
        assert await database.read(texts) == ["kept"]
