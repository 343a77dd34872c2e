"""Run one seed of the simulation, the same each time."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable

import trio
from trio._core import _run

from gatewayd.store.inline import InlineDatabase
from tests.simulation.judge import Figures, Violation, judge
from tests.simulation.world import World

#: Looks at the clock at one moment before it counts as standing still; 1,300 are the most that 40 days had.
_LOOKS = 50_000


class HoppingClock(trio.abc.Clock):
    """Virtual time that hops to the next deadline once no task can run before it.

    ``MockClock(autojump_threshold=0)`` does the same, but takes two more rounds of trio's loop for each hop. No thread
    and no socket may be waited for.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._looks = 0
        self.on_standstill: Callable[[], None] = lambda: None
        """Called where time stands still."""

    def start_clock(self) -> None:
        """Time begins at 0."""

    def current_time(self) -> float:
        """Virtual seconds."""
        self._looks += 1
        if self._looks == _LOOKS:
            self.on_standstill()
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Hop: trio asks this where no task can run. Without any deadline, as at its very start, it wakes itself."""
        if deadline == math.inf:
            return deadline
        if deadline > self._now:
            self._now, self._looks = deadline, 0
        return 0.0


def schedule_by(seed: int) -> None:
    """Let ``seed`` decide in which order trio steps its tasks, which it shuffles otherwise."""
    # The names are private: the version is pinned by the lock, and a simulation that isn't repeatable fails its own
    # test.
    _run._ALLOW_DETERMINISTIC_SCHEDULING = True
    _run._r = random.Random(seed)


def live(main: Callable[[], Awaitable[object]]) -> None:
    """Run ``main`` in virtual time. Raises Violation where that stands still."""
    clock = HoppingClock()

    async def until_standstill() -> None:
        with trio.CancelScope() as scope:
            clock.on_standstill = scope.cancel
            await main()
        if scope.cancelled_caught:
            raise Violation(
                f"time stands still at {clock.current_time():.3f} s: tasks wake each other without end"
            )

    trio.run(until_standstill, clock=clock)


def simulate(seed: int) -> Figures:
    """Live through the day of ``seed`` and judge it. Raises ``judge.Violation``."""
    schedule_by(seed)
    with InlineDatabase() as database:
        world = World(seed, database)
        live(world.run)
        return judge(world)
