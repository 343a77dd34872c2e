"""The worker: every batch that is not over gets its turn, some rows at a time.

All its transactions are short and in the bulk lane, and it pauses between rows, so that a batch of a hundred thousand
makes neither requests nor modems wait.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, TypeVarTuple

import structlog
import trio

from gatewayd.batches import metrics, records, running
from gatewayd.batches.checking import Checker, Wording, unmade, wording_of
from gatewayd.batches.checkrun import PAUSE, CheckRun
from gatewayd.batches.restoring import hold_restored
from gatewayd.batches.running import Overtaken, Slice
from gatewayd.batches.settings import BatchesSettings
from gatewayd.batches.states import Event, State
from gatewayd.batches.steering import TOPIC
from gatewayd.clock import Clock
from gatewayd.errors import InvalidRequest, LimitReached, StorageFull
from gatewayd.queue import managed
from gatewayd.queue.admission import Prepared
from gatewayd.queue.draft import Rejected
from gatewayd.queue.restoring import as_possible_duplicates
from gatewayd.queue.service import Queue
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx
from gatewayd.templates.service import Templates
from gatewayd.wakeup import Wakeup

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = structlog.get_logger(__name__)

#: Rows of one transaction: each is a message with its event, and a modem that arms waits for all of them.
FEED = 100
#: Seconds between two looks whether anything of a running batch still waits.
SETTLE_CHECK = 2.0
#: The states of batches that are not over.
_OPEN = tuple(state for state in State if state not in (State.DONE, State.CANCELLED))
#: Seconds until a full disk is tried again, and a client's limit at the latest.
_TRY_AGAIN = 5.0
_LONGEST_REST = 60.0
_FORGET_EVERY = 3600.0
_FORGET = 1000


class BatchWorker:
    """Moves batches on; ``run`` serves until cancelled."""

    def __init__(
        self, database: Runner, queue: Queue, templates: Templates, clock: Clock, settings: BatchesSettings
    ) -> None:
        self._database = database
        self._queue = queue
        self._templates = templates
        self._clock = clock
        self._keep = timedelta(days=settings.keep_days)
        self.wakeup = Wakeup()
        self._checkers: dict[int, tuple[int, Checker]] = {}
        """By batch, with the version that it was made for."""
        self.arriving = 0
        """Batches that are about to be among ``uploads``."""
        self.uploads: set[int] = set()
        """Batches whose rows are coming in: they are left alone."""
        self._rest: dict[int, float] = {}
        """Until when (seconds on trio's clock) a batch is left alone, for its client's limits."""
        self._sizes: dict[int, int] = {}
        """How many rows are handed in at once, where that isn't ``FEED``."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Started once the batches of a restored copy are held."""
        await hold_restored(self._database, self._clock.now())
        with self._database.topics.subscribed(TOPIC, self.wakeup.ring):
            task_status.started()
            forget_at = -math.inf
            while True:
                try:
                    if trio.current_time() >= forget_at:
                        await self._forget()
                        forget_at = trio.current_time() + _FORGET_EVERY
                    until = await self.turn()
                except StorageFull:
                    until = trio.current_time() + _TRY_AGAIN
                await self.wakeup.wait(min(until, forget_at))

    async def _run(self, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
        return await self._database.run(function, *args, lane=Lane.BULK)

    async def turn(self) -> float:
        """Give every batch its turn; return when to look again (seconds on trio's clock)."""
        rows = await self._database.read(lambda tx: records.open_batches.all(tx, {}))
        until = math.inf
        for row in rows:
            try:
                until = min(until, await self._advance(row))
            except Overtaken:
                until = -math.inf
        for state in _OPEN:
            metrics.open_batches.labels(state).set(sum(row.state == state for row in rows))
        open_ = {row.seq for row in rows}
        self._checkers = {seq: made for seq, made in self._checkers.items() if seq in open_}
        for kept in (self._rest, self._sizes):
            for seq in kept.keys() - open_:
                del kept[seq]
        return until

    async def _advance(self, row: Any) -> float:
        """Do one thing for a batch; return when it wants its next turn."""
        state = State(row.state)
        if row.uploaded_at is None:
            if row.seq not in self.uploads and not self.arriving:
                await self._discard(row.seq)
            return math.inf
        if row.sweep is not None:
            await self._run(running.sweep, row, self._clock.now())
            return -math.inf
        if state is State.DRAFT:
            return await self._check(row)
        if state is State.APPROVED:
            await self._run(running.start, row.seq, self._clock.now())
            return -math.inf
        if state is State.RUNNING and row.fed < row.rows:
            return await self._feed(row)
        if state in (State.RUNNING, State.CANCELLED):
            return await self._settle(row)
        return math.inf

    async def _settle(self, row: Any) -> float:
        settled = await self._database.read(managed.settled, row.queue_batch)
        over = False
        if settled or row.state == State.CANCELLED:
            over = await self._run(running.settle, row, self._clock.now())
        return -math.inf if over else trio.current_time() + SETTLE_CHECK

    # --- checking ---

    async def _check(self, row: Any) -> float:
        """Check some rows."""
        checker = await self._checker(row)
        client = await self._queue.client_name(row.client_id)
        if await CheckRun(self._database, self._queue, checker, client).turn(row):
            self._checkers.pop(row.seq, None)
            await self._run(running.step, row.seq, Event.CHECKED, self._clock.now())
        return -math.inf

    async def _checker(self, row: Any) -> Checker:
        """What checks the rows of a batch, and knows those that were checked before."""
        version, checker = self._checkers.get(row.seq, (None, None))
        if checker is None or version != row.version:
            checker = Checker(row, await self._wording(row), self._queue)
            known = await self._database.read(
                lambda tx: records.recipients.all(tx, {"batch_seq": row.seq, "until": row.checked})
            )
            for each in known:
                checker.remember(each.number, each.recipient)
            self._checkers[row.seq] = row.version, checker
        return checker

    async def _wording(self, row: Any) -> Wording:
        await self._queue.refresh()
        try:
            return await wording_of(row, self._templates)
        except InvalidRequest as invalid:
            # The template was there when the batch was made, and is no more: so each of its rows is told.
            return unmade(row, invalid.errors)

    # --- handing in ---

    async def _feed(self, row: Any) -> float:
        """Have some rows become messages."""
        if (rest := self._rest.get(row.seq, -math.inf)) > trio.current_time():
            return rest
        size = self._sizes.get(row.seq, FEED)
        some = await self._slice(row, size)
        try:
            await self._run(running.hand_in, row, some, self._queue)
        except LimitReached as limit:
            self._sizes[row.seq] = max(1, size // 10)
            self._rest[row.seq] = trio.current_time() + min(limit.retry_after, _LONGEST_REST)
            log.info("batch.waits_for_limit", batch=row.id, limit=limit.code)
            return self._rest[row.seq]
        except InvalidRequest as invalid:
            # Together they are more than the client could ever have waiting, or pay.
            self._sizes[row.seq] = max(1, size // 10)
            if len(some.numbers) > 1:
                return -math.inf
            refused = tuple((number, Rejected(tuple(invalid.errors))) for number in some.numbers)
            nothing = self._queue.hand_in([], row.client_id, row.client, row.queue_batch, some.ready.now)
            await self._run(
                running.hand_in, row, Slice(some.last, (), nothing, some.skipped + refused), self._queue
            )
            return -math.inf
        self._sizes[row.seq] = min(FEED, size * 2)
        metrics.rows_submitted.inc(len(some.numbers))
        return -math.inf

    async def _slice(self, row: Any, size: int) -> Slice:
        """The next rows, checked once more: somebody may have opted out since."""
        await self._queue.refresh()
        rows = await self._database.read(
            lambda tx: records.to_feed.all(tx, {"batch_seq": row.seq, "after": row.fed, "limit": size})
        )
        checker = Checker(row, unmade(row, []), self._queue)
        numbers: list[int] = []
        prepared: list[Prepared] = []
        skipped: list[tuple[int, Rejected]] = []
        for each in rows:
            found = self._queue.try_row(checker.draft_of_row(each), row.client_id)
            if isinstance(found, Prepared):
                numbers.append(each.number)
                prepared.append(found)
            else:
                skipped.append((each.number, found))
            if each.number % PAUSE == 0:
                await trio.lowlevel.checkpoint()
        last = rows[-1].number if len(rows) == size else row.rows
        ready = self._queue.hand_in(prepared, row.client_id, row.client, row.queue_batch, self._clock.now())
        if row.copied_at is not None:
            ready = as_possible_duplicates(ready)
        return Slice(last, tuple(numbers), ready, tuple(skipped))

    # --- forgetting ---

    async def _discard(self, seq: int) -> None:
        """Remove a batch that never came in whole."""
        while await self._run(running.discard_upload, seq, _FORGET):
            pass

    async def _forget(self) -> None:
        """Remove the rows of batches that have been over for long."""
        before = self._clock.now() - self._keep
        while (seq := await self._database.read(running.forgotten, before)) is not None:
            while await self._run(running.discard_some, seq, _FORGET):
                pass
