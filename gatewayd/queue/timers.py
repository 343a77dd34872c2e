"""What happens to waiting messages because time passes: parked ones become ready, overdue ones expire."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.message import State
from gatewayd.queue import limits
from gatewayd.queue.doubt import end_windows
from gatewayd.queue.lifecycle import move
from gatewayd.queue.quotas import Limit
from gatewayd.queue.receiving import REMEMBER, finish_incomplete, forget_parts
from gatewayd.queue.records import accepting, control, doubts
from gatewayd.queue.reports import KEPT, forget_reports
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup

#: Rows a transaction at most, so that submits get between.
_AT_ONCE = 100
#: Seconds. The waits are on the wall clock, which may be set; while something waits it is looked at this often.
CLOCK_CHECK = 60.0
#: Seconds between two looks whether a full disk has room again.
FULL_DISK_CHECK = 1.0
#: Rows a transaction at most. An answer to an array may have 100 KiB, so these are few.
_FORGOTTEN_AT_ONCE = 200
_FORGET_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Passed:
    """What one look did."""

    promoted: int
    expired: int
    settled: int
    """Messages in doubt whose window is over."""
    due: datetime | None
    """When the next message is due; None: nothing waits for a time."""

    @property
    def more(self) -> bool:
        """Whether it stopped at its own limit, with more to do at once."""
        return _AT_ONCE in (self.promoted, self.expired, self.settled)


def pass_time(tx: Tx, at: datetime, attempts: int) -> Passed:
    """Make ready what is due at ``at``, expire what is overdue, and tell when to look again.

    ``attempts``: how often a part is submitted at most without an answer.
    """
    overdue = control.overdue.all(tx, {"now": at, "limit": _AT_ONCE})
    for row in overdue:
        move(tx, row, State.EXPIRED, at)
    promoted = control.promote.change(tx, {"b_now": at, "b_limit": _AT_ONCE})
    settled = end_windows(tx, at, _AT_ONCE, attempts)
    dues = [
        due
        for due in (
            control.next_wait.scalar(tx, {}),
            control.next_expiry.scalar(tx, {}),
            doubts.next_verdict.scalar(tx, {}),
            finish_incomplete(tx, at),
        )
        if due is not None
    ]
    return Passed(promoted, len(overdue), settled, min(dues, default=None))


class Timers:
    """Sleeps until the next message is due, or until something new waits for a time."""

    def __init__(
        self,
        database: Runner,
        clock: Clock,
        *,
        promoted: Callable[[], None],
        limits: tuple[Limit, ...],
        keep_answers: timedelta,
        attempts: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._promoted = promoted
        self._limits = limits
        self._keep_answers = keep_answers
        self._attempts = attempts
        self._forgotten = clock.now()
        self.wakeup = Wakeup()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                until = await self._look()
            except StorageFull:
                # What is due stays due.
                until = trio.current_time() + FULL_DISK_CHECK
            await self.wakeup.wait(until)

    async def _look(self) -> float:
        """Do what is due; return when to look again (seconds on trio's clock)."""
        now = self._clock.now()
        passed = await self._database.run(pass_time, now, self._attempts, lane=Lane.CLAIM)
        if passed.promoted:
            self._promoted()
        if now - self._forgotten >= _FORGET_EVERY:
            self._forgotten = now
            await self._forget(now)
        return -math.inf if passed.more else self._until(passed.due)

    async def _forget(self, now: datetime) -> None:
        """Remove what is kept for a time only."""
        await self._forget_before(now - self._keep_answers, _forget_answers)
        await self._database.run(limits.forget, self._limits, now, lane=Lane.BULK)
        await self._forget_before(now - KEPT, forget_reports)
        await self._forget_before(now - REMEMBER, forget_parts)

    async def _forget_before(self, before: datetime, forget: Callable[[Tx, datetime, int], int]) -> None:
        while (
            await self._database.run(forget, before, _FORGOTTEN_AT_ONCE, lane=Lane.BULK) == _FORGOTTEN_AT_ONCE
        ):
            pass

    def _until(self, due: datetime | None) -> float:
        # Also where nothing waits: what is kept for a time must go even if nobody sends any more.
        seconds = _FORGET_EVERY.total_seconds()
        if due is not None:
            seconds = min((due - self._clock.now()).total_seconds(), CLOCK_CHECK)
        return trio.current_time() + max(seconds, 0.0)


def _forget_answers(tx: Tx, before: datetime, limit: int) -> int:
    return accepting.forget_answers.change(tx, {"before": before, "limit": limit})
