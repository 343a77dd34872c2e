from __future__ import annotations

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from gatewayd.wakeup import Wakeup


async def test_wakeup_rung_before_the_wait_is_not_lost() -> None:
    wakeup = Wakeup()
    wakeup.ring()
    assert await wakeup.wait()


async def test_wakeup_rung_during_the_wait_ends_it(nursery: trio.Nursery) -> None:
    wakeup = Wakeup()
    woken = []

    async def waiter() -> None:
        woken.append(await wakeup.wait())

    nursery.start_soon(waiter)
    await wait_all_tasks_blocked()
    assert woken == []
    wakeup.ring()
    await wait_all_tasks_blocked()
    assert woken == [True]


async def test_wakeup_without_a_ring_ends_at_its_time(autojump_clock: MockClock) -> None:
    begin = trio.current_time()
    assert not await Wakeup().wait(until=begin + 7)
    assert trio.current_time() == begin + 7


async def test_wakeup_rung_several_times_wakes_once(autojump_clock: MockClock) -> None:
    wakeup = Wakeup()
    wakeup.ring()
    wakeup.ring()
    assert await wakeup.wait()
    assert not await wakeup.wait(until=trio.current_time() + 1)


async def test_wakeup_rung_with_its_time_already_over_still_counts_as_rung() -> None:
    wakeup = Wakeup()
    wakeup.ring()
    assert await wakeup.wait(until=trio.current_time() - 1)
