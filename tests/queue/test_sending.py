"""From accepted to sent: pace, priority, turns, order, parts (requirements G13 to G16)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from gatewayd.message import Order, Priority, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.settings import QueueSettings, RouteSettings

from .air import Air
from .conftest import Setup


async def test_message_is_accepted_queued_and_then_sent(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello")
        assert await setup.state(queue, name) in (State.QUEUED, State.SENDING)
        await trio.sleep(10)
        view = await setup.look(queue, name)
        assert view.state is State.SENT
        assert view.parts_sent == 1
        assert view.sent_at is not None
        assert setup.air.texts() == ["hello"]


async def test_g15_messages_leave_in_order_and_never_closer_than_the_interval(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        for number in range(20):
            await setup.send(queue, str(number), to=f"+346000000{number:02d}")
        await trio.sleep(200)
    assert setup.air.texts() == [str(number) for number in range(20)]
    gaps = [b.at - a.at for a, b in pairwise(setup.air.ledger)]
    assert min(gaps) >= 7.0
    assert max(gaps) <= 7.01


async def test_pace_holds_over_a_restart(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "before")
        await trio.sleep(3)
    async with setup.running() as queue:
        await setup.send(queue, "after")
        await trio.sleep(60)
    first, second = setup.air.ledger
    assert second.at - first.at >= 7.0


async def test_pace_holds_where_the_clock_was_set_back(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "before")
        await trio.sleep(3)
    setup.clock.boot_id = "another"
    setup.clock.wall_offset = -timedelta(days=3650)
    async with setup.running() as queue:
        await setup.send(queue, "after")
        await trio.sleep(60)
    first, second = setup.air.ledger
    assert second.at - first.at >= 7.0


async def test_emergency_goes_before_everything_that_waits(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        for number in range(50):
            await setup.send(queue, f"bulk {number}", to=f"+346000001{number:02d}", priority=Priority.BULK)
        await trio.sleep(20)
        sent_before = len(setup.air.ledger)
        await setup.send(queue, "fire", to="+34600000099", priority=Priority.EMERGENCY)
        await trio.sleep(8)
    assert setup.air.texts().index("fire") <= sent_before + 1


async def test_clients_take_turns_however_much_one_of_them_queues(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        for number in range(30):
            await setup.send(queue, f"big {number}", to=f"+346000001{number:02d}", client="big")
        for number in range(3):
            await setup.send(queue, f"small {number}", to=f"+346000002{number:02d}", client="small")
        await trio.sleep(8 * 7)
    small = [place for place, text in enumerate(setup.air.texts()) if text.startswith("small")]
    assert len(small) == 3
    assert small[-1] <= 6


async def test_parts_of_a_message_leave_together_and_only_an_urgent_message_comes_between(
    setup: Setup, autojump_clock: MockClock
) -> None:
    text = "abcdefghij" * 40
    async with setup.running() as queue:
        long = await setup.send(queue, text, to="+34600000011")
        await setup.send(queue, "other", to="+34600000012")
        await trio.sleep(5)
        await setup.send(queue, "urgent", to="+34600000013", priority=Priority.HIGH)
        await trio.sleep(60)
        assert (await setup.look(queue, long)).parts_sent == 3
    order = [heard.to[-2:] for heard in setup.air.ledger]
    assert order == ["11", "13", "11", "11", "12"]
    assert "".join(heard.text for heard in setup.air.ledger if heard.to.endswith("11")) == text


async def test_messages_to_one_recipient_keep_their_order_over_a_short_back_off(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 41, 1.0)
    async with setup.running() as queue:
        await setup.send(queue, "first")
        await setup.send(queue, "second")
        await trio.sleep(100)
    assert setup.air.texts() == ["first", "second"]


async def test_later_message_passes_one_that_waits_long_and_that_shows(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.settings = QueueSettings(retry_delays=(600.0,))
    setup.air.lines["phone1"].refusals[0] = ("cms", 27, 1.0)
    async with setup.running() as queue:
        first = await setup.send(queue, "first")
        await setup.send(queue, "second")
        await trio.sleep(100)
        assert setup.air.texts() == ["second"]
        assert (await setup.look(queue, first)).overtaken
        await trio.sleep(700)
    assert setup.air.texts() == ["second", "first"]


@pytest.mark.parametrize(("order", "passes"), [(Order.STRICT, False), (Order.RELAXED, True)])
async def test_message_for_a_modem_that_is_away_is_passed_unless_its_order_is_strict(
    setup: Setup, autojump_clock: MockClock, order: Order, passes: bool
) -> None:
    setup.modems, setup.air = ("phone1", "phone2"), Air(("phone1", "phone2"))
    setup.air.change("phone2", LinkState.ABSENT)
    async with setup.running() as queue:
        first = await setup.send(queue, "first", modem="phone2", order=order)
        await setup.send(queue, "second")
        await trio.sleep(60)
        assert setup.air.texts() == (["second"] if passes else [])
        assert (await setup.look(queue, first)).overtaken is passes
        setup.air.change("phone2", LinkState.READY)
        await trio.sleep(60)
    assert setup.air.texts() == (["second", "first"] if passes else ["first", "second"])


async def test_scheduled_message_leaves_at_its_time_and_holds_up_nobody(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        at = setup.clock.now() + timedelta(hours=2)
        later = await setup.send(queue, "later", send_at=at)
        await setup.send(queue, "now")
        assert (await setup.look(queue, later)).wait_reason == "scheduled"
        await trio.sleep(3600)
        assert setup.air.texts() == ["now"]
        await trio.sleep(3600 + 10)
    assert setup.air.texts() == ["now", "later"]


async def test_message_expires_unsent_when_its_validity_ends(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        await setup.send(queue, "first")
        expires_at = setup.clock.now() + timedelta(seconds=5)
        name = await setup.send(queue, "late", to="+34600000002", expires_at=expires_at)
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.EXPIRED
    assert setup.air.texts() == ["first"]


async def test_two_modems_share_the_work(setup: Setup, autojump_clock: MockClock) -> None:
    setup.modems = ("phone1", "phone2")
    setup.__post_init__()
    async with setup.running() as queue:
        for number in range(10):
            await setup.send(queue, str(number), to=f"+346000000{number:02d}")
        await trio.sleep(36)
    assert len(setup.air.ledger) == 10
    assert {heard.modem for heard in setup.air.ledger} == {"phone1", "phone2"}


async def test_route_keeps_messages_on_its_modems_and_a_pinned_one_on_its_own(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.modems = ("phone1", "phone2")
    setup.routes = [RouteSettings(name="portugal", prefixes=("+351",), modems=("phone2",))]
    setup.__post_init__()
    async with setup.running() as queue:
        for number in range(4):
            await setup.send(queue, "pt", to=f"+35191200000{number}")
        await setup.send(queue, "pinned", modem="phone1")
        await trio.sleep(60)
    by_text = {(heard.text, heard.modem) for heard in setup.air.ledger}
    assert by_text == {("pt", "phone2"), ("pinned", "phone1")}


async def test_many_messages_to_one_recipient_are_parked_once_and_not_at_each_turn(
    setup: Setup, autojump_clock: MockClock
) -> None:
    both = Setup(setup.database, modems=("phone1", "phone2"), interval=0.0)
    async with both.running() as queue:
        for number in range(20):
            await both.send(queue, str(number))
        await trio.sleep(5)
        waiting = both.database.transact(
            lambda tx: tx.raw.execute("SELECT count(*) FROM message WHERE wait_reason = 'order'").fetchone()
        )
        assert waiting[0] >= 15
        await trio.sleep(60)
    assert both.air.texts() == [str(number) for number in range(20)]


async def test_one_who_waits_for_another_modem_does_not_keep_the_lane_asleep(
    setup: Setup, autojump_clock: MockClock
) -> None:
    both = Setup(setup.database, modems=("phone1", "phone2"))
    async with both.running() as queue:
        await queue.set_mode("phone2", "paused", actor="test", reason=None)
        await both.send(queue, "first")
        await both.send(queue, "pinned", modem="phone2")
        await both.send(queue, "third")
        await trio.sleep(30)
    assert both.air.texts() == ["first", "third"]


async def test_cancelled_queue_without_a_pace_stops_after_the_running_submit(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    async with setup.running() as queue:
        names = [await setup.send(queue, str(number), to=f"+3460000000{number}") for number in range(5)]
        await trio.sleep(1)
    assert setup.air.texts() == ["0"]
    assert [await setup.state(queue, name) for name in names] == [State.SENT] + [State.QUEUED] * 4
