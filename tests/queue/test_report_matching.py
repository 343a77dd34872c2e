"""Which part a delivery report is given to, on the queue itself: its own, or none (invariant 13)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from gatewayd.message import Doubt, State
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.mailbox import DatabaseMailbox
from gatewayd.queue.records import reports as records

from .conftest import Setup
from .reporting import LONG, STILL_TRYING, counted, report, waiting


async def test_report_that_fits_two_messages_is_given_to_neither(
    setup: Setup, autojump_clock: MockClock
) -> None:
    ambiguous = counted("ambiguous")
    async with setup.running() as queue:
        first = await setup.send(queue, "first")
        await trio.sleep(3600)
        setup.air.lines["phone1"].submits = 0  # a modem that forgets its TP-MR
        second = await setup.send(queue, "second")
        await trio.sleep(60)
        report(setup, 0, sent=setup.clock.now() - timedelta(minutes=1))
        assert await setup.state(queue, first) is State.SENT
        assert await setup.state(queue, second) is State.SENT
    assert counted("ambiguous") - ambiguous == 1


async def test_report_finds_its_part_once_the_doubt_beside_it_is_settled(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(1)
    ambiguous = counted("ambiguous")
    async with setup.running() as queue:
        began = setup.clock.now()
        name = await setup.send(queue, LONG)
        await trio.sleep(250)
        assert await setup.state(queue, name) is State.IN_DOUBT
        # It may be about part 2 as well, whose TP-MR nobody knows, and so may the third part's.
        report(setup, 0, sent=began)
        report(setup, 2, sent=began + timedelta(seconds=189))
        assert waiting(setup) == 2
        report(setup, 1, sent=began + timedelta(seconds=8))
        detail = await queue.detail(None, name)
    assert detail.message.state is State.DELIVERED
    assert [part.report for part in detail.parts] == ["delivered"] * 3
    assert (waiting(setup), counted("ambiguous") - ambiguous) == (0, 0)


async def test_report_that_a_doubt_stands_in_the_way_of_is_given_to_nobody_when_the_doubt_is_decided(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(1)
    async with setup.running() as queue:
        began = setup.clock.now()
        name = await setup.send(queue, LONG)
        await trio.sleep(250)
        report(setup, 0, sent=began)
        await queue.resolve(None, name, Verdict.SENT, actor="test", reason="was heard")
        detail = await queue.detail(None, name)
    assert detail.message.state is State.SENT
    assert [part.report for part in detail.parts] == [None] * 3
    assert waiting(setup) == 1


@pytest.mark.parametrize(("minutes", "second"), [(67, State.DELIVERED), (60, State.SENT)])
async def test_parts_of_one_reference_are_told_apart_unless_they_are_a_zone_apart(
    setup: Setup, autojump_clock: MockClock, minutes: int, second: State
) -> None:
    async with setup.running() as queue:
        for _ in range(3):
            mr = setup.air.lines["phone1"].submits
            await setup.send(queue, "before")
            await trio.sleep(3)
            report(setup, mr)
            await trio.sleep(60)
        names = []
        for _ in range(2):
            setup.air.lines["phone1"].submits = 100
            names.append(await setup.send(queue, "same reference"))
            await trio.sleep(60 * minutes)
        report(setup, 100, sent=setup.clock.now() - timedelta(minutes=minutes))
        states = [await setup.state(queue, name) for name in names]
    assert states == [State.SENT, second]


async def test_reference_that_came_round_finds_the_newer_part(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    setup.air.lines["phone1"].latency = 0.4
    async with setup.running() as queue:
        names = [await setup.send(queue, str(n), to=f"+3460{n % 50:07}") for n in range(300)]
        await trio.sleep(200)
        report(setup, 299 % 256, to="+34600000049", sent=setup.clock.now() - timedelta(seconds=80))
        states = [await setup.state(queue, name) for name in names]
    assert states.count(State.DELIVERED) == 1
    assert states[299] is State.DELIVERED


async def test_report_finds_a_part_that_left_while_the_sim_did_not_tell_which_it_is(
    setup: Setup, autojump_clock: MockClock
) -> None:
    iccid = setup.air.status("phone1").iccid
    setup.air.swap_sim("phone1", None)
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        report(setup, 0, sim=iccid)
        assert await setup.state(queue, name) is State.DELIVERED


async def test_report_of_a_later_submit_is_not_taken_for_a_neighbour_s(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """Both parts were sent twice, and what is known of the second is from the report of its first submit."""
    setup.air.lines["phone1"].silent.update({0, 1})
    async with setup.running() as queue:
        name = await setup.send(queue, LONG[:200])
        # By a clock that may be an hour off, the second submit of part 2 is as good as the first one of part 1.
        await trio.sleep(3600)
        await queue.resolve(None, name, Verdict.RESEND, actor="test", reason="was not heard")
        await trio.sleep(60)
        detail = await queue.detail(None, name)
        assert (detail.message.state, len(detail.attempts)) == (State.SENT, 4)
        submit = detail.attempts[-1]
        assert submit.armed_at is not None
        earlier = {
            "report": "temporary",
            "report_status": STILL_TRYING,
            "reported_at": submit.armed_at,
            "scts": submit.armed_at - timedelta(minutes=30),
        }
        setup.database.transact(records.write.change, {"b_message_seq": 1, "b_number": 2, **earlier})
        report(setup, detail.parts[1].mr or 0, sent=submit.armed_at)
        detail = await queue.detail(None, name)
    assert detail.parts[0].report is None


async def test_report_finds_its_part_though_our_clock_was_set_back_between_them(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        sent = setup.clock.now()
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        setup.clock.wall_offset -= timedelta(hours=3)
        report(setup, 0, sent=sent)
        assert await setup.state(queue, name) is State.DELIVERED


async def test_report_finds_its_part_and_not_a_doubtful_one_though_our_clock_was_set_in_the_middle_of_its_submit(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """By what the clock said at its 0x1A the part was sent two hours later: the doubtful one alone would fit."""
    setup.air.lines["phone1"].silent.add(4)
    async with setup.running() as queue:
        for mr in range(3):
            await setup.send(queue, "before", to="+34600000002")
            await trio.sleep(3)
            report(setup, mr, to="+34600000002")
            await trio.sleep(60)
        setup.clock.wall_offset += timedelta(hours=2, minutes=7)
        name = await setup.send(queue, "abcdefghij" * 20)
        await trio.sleep(1)
        setup.clock.wall_offset -= timedelta(hours=2, minutes=7)
        sent = setup.clock.now()
        await trio.sleep(250)
        report(setup, 3, sent=sent)
        detail = await queue.detail(None, name)
        assert [part.report for part in detail.parts] == [None, None], "both may be meant"
        report(setup, 4, sent=sent + timedelta(seconds=100))
        detail = await queue.detail(None, name)
    assert [part.report for part in detail.parts] == ["delivered", "delivered"]


async def test_report_that_waits_is_not_about_a_part_that_was_tried_after_it_came(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        report(setup, 0)
        await trio.sleep(1)
        setup.clock.wall_offset -= timedelta(seconds=1)
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        assert await setup.state(queue, name) is State.SENT
    assert waiting(setup) == 1


async def test_part_belongs_to_the_sim_that_took_it_and_not_to_that_of_a_refused_try(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 42, 2.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(5)
        setup.air.swap_sim("phone1", None)
        await trio.sleep(600)
        detail = await queue.detail(None, name)
        assert detail.message.state is State.SENT
        report(setup, 1, sim="8934999900000000001")
        assert await setup.state(queue, name) is State.DELIVERED


async def test_report_that_waited_for_a_doubtful_neighbour_is_given_once_a_late_answer_settles_that(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    mailbox = DatabaseMailbox(setup.database, scheduler.owed, setup.clock)
    setup.air.lines["phone1"].silent.add(1)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        sent = setup.clock.now()
        name = await setup.send(queue, "one")
        await trio.sleep(3)
        await setup.send(queue, "two")
        await trio.sleep(12)
        report(setup, 0, sent=sent)
        await trio.sleep(400)
        assert await setup.state(queue, name) is State.SENT
        await mailbox.late(setup.air.status("phone1"), setup.air.lines["phone1"].stamps[1], 1, None)
        assert await setup.state(queue, name) is State.DELIVERED
        nursery.cancel_scope.cancel()


async def test_report_that_came_before_a_submit_was_cut_off_by_the_end_settles_its_doubt(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, scheduler = setup.build()
    setup.air.lines["phone1"].silent.add(0)
    async with trio.open_nursery() as nursery:
        await nursery.start(scheduler.run)
        sent = setup.clock.now()
        name = await setup.send(queue, "perhaps", in_doubt=Doubt.RESEND)
        await trio.sleep(5)
        report(setup, 0, sent=sent)
        await scheduler.drain(5)
        nursery.cancel_scope.cancel()
    async with setup.running() as queue:
        await trio.sleep(1_200)
        assert await setup.state(queue, name) is State.DELIVERED
    assert setup.air.texts() == ["perhaps"]
