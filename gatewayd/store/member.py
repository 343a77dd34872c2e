"""One call of ``run`` on its way through the writer, and the lanes in which such calls wait."""

from __future__ import annotations

import enum
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import outcome
import trio

from gatewayd.errors import StorageFull
from gatewayd.store.runner import Lane
from gatewayd.store.transaction import Tx


class _Stage(enum.Enum):
    WAITING = enum.auto()
    DROPPED = enum.auto()
    BEGUN = enum.auto()


#: Guards ``_stage``: the caller's cancellation (trio thread) and the beginning (database thread) may meet.
_stage_lock = threading.Lock()


class Member:
    """One function with its arguments, its caller, and in the end its outcome."""

    __slots__ = ("_args", "_function", "_stage", "_task", "callbacks", "lane", "outcome", "topics")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], lane: Lane) -> None:
        self._function = function
        self._args = args
        self._task = trio.lowlevel.current_task()
        self._stage = _Stage.WAITING
        self.lane = lane
        self.outcome: outcome.Outcome[Any] | None = None
        self.callbacks: list[Callable[[], None]] = []
        self.topics: set[str] = set()

    async def wait(self) -> Any:
        """Wait until the member is settled and return its result, or raise its exception. By its caller, once."""
        await trio.lowlevel.wait_task_rescheduled(self._abort)
        assert self.outcome is not None  # noqa: S101 - only settle() reschedules
        return self.outcome.unwrap()

    def _abort(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        with _stage_lock:
            if self._stage is _Stage.BEGUN:
                return trio.lowlevel.Abort.FAILED
            self._stage = _Stage.DROPPED
            return trio.lowlevel.Abort.SUCCEEDED

    @property
    def dropped(self) -> bool:
        """Whether its caller was cancelled before it had begun."""
        return self._stage is _Stage.DROPPED

    def begin(self) -> bool:
        """Take it for running, from when on its caller can't be cancelled. False where the caller already was."""
        with _stage_lock:
            if self._stage is _Stage.DROPPED:
                return False
            self._stage = _Stage.BEGUN
            return True

    def call(self, tx: Tx) -> Any:
        """Run the function; what it returns or raises isn't its outcome before the group is committed."""
        return self._function(tx, *self._args)

    def finish(self, result: outcome.Outcome[Any], tx: Tx) -> None:
        """Give it its outcome, and the effects that go with a committed one."""
        self.outcome = result
        if isinstance(result, outcome.Value):
            self.callbacks, self.topics = tx.callbacks, tx.topics

    @property
    def succeeded(self) -> bool:
        """Whether it is committed."""
        return isinstance(self.outcome, outcome.Value)

    @property
    def found_no_space(self) -> bool:
        """Whether the disk had no room for it."""
        return isinstance(self.outcome, outcome.Error) and isinstance(self.outcome.error, StorageFull)

    def settle(self, otherwise: BaseException) -> None:
        """Let the caller continue with the outcome, or with ``otherwise`` where there is none. On the trio thread."""
        if self.dropped:
            return
        if self.outcome is None:
            self.outcome = outcome.Error(otherwise)
        trio.lowlevel.reschedule(self._task)


#: Groups that may pass a waiting BULK member before it gets its turn.
_BULK_PATIENCE = 4


class Lanes:
    """What waits for the writer: first by lane, then in order of arrival. On the trio thread only.

    A BULK member takes tens of milliseconds, so it never shares a group with others: nobody urgent waits for more than
    the one that runs. After a few groups it goes nevertheless.
    """

    def __init__(self) -> None:
        self._lanes: list[deque[Member]] = [deque() for _ in Lane]
        self._passed = 0

    def put(self, member: Member) -> None:
        """Append to its lane."""
        self._lanes[member.lane].append(member)

    def put_back(self, members: list[Member]) -> None:
        """Return members that were taken but not begun, to the front and in their old order."""
        for member in reversed(members):
            self._lanes[member.lane].appendleft(member)

    @property
    def patient(self) -> bool:
        """Whether those that go next are applications' and people's: no modem stands idle for them."""
        outcome, claim, interactive, _bulk = self._lanes
        return bool(interactive) and not outcome and not claim

    def take(self, limit: int) -> list[Member]:
        """Up to ``limit`` members whose callers still wait, for one group."""
        *urgent, bulk = self._lanes
        if self._passed < _BULK_PATIENCE and (taken := _take(urgent, limit)):
            self._passed += bool(bulk)
            return taken
        self._passed = 0
        return _take([bulk], 1) or _take(urgent, limit)

    def take_all(self) -> list[Member]:
        """Everything that waits."""
        return _take(self._lanes, sum(map(len, self._lanes)))


def _take(lanes: list[deque[Member]], limit: int) -> list[Member]:
    taken: list[Member] = []
    for lane in lanes:
        while lane and len(taken) < limit:
            member = lane.popleft()
            if not member.dropped:
                taken.append(member)
    return taken
