"""The SQLite database of a running gatewayd: one writer with group commit, two readers, and one more for long work."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFailed
from gatewayd.store import backup, integrity, lock, metrics
from gatewayd.store.faults import is_broken, storage_failed
from gatewayd.store.group import Report, Writer
from gatewayd.store.member import Lanes, Member
from gatewayd.store.migrate import migrate
from gatewayd.store.readers import Readers, Watch, open_reader, open_readers, open_session
from gatewayd.store.reserve import Reserve
from gatewayd.store.runner import Lane
from gatewayd.store.session import Session
from gatewayd.store.settings import StoreSettings
from gatewayd.store.sqlite import TrioConnection, open_raw_writer
from gatewayd.store.topics import SPACE, Topics
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Most functions behind one COMMIT, and the seconds after which no further one is begun.
_GROUP_MEMBERS = 64
_GROUP_SECONDS = 0.020
#: Turns of the event loop for which a group without a modem's work waits for others to join: what a request that has
#: just been read takes to get here. With 4 clients that is a quarter less CPU a message; one alone pays some 30 µs.
_GATHERING_TURNS = 6
_READERS = 2
#: Seconds between two tries to get the reserve back while the disk is full.
_REFILL_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Database:
    """Runs functions as transactions, as ``Runner`` says. Made by ``open_database``."""

    def __init__(
        self, path: Path, connection: TrioConnection, session: Session, reserve: Reserve, readers: Readers
    ) -> None:
        #: Who is woken after a COMMIT by what ``tx.announce`` names.
        self.topics = Topics()
        self._path = path
        self._connection = connection
        self._session = session
        self._writer = Writer(session, reserve)
        self._reserve = reserve
        self._readers = readers
        self._lanes = Lanes()
        self._work = Wakeup()
        self._scope = trio.CancelScope(shield=True)
        self._refused: Exception | None = None
        self._failure: StorageFailed | None = None
        self._full = False
        self._next_look = -math.inf

    @property
    def full(self) -> bool:
        """Whether the disk was found full: all but outcomes get StorageFull. ``topics.SPACE`` tells of the end."""
        return self._full

    async def run(self, function: Callable[[Tx, *Ts], T], *args: *Ts, lane: Lane = Lane.INTERACTIVE) -> T:
        """Run ``function(tx, *args)`` as one transaction that is on disk when this returns."""
        self._check_open()
        member = Member(function, args, lane)
        self._lanes.put(member)
        self._work.ring()
        result: T = await member.wait()
        return result

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts, search: bool = False) -> T:
        """Run ``function(tx, *args)`` read-only, on one snapshot."""
        self._check_open()
        with self._failing_if_broken():
            return await self._readers.read(function, *args, search=search)

    @contextmanager
    def _failing_if_broken(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if is_broken(error):
                self._failure = storage_failed(error)
                self._work.ring()
            raise

    async def backup(self, target: Path, now: datetime) -> None:
        """Copy the database, as it is ``now``, to the new file ``target`` while it goes on being used.

        Cancelled, it leaves no file behind. Raises FileExistsError, and StorageFull where there is no room.
        """
        watch = Watch()
        await self._read_apart(watch, lambda tx: backup.copy_to(tx.raw, target, now, watch.over))
        log.info("store.backed_up", path=str(target))

    async def check(self) -> list[str]:
        """What is wrong with the file, in words; empty for nothing. Reads all of it, while it goes on being used."""
        return await self._read_apart(Watch(), lambda tx: integrity.findings(tx.raw))

    async def _read_apart(self, watch: Watch, function: Callable[[Tx], T]) -> T:
        """Read for minutes, on a connection that nobody else waits for."""
        self._check_open()
        with self._failing_if_broken():
            async with open_reader(self._path, "apart") as reader:
                return await reader.read_watched(watch, function)

    def _check_open(self) -> None:
        if self._refused is not None:
            raise type(self._refused)(str(self._refused))

    async def write_groups(self) -> None:
        """Serve ``run`` until ``close``. Raises StorageFailed, and whatever an after-commit callback raises."""
        try:
            # Behind a shield: outcomes that are recorded while gatewayd stops must still find the writer.
            with self._scope:
                await self._write_what_waits()
                while self._refused is None:
                    await self._work.wait(self._next_look if self._reserve.released else math.inf)
                    await self._write_what_waits()
        except StorageFailed as failure:
            self._refused = failure
            # Closed while a reader is open: the last connection to close would checkpoint what can't be trusted.
            await self._connection.call(self._session.close)
            raise
        finally:
            self._refused = self._refused or _closed()
            for member in self._lanes.take_all():
                member.settle(type(self._refused)(str(self._refused)))

    async def _write_what_waits(self) -> None:
        await self._look_for_space()
        await self._gather()
        while self._failure is None and (members := self._lanes.take(_GROUP_MEMBERS)):
            await self._write_group(members)
            await self._look_for_space()
            if self._writer.checkpoint_due:
                await self._connection.call(self._writer.checkpoint)
            await trio.lowlevel.checkpoint_if_cancelled()
            await self._gather()
        if self._failure is not None:
            raise self._failure

    async def _gather(self) -> None:
        """Let requests that are on their way here catch up, so that they share the COMMIT."""
        for _ in range(_GATHERING_TURNS):
            if not self._lanes.patient:
                break
            await trio.lowlevel.checkpoint()

    async def _write_group(self, members: list[Member]) -> None:
        report = Report(begun=members)
        try:
            report = await self._connection.call(self._writer.run_group, members, _GROUP_SECONDS)
            self._lanes.put_back(report.left)
            self._failure = self._failure or report.failure
            self._take_effect(report)
        finally:
            for member in report.begun:
                member.settle(StorageFailed(str(self._failure or StorageFailed())))

    def _take_effect(self, report: Report) -> None:
        metrics.group_members.observe(len(report.begun))
        metrics.transaction_seconds.observe(report.seconds)
        topics: set[str] = set()
        for member in report.begun:
            topics |= member.topics
            for callback in member.callbacks:
                callback()
        self.topics.publish(topics)
        if self._reserve.released or any(member.found_no_space for member in report.begun):
            self._disk_is_full()
        elif self._full and any(member.succeeded for member in report.begun):
            self._disk_has_space()

    def _disk_is_full(self) -> None:
        if not self._full:
            self._full = True
            metrics.full.set(1)
            log.error("store.disk_full", effect="no message is accepted or sent until there is space again")

    def _disk_has_space(self) -> None:
        self._full = False
        metrics.full.set(0)
        log.info("store.space_again")
        self.topics.publish([SPACE])

    async def _look_for_space(self) -> None:
        if not self._reserve.released or trio.current_time() < self._next_look:
            return
        self._next_look = trio.current_time() + _REFILL_SECONDS
        if await self._connection.call(self._reserve.refill):
            self._disk_has_space()

    def close(self, grace: float) -> None:
        """Accept nothing any more; what already waits has ``grace`` seconds to be written."""
        self._refused = self._refused or _closed()
        self._scope.deadline = trio.current_time() + grace
        self._work.ring()


def _closed() -> trio.ClosedResourceError:
    return trio.ClosedResourceError("the database is closed")


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
            async with open_readers(path, _READERS, settings.read_limit) as readers:
                database = Database(path, connection, session, reserve, readers)
                metrics.watch_size(path)
                async with _served(database, settings.close_grace):
                    yield database
