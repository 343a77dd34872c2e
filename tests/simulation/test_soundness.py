"""What the queue writes in simulated days is sound to `gatewayd verify`, and time that stands still is noticed."""

from __future__ import annotations

import pytest
import trio

from gatewayd.store.inline import InlineDatabase
from gatewayd.supervisor.verification import CHECKS
from gatewayd.wakeup import Wakeup
from tests.simulation.judge import Violation
from tests.simulation.running import live, schedule_by
from tests.simulation.world import World
from tests.verifying import findings


@pytest.mark.parametrize("seed", range(3))
def test_simulated_day_is_sound(seed: int) -> None:
    schedule_by(seed)
    with InlineDatabase() as database:
        world = World(seed, database)
        live(world.run)
        assert findings(database, *CHECKS.values()) == []
        assert database.transact(CHECKS["messages"], "").rows == len(world.names)


def test_tasks_that_wake_each_other_without_end_are_noticed() -> None:
    with pytest.raises(Violation, match=r"time stands still at 5\.000 s"):
        live(_to_and_fro)


async def _to_and_fro() -> None:
    await trio.sleep(5)
    one, other = Wakeup(), Wakeup()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_answer, one, other)
        nursery.start_soon(_answer, other, one)
        one.ring()


async def _answer(own: Wakeup, others: Wakeup) -> None:
    while True:
        await own.wait(trio.current_time() + 60)
        others.ring()
