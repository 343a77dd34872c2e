"""What ``store/sqlite.py`` relies on inside aiosqlite. Read this, and that file, before allowing another version."""

from __future__ import annotations

import inspect
import sqlite3
import threading
from importlib.metadata import version
from queue import SimpleQueue

import aiosqlite
import pytest
import trio
from aiosqlite import core

from gatewayd.store.sqlite import TrioConnection, TrioFuture


def open_memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


def test_version_is_the_minor_one_that_was_read() -> None:
    assert version("aiosqlite").startswith("0.22.")


def test_connection_has_the_attributes_that_are_used() -> None:
    connection = aiosqlite.Connection(open_memory, 64)
    assert isinstance(connection._thread, threading.Thread)
    assert not connection._thread.daemon
    assert isinstance(connection._tx, SimpleQueue)
    assert connection._running is True
    assert connection._connection is None
    assert connection._connector is open_memory


def test_methods_that_are_replaced_are_the_only_ones_that_make_a_future() -> None:
    makers = {
        name
        for name, function in inspect.getmembers(aiosqlite.Connection, inspect.isfunction)
        if "create_future" in inspect.getsource(function)
    }
    assert makers == {"_execute", "_connect", "stop"}
    assert makers <= vars(TrioConnection).keys()


def test_thread_settles_a_future_through_its_loop_and_ends_at_the_sentinel() -> None:
    calls: list[tuple[object, ...]] = []

    class Future:
        def get_loop(self) -> Future:
            return self

        def call_soon_threadsafe(self, *call: object) -> None:
            calls.append(call)

    future, error = Future(), ValueError("x")

    def fail() -> None:
        raise error

    queue: SimpleQueue[object] = SimpleQueue()
    queue.put((future, lambda: 42))
    queue.put((future, fail))
    queue.put((None, lambda: core._STOP_RUNNING_SENTINEL))
    core._connection_worker_thread(queue)  # type: ignore[arg-type] # not asyncio's futures
    assert calls == [(core.set_result, future, 42), (core.set_exception, future, error)]


async def test_trio_connection_calls_on_its_own_thread_and_passes_errors_on() -> None:
    connection = TrioConnection(open_memory, name="test")
    await connection
    try:
        assert await connection.call(lambda: threading.current_thread().name) == "gatewayd-db-test"
        with pytest.raises(sqlite3.OperationalError, match="syntax"):
            await connection.call(connection.raw.execute, "nonsense")
        # aiosqlite's own methods work too: all of them go through _execute.
        async with connection.execute("SELECT 1 + 1") as cursor:
            assert await cursor.fetchone() == (2,)
    finally:
        await connection.close()
    with pytest.raises(ValueError, match="Connection closed"):
        await connection.call(int)


async def test_trio_connection_that_can_not_open_raises_and_its_thread_ends() -> None:
    def fail() -> sqlite3.Connection:
        raise sqlite3.OperationalError("no such disk")

    connection = TrioConnection(fail, name="test")
    with pytest.raises(sqlite3.OperationalError, match="no such disk"):
        await connection
    connection._thread.join(10)
    assert not connection._thread.is_alive()


def test_future_whose_run_has_ended_is_settled_without_an_error_on_the_thread() -> None:
    async def make() -> TrioFuture:
        return TrioFuture()

    trio.run(make).call_soon_threadsafe(print)


def test_connection_that_can_not_open_leaves_no_thread_behind_when_the_run_ends() -> None:
    def fail() -> sqlite3.Connection:
        raise sqlite3.OperationalError("no such disk")

    connection = TrioConnection(fail, name="test")

    async def open_it() -> None:
        await connection

    with pytest.raises(sqlite3.OperationalError):
        trio.run(open_it)
    # An exception on the thread would be a warning, and so an error, of this test.
    connection._thread.join(10)
    assert not connection._thread.is_alive()
