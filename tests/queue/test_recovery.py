"""A start after a crash: nothing lost, nothing doubled (reliability, invariants 2, 3, 4, 6)."""

from __future__ import annotations

from functools import partial

import trio
from trio.testing import MockClock

from gatewayd.message import State
from gatewayd.queue import accepting
from gatewayd.queue.draft import Draft
from gatewayd.queue.view import Query

from .conftest import Setup


async def test_attempt_that_was_not_armed_goes_back_to_the_queue(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].before_ctrl_z = partial(trio.sleep, 50)
    async with setup.running() as queue:
        name = await setup.send(queue, "kept")
        await trio.sleep(5)
        assert await setup.state(queue, name) is State.SENDING
        setup.cut_power()
    setup.air.lines["phone1"].before_ctrl_z = None
    async with setup.running() as queue:
        await trio.sleep(30)
        detail = await queue.detail(None, name)
    assert detail.message.state is State.SENT
    assert [attempt.outcome for attempt in detail.attempts] == ["withdrawn", "accepted"]
    assert setup.air.texts() == ["kept"]


async def test_attempt_that_was_armed_is_in_doubt_and_not_sent_again(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].latency = 100.0
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(5)
        setup.cut_power()
    setup.air.lines["phone1"].latency = 2.0
    async with setup.running() as queue:
        await setup.send(queue, "other", to="+34600000002")
        await trio.sleep(3600)
        view = await setup.look(queue, name)
    assert view.state is State.IN_DOUBT
    assert setup.air.texts() == ["perhaps", "other"]
    first, second = setup.air.ledger
    assert second.at - first.at >= 7.0


async def test_unanswered_array_vanishes(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    client, now = await setup.client(), setup.clock.now()
    prepared = queue.prepare(Draft(to="+34600000001", text="staged"))
    batch = setup.database.transact(accepting.open_batch, client, now)
    setup.database.transact(accepting.stage, [accepting.row_of(prepared, client, "", now, batch=batch)])
    async with setup.running() as queue:
        await trio.sleep(60)
        assert (await queue.find(Query())).messages == ()
    assert setup.air.texts() == []


async def test_half_sent_message_goes_on_after_a_restart(setup: Setup, autojump_clock: MockClock) -> None:
    text = "abcdefghij" * 40
    async with setup.running() as queue:
        name = await setup.send(queue, text)
        await trio.sleep(4)
    async with setup.running() as queue:
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT
    assert "".join(setup.air.texts()) == text


async def test_submit_longer_than_the_grace_is_in_doubt_at_the_stop(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].latency = 100.0
    queue, scheduler = setup.build()
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await setup.send(queue, "perhaps")
        await trio.sleep(5)
        began = trio.current_time()
        await scheduler.drain(30.0)
        nursery.cancel_scope.cancel()
    assert trio.current_time() - began == 30.0
    assert await setup.state(queue, name) is State.IN_DOUBT


async def test_submit_within_the_grace_is_written_as_sent_and_nothing_follows(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    setup.interval = 0.0
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        name = await setup.send(queue, "last")
        waiting = await setup.send(queue, "waiting", to="+34600000002")
        await trio.sleep(1)
        await scheduler.drain(30.0)
        nursery.cancel_scope.cancel()
    assert await setup.state(queue, name) is State.SENT
    assert await setup.state(queue, waiting) is State.QUEUED


async def test_modem_that_may_still_answer_for_the_process_before_is_suspected_for_ten_minutes(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        await setup.send(queue, "perhaps")
        await trio.sleep(5)
        setup.cut_power()
    for seconds, suspected in ((300, ["phone1"]), (300, ["phone1"] * 2), (300, ["phone1"] * 2)):
        async with setup.running():
            assert setup.air.suspected == suspected
        await trio.sleep(seconds)
