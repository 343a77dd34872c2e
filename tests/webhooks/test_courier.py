"""Telling webhooks, in virtual time."""

from __future__ import annotations

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.webhooks.progress import PLAN
from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.view import Condition
from tests.power import PowerCut

from .conftest import ADMIN, Setup, suppress_power_cut

DAY = 86_400.0


async def test_events_are_told_in_order_signed_and_once(setup: Setup, autojump_clock: MockClock) -> None:
    receiver = setup.receiver()
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.queued", "message.sending", "message.sent")
        await trio.sleep(1)
        await setup.happen("message.delivered")
        await trio.sleep(1)
    assert [got.payload["type"] for got in receiver.got] == [
        "message.queued",
        "message.sending",
        "message.sent",
        "message.delivered",
    ]
    assert receiver.numbers == [1, 2, 3, 4]
    assert all(got.signed_by(issued.secret) for got in receiver.got)
    first = receiver.got[0]
    assert first.payload == {
        "type": "message.queued",
        "timestamp": "2026-01-05T08:00:00Z",
        "seq": 1,
        "data": {"id": "m1", "texts": "received", "state": "message.queued"},
    }
    assert first.headers["content-type"] == "application/json"
    assert first.headers["host"] == "shop.example"


async def test_events_before_the_webhook_was_added_are_not_told(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    await setup.happen("message.sent")
    await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
    assert receiver.numbers == [2]


async def test_refused_event_is_tried_by_the_plan_and_those_behind_it_wait(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        first, second = await setup.happen("message.sent", "message.delivered")
        await trio.sleep(60)
        assert receiver.numbers == [first, first]
        receiver.status = 200
        await trio.sleep(400)
    assert receiver.numbers == [first, first, first, second]
    assert len(set(receiver.ids)) == 2
    waits = [later.at - earlier.at for earlier, later in zip(receiver.got, receiver.got[1:3], strict=False)]
    assert all(planned <= wait <= planned * 1.1 + 0.1 for wait, planned in zip(waits, PLAN[1:3], strict=True))
    assert receiver.got[0].body == receiver.got[2].body
    assert (await setup.look(issued)).condition is Condition.WORKING


async def test_event_that_is_never_taken_becomes_a_dead_letter_and_the_next_begins(
    setup: Setup, autojump_clock: MockClock
) -> None:
    poison = 1
    receiver = setup.receiver(judge=lambda got: 422 if got.payload["seq"] == poison else 204)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent", "message.delivered", "message.queued")
        await trio.sleep(sum(PLAN) * 1.1 + 3600)
        view = await setup.look(issued)
        page = await setup.webhooks.dead_letters(ADMIN, issued.webhook.id)
    assert receiver.numbers == [1] * len(PLAN) + [2, 3]
    assert len(set(receiver.ids)) == 3
    (dead,) = page.dead_letters
    assert (dead.seq, dead.kind, dead.tries, dead.status) == (1, "message.sent", 10, 422)
    assert dead.event_id == receiver.ids[0]
    assert (view.dead_letters, view.condition, view.failures) == (1, Condition.WORKING, 0)
    assert kinds(setup) == ["message.sent", "message.delivered", "message.queued", "webhook.dead_letter"]


async def test_stopped_receiver_for_a_day_loses_nothing_delays_nobody_and_keeps_the_order(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """reliability.md §5, invariant 12; the issue's "a stopped webhook receiver for a virtual day"."""
    stopped, other = setup.receiver("stopped.example", status=503), setup.receiver("other.example")
    await setup.add("stopped.example")
    await setup.add("other.example")
    delays = []
    async with setup.running():
        for _ in range(24):
            (seq,) = await setup.happen("message.sent")
            begun = trio.current_time()
            await trio.sleep(3600)
            delays += [got.at - begun for got in other.got if got.payload["seq"] == seq]
        assert set(stopped.numbers) == {1}
        stopped.status = 200
        await trio.sleep(DAY)
    assert len(delays) == 24
    assert max(delays) < 0.1
    assert other.numbers == list(range(1, 25))
    tries = stopped.numbers.count(1)
    assert 2 < tries < len(PLAN)
    assert stopped.numbers == [1] * tries + list(range(2, 25))
    assert len(set(stopped.ids)) == 24
    assert set(stopped.ids) == set(other.ids)


async def test_slow_receiver_delays_nobody(setup: Setup, autojump_clock: MockClock) -> None:
    slow, quick = setup.receiver("slow.example", delay=14), setup.receiver("quick.example")
    await setup.add("slow.example")
    await setup.add("quick.example")
    async with setup.running():
        await setup.happen(*["message.sent"] * 10)
        await trio.sleep(0.5)
        assert quick.numbers == list(range(1, 11))
        assert slow.numbers == [1]
        await trio.sleep(10 * 14)
    assert slow.numbers == list(range(1, 11))


async def test_receiver_that_does_not_answer_in_time_is_given_up_and_tried_again(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(delay=60)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(15.5)
        view = await setup.look(issued)
        assert (view.failures, view.last_status, view.last_error) == (1, None, "no answer within 15 s")
        receiver.delay = 0
        await trio.sleep(10)
    assert receiver.numbers == [1, 1]
    assert receiver.ids[0] == receiver.ids[1]


async def test_receiver_that_is_not_there_is_tried_again(setup: Setup, autojump_clock: MockClock) -> None:
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
        view = await setup.look(issued)
        assert (view.condition, view.last_error, view.pending) == (Condition.FAILING, "nobody is there", 1)
        receiver = setup.receiver()
        await trio.sleep(10)
    assert receiver.numbers == [1]


@pytest.mark.parametrize("status", [429, 503])
async def test_busy_receiver_decides_how_long_it_is_left_alone(
    setup: Setup, status: int, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=status, headers={"retry-after": "120"})
    await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(119)
        assert len(receiver.got) == 1
        await trio.sleep(2)
    assert len(receiver.got) == 2


async def test_receiver_that_is_gone_is_disabled_and_nothing_is_lost(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=410)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent", "message.delivered")
        await trio.sleep(DAY)
        view = await setup.look(issued)
        assert (view.condition, view.disabled_reason) == (
            Condition.DISABLED,
            "the receiver answered 410 Gone",
        )
        assert len(receiver.got) == 1
        assert kinds(setup)[-1] == "webhook.disabled"
        receiver.status = 200
        await setup.webhooks.enable(ADMIN, issued.webhook.id)
        await trio.sleep(1)
    assert receiver.numbers == [1, 1, 2]


async def test_redirect_is_a_failure_and_not_followed(setup: Setup, autojump_clock: MockClock) -> None:
    elsewhere = setup.receiver("elsewhere.example")
    receiver = setup.receiver(status=302, headers={"location": "https://elsewhere.example/"})
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
        view = await setup.look(issued)
    assert (view.last_status, view.last_error) == (302, "302: the receiver redirects, which is not followed")
    assert (len(receiver.got), len(elsewhere.got)) == (1, 0)


async def test_webhook_that_fails_for_days_is_disabled_with_an_event(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        await setup.happen(*["message.sent"] * 3)
        await trio.sleep(8 * DAY)
        view = await setup.look(issued)
        tried = len(receiver.got)
        await trio.sleep(8 * DAY)
    assert view.condition is Condition.DISABLED
    assert view.disabled_reason is not None
    assert view.disabled_reason.startswith("failing since 5.")
    assert len(receiver.got) == tried
    assert view.dead_letters == 1
    assert view.pending == len(kinds(setup)) - 1
    assert kinds(setup)[-1] == "webhook.disabled"


async def test_breaker_opens_after_failures_in_a_row_and_spaces_the_next_events(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.settings = WebhooksSettings(breaker_failures=3, breaker_pause=600)
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent", "message.delivered")
        await trio.sleep(345)
        view = await setup.look(issued)
        assert view.condition is Condition.OPEN
        assert view.breaker_open_until is not None
        # A person puts the event aside: the next one begins, and the breaker with it.
        await setup.webhooks.skip(ADMIN, issued.webhook.id, "not wanted any more")
        await trio.sleep(1)
        assert receiver.numbers == [1, 1, 1, 2]
        await trio.sleep(345)
        assert (await setup.look(issued)).condition is Condition.OPEN
        receiver.status = 200
        await trio.sleep(2000)
        assert (await setup.look(issued)).condition is Condition.WORKING


async def test_plan_goes_on_after_a_restart(setup: Setup, autojump_clock: MockClock) -> None:
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(10)
    assert len(receiver.got) == 2
    async with setup.running():
        await trio.sleep(200)
        assert len(receiver.got) == 2
        assert (await setup.look(issued)).tries == 2
        await trio.sleep(200)
    assert len(receiver.got) == 3


async def test_call_that_is_cut_by_a_stop_is_made_again_with_the_same_id(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(delay=5)
    await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
    receiver.delay = 0
    async with setup.running():
        await trio.sleep(1)
    assert receiver.numbers == [1, 1]
    assert receiver.ids[0] == receiver.ids[1]


async def test_what_was_told_before_a_stop_is_not_told_again(setup: Setup, autojump_clock: MockClock) -> None:
    receiver = setup.receiver()
    await setup.add()
    async with setup.running():
        await setup.happen(*["message.sent"] * 50)
        await trio.sleep(0.01)
    told = len(receiver.got)
    async with setup.running():
        await trio.sleep(1)
    assert told > 0
    assert receiver.numbers == list(range(1, 51))


@pytest.mark.parametrize("moment", [0.005, 0.25, 0.9, 1.5, 2.505])
async def test_nothing_is_lost_or_renamed_when_the_power_is_cut(
    setup: Setup, moment: float, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(delay=0.1)
    await setup.add()
    with suppress_power_cut():
        async with setup.running() as mains:
            await setup.happen(*["message.sent"] * 30)
            await trio.sleep(moment)
            mains.on = False
            raise PowerCut
    before = len(receiver.got)
    async with setup.running():
        await trio.sleep(10)
    assert list(dict.fromkeys(receiver.numbers)) == list(range(1, 31))
    assert len(set(receiver.ids)) == 30
    # What was told in the last half second, and the call that was cut, come again.
    assert len(receiver.got) - 30 <= min(before, 7)


async def test_while_the_disk_is_full_nothing_further_is_told_and_then_it_goes_on(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    await setup.add()
    async with setup.running() as mains:
        await setup.happen("message.sent")
        mains.full = True
        await trio.sleep(1)
        await setup.happen("message.delivered")
        await trio.sleep(60)
        assert receiver.numbers == [1]
        mains.free_space()
        await trio.sleep(1)
    assert receiver.numbers == [1, 2]


async def test_waiting_events_of_a_dead_endpoint_have_no_rows(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        await setup.happen(*["message.sent"] * 5000)
        await trio.sleep(60)
        view = await setup.look(issued)
    assert view.pending == 5000
    assert rows(setup, "webhook") == 1
    assert rows(setup, "webhook_dead_letter") == 0


def kinds(setup: Setup) -> list[str]:
    return setup.database.transact(
        lambda tx: [row.kind for row in tx.execute(text("select kind from event order by seq"))]
    )


def rows(setup: Setup, table: str) -> int:
    return int(
        setup.database.transact(lambda tx: tx.execute(text(f"select count(*) from {table}")).scalar()) or 0
    )
