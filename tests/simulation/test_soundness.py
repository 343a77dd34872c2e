"""What the queue writes in simulated days is sound to `gatewayd verify`."""

from __future__ import annotations

import pytest
import trio

from gatewayd.store.inline import InlineDatabase
from gatewayd.supervisor.verification import CHECKS
from tests.simulation.running import HoppingClock, schedule_by
from tests.simulation.world import World
from tests.verifying import findings


@pytest.mark.parametrize("seed", range(3))
def test_simulated_day_is_sound(seed: int) -> None:
    schedule_by(seed)
    with InlineDatabase() as database:
        world = World(seed, database)
        trio.run(world.run, clock=HoppingClock())
        assert findings(database, *CHECKS.values()) == []
        assert database.transact(CHECKS["messages"], "").rows == len(world.names)
