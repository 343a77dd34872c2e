"""What errors do: retries, attempts, rests, stops (requirement G16; reliability §2)."""

from __future__ import annotations

from datetime import timedelta

import trio
from trio.testing import MockClock

from gatewayd.message import State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.modes import Mode

from .conftest import Setup


async def test_g16_temporary_fault_is_tried_again_after_its_delay(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 27, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "again")
        await trio.sleep(30)
        view = await setup.look(queue, name)
        assert (view.state, view.wait_reason, view.error) == (State.QUEUED, "retry", "+CMS 27")
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT
    assert setup.air.texts() == ["again"]


async def test_g16_message_fails_with_the_reason_when_its_attempts_are_spent(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].barred["+34600000001"] = 27
    async with setup.running() as queue:
        name = await setup.send(queue, "never")
        await trio.sleep(2 * 3600)
        view = await setup.look(queue, name)
    assert (view.state, view.attempts, view.error) == (State.FAILED, 4, "+CMS 27")
    assert view.error_text == "destination out of service"


async def test_permanent_refusal_is_not_tried_again(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].barred["+34600000001"] = 1
    async with setup.running() as queue:
        name = await setup.send(queue, "nobody")
        await setup.send(queue, "somebody", to="+34600000002")
        await trio.sleep(20)
        view = await setup.look(queue, name)
    assert (view.state, view.attempts, view.error) == (State.FAILED, 1, "+CMS 1")
    assert setup.air.texts() == ["somebody"]


async def test_numbers_that_always_fail_delay_nobody(setup: Setup, autojump_clock: MockClock) -> None:
    setup.interval = 0.0
    line = setup.air.lines["phone1"]
    line.latency = 0.1
    line.barred.update({f"+3460000000{number}": 38 for number in range(1, 4)})
    async with setup.running() as queue:
        for number in range(1, 4):
            await setup.send(queue, "bad", to=f"+3460000000{number}")
        for number in range(5):
            await setup.send(queue, "good", to=f"+3460000001{number}")
        # Three faults in a row may be the network's: the modem rests for seconds, not for good.
        await trio.sleep(10)
        assert setup.air.texts() == ["good"] * 5


async def test_network_outage_spends_no_attempts_but_rests_the_modem(
    setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.refusals = dict.fromkeys(range(1, 40), ("cms", 38, 1.0))
    async with setup.running() as queue:
        names = [await setup.send(queue, str(n), to=f"+3460000001{n}") for n in range(5)]
        await trio.sleep(8 * 3600)
        states = {await setup.state(queue, name) for name in names}
    assert states == {State.SENT}
    assert line.submits >= 40


async def test_fault_of_the_sim_stops_the_modem_and_keeps_its_messages(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 8, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "kept")
        await trio.sleep(600)
        view = await setup.look(queue, name)
        modem = await queue.modem("phone1")
        assert (view.state, view.attempts) == (State.QUEUED, 1)
        assert modem.mode == Mode.STOPPED
        assert "operator determined barring" in (modem.mode_reason or "")
        assert [obstacle.code for obstacle in queue.obstacles()] == ["no_modem"]
        await queue.set_mode("phone1", "running", actor="ana", reason="credit bought")
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT


async def test_stop_holds_over_a_restart(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 8, 1.0)
    async with setup.running() as queue:
        await setup.send(queue, "kept")
        await trio.sleep(60)
    async with setup.running() as queue:
        await trio.sleep(600)
        assert (await queue.modem("phone1")).mode == Mode.STOPPED
    assert setup.air.texts() == []


async def test_modem_fault_climbs_the_reset_ladder_and_loses_nothing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 320, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "kept")
        await trio.sleep(120)
        assert await setup.state(queue, name) in (State.SENT, State.IN_DOUBT)
    assert setup.air.recovered == ["phone1"]


async def test_full_storage_is_emptied_and_the_message_sent(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 322, 1.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "kept")
        await trio.sleep(120)
        assert await setup.state(queue, name) in (State.SENT, State.IN_DOUBT)
    assert setup.air.housekept == ["phone1"]


async def test_answer_later_than_the_radio_timer_leaves_the_message_in_doubt(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 38, 36.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(3600)
        assert await setup.state(queue, name) is State.IN_DOUBT


async def test_silence_after_ctrl_z_leaves_the_message_in_doubt_and_it_is_never_sent_again(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await setup.send(queue, "other", to="+34600000002")
        await trio.sleep(3 * 3600)
        detail = await queue.detail(None, name)
    assert detail.message.state is State.IN_DOUBT
    assert [attempt.outcome for attempt in detail.attempts] == ["unknown"]
    assert [part.state for part in detail.parts] == ["in_doubt"]
    assert setup.air.texts() == ["perhaps", "other"]


async def test_doubt_holds_up_its_recipient_for_the_window_only(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        await setup.send(queue, "perhaps")
        await setup.send(queue, "next")
        await trio.sleep(600)
        assert setup.air.texts() == ["perhaps"]
        await trio.sleep(900)
    assert setup.air.texts() == ["perhaps", "next"]


async def test_modem_that_is_away_sends_nothing_and_goes_on_when_it_is_back(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.change("phone1", LinkState.ABSENT, "unplugged")
    async with setup.running() as queue:
        name = await setup.send(queue, "waiting")
        await trio.sleep(100)
        assert await setup.state(queue, name) is State.QUEUED
        assert "unplugged" in queue.obstacles()[0].message
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(3)
        assert await setup.state(queue, name) is State.SENT
        assert queue.obstacles() == []


async def test_half_sent_message_fails_as_partial_when_its_modem_stays_away(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 40)
        await trio.sleep(4)
        setup.air.change("phone1", LinkState.ABSENT)
        await trio.sleep(500)
        assert await setup.state(queue, name) is State.SENDING
        await trio.sleep(200)
        view = await setup.look(queue, name)
    assert (view.state, view.error, view.parts_sent) == (State.FAILED, "partial", 1)


async def test_message_begun_with_a_doubtful_part_fails_as_partial_when_its_modem_stays_away(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 40)
        await trio.sleep(4)
        setup.air.change("phone1", LinkState.ABSENT)
        await trio.sleep(1000)
        view = await setup.look(queue, name)
        again = await queue.retry(None, name, actor="ana")
        assert again.possible_duplicate
        assert (await setup.look(queue, again.id)).possible_duplicate
    assert (view.state, view.error, view.parts_sent) == (State.FAILED, "partial", 0)


async def test_missing_parts_alone_are_tried_again(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].refusals[1] = ("cms", 27, 1.0)
    text = "abcdefghij" * 40
    async with setup.running() as queue:
        name = await setup.send(queue, text)
        await trio.sleep(300)
        assert await setup.state(queue, name) is State.SENT
    assert "".join(setup.air.texts()) == text


async def test_retry_never_outlives_the_validity(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].barred["+34600000001"] = 27
    async with setup.running() as queue:
        name = await setup.send(queue, "late", expires_at=setup.clock.now() + timedelta(minutes=5))
        await trio.sleep(3600)
        assert await setup.state(queue, name) is State.EXPIRED
