"""Run one seed of the simulation, the same each time."""

from __future__ import annotations

import random

import trio
from trio._core import _run
from trio.testing import MockClock

from gatewayd.store.inline import InlineDatabase
from tests.simulation.judge import Figures, judge
from tests.simulation.world import World


def schedule_by(seed: int) -> None:
    """Let ``seed`` decide in which order trio steps its tasks, which it shuffles otherwise."""
    # The names are private: the version is pinned by the lock, and a simulation that isn't repeatable fails its own
    # test.
    _run._ALLOW_DETERMINISTIC_SCHEDULING = True
    _run._r = random.Random(seed)


def simulate(seed: int) -> Figures:
    """Live through the day of ``seed`` and judge it. Raises ``judge.Violation``."""
    schedule_by(seed)
    with InlineDatabase() as database:
        world = World(seed, database)
        trio.run(world.run, clock=MockClock(autojump_threshold=0))
        return judge(world)
