"""Delivery reports on their way to a part and its message (peers §3 no. 9; invariants 5, 9, 13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import trio
from prometheus_client import REGISTRY
from trio.testing import MockClock

from gatewayd.message import Doubt, State
from gatewayd.modem.simulator.deliveries import encode_report
from gatewayd.queue import doubt
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.records import reports as records
from gatewayd.queue.reports import forget_reports, take_report
from gatewayd.queue.service import Queue

from .conftest import Setup

LONG = "abcdefghij" * 40
TO = "+34600000001"
HANDSET, STILL_TRYING, EXPIRED = 0x00, 0x22, 0x46


def report(
    setup: Setup,
    mr: int,
    status: int = HANDSET,
    *,
    to: str = TO,
    sent: datetime | None = None,
    sim: str | None = "",
) -> None:
    """A report comes to phone1, of a part that the service centre got at ``sent`` (now unless given)."""
    octets = encode_report(mr=mr, to=to, smsc="+34609090909", at=sent or setup.clock.now(), status=status)
    iccid = setup.air.status("phone1").iccid if sim == "" else sim
    setup.database.transact(take_report, "phone1", iccid, octets, setup.clock.now())


def counted(result: str) -> float:
    labels = {"modem": "phone1", "result": result}
    return REGISTRY.get_sample_value("gatewayd_reports_total", labels) or 0.0


def waiting(setup: Setup) -> int:
    iccid = setup.air.status("phone1").iccid
    values = {"sim": iccid, "mr": None, "lately": setup.clock.now()}
    return len(setup.database.transact(records.waiting.all, values))


async def kinds(queue: Queue, name: str) -> Sequence[str]:
    return [change.kind.removeprefix("message.") for change in (await queue.detail(None, name)).timeline]


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


# --- in doubt ------------------------------------------------------------------------------------------------------


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
