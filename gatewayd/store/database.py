"""The SQLite database of a running gatewayd: one writer with group commit, two readers."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar, TypeVarTuple

import outcome
import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFailed
from gatewayd.store import lock, metrics
from gatewayd.store.faults import Fault, classify
from gatewayd.store.group import Report, Writer
from gatewayd.store.member import Lanes, Member
from gatewayd.store.migrate import migrate
from gatewayd.store.readers import Readers, open_readers, open_session
from gatewayd.store.reserve import Reserve
from gatewayd.store.runner import Lane
from gatewayd.store.settings import StoreSettings
from gatewayd.store.sqlite import TrioConnection, open_raw_writer
from gatewayd.store.topics import Topics
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Most functions behind one COMMIT, and the seconds after which no further one is begun.
_GROUP_MEMBERS = 64
_GROUP_SECONDS = 0.020
_READERS = 2
#: Seconds between two tries to get the reserve back while the disk is full.
_REFILL_SECONDS = 1.0


class Database:
    """Runs functions as transactions, as ``Runner`` says. Made by ``open_database``."""

    def __init__(
        self, connection: TrioConnection, writer: Writer, reserve: Reserve, readers: Readers
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._reserve = reserve
        self._readers = readers
        #: Who is woken after a COMMIT by what ``tx.announce`` names.
        self.topics = Topics()
        self._lanes = Lanes()
        self._work = Wakeup()
        self._scope = trio.CancelScope(shield=True)
        self._closing = False
        self._failure: StorageFailed | None = None
        self._next_refill = -math.inf

    @property
    def full(self) -> bool:
        """Whether the disk was found full: all but outcomes get StorageFull until there is space again."""
        return self._reserve.released

    async def run(self, function: Callable[[Tx, *Ts], T], *args: *Ts, lane: Lane = Lane.INTERACTIVE) -> T:
        """Run ``function(tx, *args)`` as one transaction that is on disk when this returns."""
        self._check_open()
        member = Member(function, args, lane)
        self._lanes.put(member)
        self._work.ring()
        result: T = await member.wait()
        return result

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        """Run ``function(tx, *args)`` read-only, on one snapshot."""
        self._check_open()
        try:
            return await self._readers.read(function, *args)
        except Exception as error:
            if classify(error) is Fault.FAILED:
                self._fail(StorageFailed(f"{StorageFailed.__doc__} [{error}]"))
            raise

    def _check_open(self) -> None:
        if self._failure is not None:
            raise StorageFailed(str(self._failure))
        if self._closing:
            raise trio.ClosedResourceError("the database is closing")

    async def write_groups(self) -> None:
        """Serve ``run`` until ``close``. Raises StorageFailed, and whatever an after-commit callback raises."""
        try:
            # Behind a shield: outcomes that are recorded while gatewayd stops must still find the writer.
            with self._scope:
                await self._write_what_waits()
                while not self._closing:
                    await self._work.wait()
                    await self._write_what_waits()
        finally:
            self._fail(StorageFailed("the database was closed before this transaction began"))

    async def _write_what_waits(self) -> None:
        while members := self._lanes.take(_GROUP_MEMBERS):
            if self._reserve.released:
                await self._try_refill()
            report = await self._connection.call(self._writer.run_group, members, _GROUP_SECONDS)
            self._lanes.put_back(report.left)
            self._settle(report)
            await trio.lowlevel.checkpoint_if_cancelled()

    def _settle(self, report: Report) -> None:
        metrics.group_members.observe(len(report.begun))
        metrics.transaction_seconds.observe(report.seconds)
        try:
            for member in report.begun:
                for callback in member.callbacks:
                    callback()
            self.topics.publish(set[str]().union(*(member.topics for member in report.begun)))
        finally:
            for member in report.begun:
                if member.outcome is None:
                    member.outcome = outcome.Error(StorageFailed(str(report.failure)))
                member.settle()
        if report.failure is not None:
            raise report.failure

    async def _try_refill(self) -> None:
        if trio.current_time() >= self._next_refill:
            self._next_refill = trio.current_time() + _REFILL_SECONDS
            await self._connection.call(self._reserve.refill)

    def _fail(self, failure: StorageFailed) -> None:
        """Accept nothing any more; what waits is told so."""
        self._failure = self._failure or failure
        for member in self._lanes.take(10**9):
            member.outcome = outcome.Error(StorageFailed(str(self._failure)))
            member.settle()

    def close(self, grace: float) -> None:
        """Accept nothing any more; what already waits has ``grace`` seconds to be written."""
        self._closing = True
        self._scope.deadline = trio.current_time() + grace
        self._work.ring()


@asynccontextmanager
async def _served(database: Database, grace: float) -> AsyncIterator[None]:
    """Run the writer beside the body. Its failure, or a callback's, cancels the body and comes out unwrapped."""
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(database.write_groups)
            try:
                yield
            finally:
                database.close(grace)
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        only = group.exceptions[0]
        raise only from only.__cause__


def _no_extension(_seconds: float) -> None:
    """Nobody to tell."""


@asynccontextmanager
async def open_database(
    settings: StoreSettings, *, clock: Clock, extend: Callable[[float], None] = _no_extension
) -> AsyncIterator[Database]:
    """Open the database, made and migrated as needed, and close it, last of all, behind a shield.

    ``extend(seconds)`` is called before work that may take long, for a service manager that waits for the start.
    Raises DatabaseLocked, SchemaTooNew, StorageFull and StorageFailed; the last also out of the body's scope, which
    it cancels.
    """
    path = settings.path
    reserve = Reserve(path.with_name(path.name + ".reserve"), settings.reserve_bytes)
    connection = TrioConnection(partial(open_raw_writer, path), name="writer")
    with lock.held(path.with_name(path.name + ".lock")):
        async with open_session(connection) as session:
            await migrate(connection, session, settings, clock=clock, extend=extend)
            await connection.call(reserve.refill)
            async with open_readers(path, _READERS) as readers:
                database = Database(connection, Writer(session, reserve), reserve, readers)
                async with _served(database, settings.close_grace):
                    yield database
