"""Delivery reports and what they make of a part and its message (peers §3 no. 9; invariants 5, 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from gatewayd.message import Doubt, State
from gatewayd.queue import doubt
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.reports import forget_reports, take_report

from .conftest import Setup
from .reporting import EXPIRED, HANDSET, LONG, STILL_TRYING, counted, kinds, report, waiting


async def test_message_is_delivered_when_its_report_says_so(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", report=True)
        await trio.sleep(10)
        assert await setup.state(queue, name) is State.SENT
        handed_over = setup.clock.now().replace(microsecond=0)
        report(setup, 0)
        detail = await queue.detail(None, name)
    assert (detail.message.state, detail.message.delivered_at) == (State.DELIVERED, handed_over)
    part = detail.parts[0]
    assert (part.report, part.report_status, part.reported_at) == ("delivered", 0, handed_over)
    assert (await kinds(queue, name))[-2:] == ["sent", "delivered"]


async def test_message_is_undelivered_with_the_reason_when_the_network_gave_up(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        report(setup, 0, EXPIRED)
        view = await setup.look(queue, name)
    assert view.state is State.UNDELIVERED
    assert (view.error, view.error_text) == ("TP-ST 0x46", "validity period expired")


async def test_temporary_report_leaves_the_message_open_for_the_final_one(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        sent = setup.clock.now()
        report(setup, 0, STILL_TRYING, sent=sent)
        detail = await queue.detail(None, name)
        assert (detail.message.state, detail.parts[0].report) == (State.SENT, "temporary")
        await trio.sleep(3600)
        report(setup, 0, HANDSET, sent=sent)
        assert await setup.state(queue, name) is State.DELIVERED


async def test_doubled_report_does_nothing_the_second_time(setup: Setup, autojump_clock: MockClock) -> None:
    repeated = counted("repeated")
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        sent = setup.clock.now()
        for _ in range(2):
            report(setup, 0, sent=sent)
        report(setup, 0, STILL_TRYING, sent=sent)
        assert (await kinds(queue, name)).count("delivered") == 1
    assert counted("repeated") - repeated == 2
    assert waiting(setup) == 0


async def test_report_that_comes_before_its_answer_waits_for_it(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].latency = 5.0
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(2)
        report(setup, 0)
        report(setup, 0)
        assert (await setup.state(queue, name), waiting(setup)) == (State.SENDING, 1)
        await trio.sleep(10)
        assert (await setup.state(queue, name), waiting(setup)) == (State.DELIVERED, 0)
        assert (await kinds(queue, name))[-2:] == ["sent", "delivered"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
async def test_long_message_is_delivered_when_all_its_parts_are(
    order: tuple[int, ...], setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(30)
        for mr in order:
            assert await setup.state(queue, name) is State.SENT
            report(setup, mr, sent=setup.clock.now() - timedelta(seconds=28 - 7 * mr))
        assert await setup.state(queue, name) is State.DELIVERED


async def test_long_message_is_undelivered_as_soon_as_one_part_is(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(30)
        report(setup, 1, EXPIRED, sent=setup.clock.now() - timedelta(seconds=21))
        assert await setup.state(queue, name) is State.UNDELIVERED
        report(setup, 0, sent=setup.clock.now() - timedelta(seconds=28))
        detail = await queue.detail(None, name)
    assert [part.report for part in detail.parts] == ["delivered", "failed", None]
    assert detail.message.state is State.UNDELIVERED


async def test_part_that_failed_before_the_others_were_sent_counts_once_they_are(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, LONG)
        await trio.sleep(5)
        report(setup, 0, EXPIRED)
        assert await setup.state(queue, name) is State.SENDING
        await trio.sleep(30)
        assert await setup.state(queue, name) is State.UNDELIVERED
    assert len(setup.air.ledger) == 3


async def test_report_after_a_restart_finds_its_part(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        sent = setup.clock.now()
    await trio.sleep(5 * 3600)
    async with setup.running() as queue:
        report(setup, 0, sent=sent)
        assert await setup.state(queue, name) is State.DELIVERED


@pytest.mark.parametrize("what", [{"sim": "8934999"}, {"sim": None}, {"to": "+34600000009"}, {"mr": 1}])
async def test_report_of_something_else_is_kept_a_day_and_dropped(
    what: dict[str, object], setup: Setup, autojump_clock: MockClock
) -> None:
    dropped = counted("dropped")
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        report(setup, **({"mr": 0} | what))  # type: ignore[arg-type]
        assert await setup.state(queue, name) is State.SENT
        assert setup.database.transact(forget_reports, setup.clock.now(), 100) == 0
        later = setup.clock.now() + timedelta(seconds=1)
        assert setup.database.transact(forget_reports, later, 0) == 0
        assert setup.database.transact(forget_reports, later, 100) == 1
    assert counted("dropped") - dropped == 1


async def test_times_are_told_by_our_clock_whatever_zone_the_service_centre_keeps(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        report(setup, 0, sent=setup.clock.now() + timedelta(hours=5, minutes=30))
        view = await setup.look(queue, name)
    assert view.delivered_at == setup.clock.now().replace(microsecond=0)


async def test_unreadable_report_is_counted_and_nothing_else(setup: Setup, autojump_clock: MockClock) -> None:
    garbled = counted("garbled")
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        await trio.sleep(10)
        setup.database.transact(take_report, "phone1", None, b"\x00\x02", setup.clock.now())
        assert await setup.state(queue, name) is State.SENT
    assert (counted("garbled") - garbled, waiting(setup)) == (1, 0)


async def test_report_settles_a_doubt_and_delivers(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(200)
        assert await setup.state(queue, name) is State.IN_DOUBT
        report(setup, 42, sent=setup.clock.now() - timedelta(seconds=190))
        detail = await queue.detail(None, name)
        assert (await kinds(queue, name))[-3:] == ["in_doubt", "sent", "delivered"]
    assert (detail.parts[0].state, detail.parts[0].mr) == ("sent", 42)
    assert setup.air.texts() == ["perhaps"]


async def test_report_that_came_while_the_submit_was_unanswered_settles_the_doubt_at_once(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(10)
        report(setup, 42)
        await trio.sleep(200)
        assert (await kinds(queue, name))[-3:] == ["in_doubt", "sent", "delivered"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_report_around_a_crash_settles_its_doubt_without_a_person(
    when: str, setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].latency = 100.0
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(1)
        sent = setup.clock.now()
        if when == "before":
            report(setup, 42, sent=sent)
        setup.cut_power()
    setup.air.lines["phone1"].latency = 2.0
    async with setup.running() as queue:
        await trio.sleep(20)
        if when == "after":
            assert await setup.state(queue, name) is State.IN_DOUBT
            report(setup, 42, sent=sent)
        assert await setup.state(queue, name) is State.DELIVERED
    assert setup.air.texts() == ["perhaps"]


async def test_report_from_long_after_the_submit_is_no_evidence(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(600)
        report(setup, 42)
        assert await setup.state(queue, name) is State.IN_DOUBT


async def test_report_proves_a_verdict_wrong(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "perhaps")
        await trio.sleep(200)
        sent = setup.clock.now() - timedelta(seconds=198)
        setup.database.transact(
            lambda tx: doubt.resolve(
                tx, None, name, Verdict.FAILED, actor="ana", reason="no", at=setup.clock.now()
            )
        )
        report(setup, 42, sent=sent)
        assert (await kinds(queue, name))[-3:] == ["failed", "sent", "delivered"]
        view = await setup.look(queue, name)
    assert (view.state, view.corrected, view.error) == (State.DELIVERED, True, None)


async def test_part_that_failed_counts_when_the_doubtful_other_is_taken_as_sent(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(1)
    async with setup.running() as queue:
        name = await setup.send(queue, "abcdefghij" * 20, in_doubt=Doubt.ASSUME_SENT)
        await trio.sleep(5)
        report(setup, 0, EXPIRED)
        await trio.sleep(300)
        assert await setup.state(queue, name) is State.IN_DOUBT
        await trio.sleep(1000)
        assert (await kinds(queue, name))[-2:] == ["sent", "undelivered"]
