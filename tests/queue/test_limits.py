"""What clients are limited to: at acceptance (queue, rights) and at arming (parts in a window)."""

from __future__ import annotations

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.errors import InvalidRequest, LimitReached
from gatewayd.message import Doubt, Priority, State
from gatewayd.queue.draft import Draft, IdempotencyKey
from gatewayd.queue.settings import QuotaSettings, QuotasSettings

from .accounting import sound, usage
from .conftest import Setup

CENT = 10_000  # micros
LONG = "abcdefghij" * 40  # three parts


# --- the queue's cap ---


async def test_queue_cap_refuses_what_does_not_fit_and_takes_it_once_there_is_room(
    setup: Setup, autojump_clock: MockClock
) -> None:
    await setup.limit(queue_cap=3)
    async with setup.running() as queue:
        await setup.send(queue, LONG)
        with pytest.raises(LimitReached) as raised:
            await setup.send(queue, "one more", to="+34600000002")
        assert (raised.value.code, raised.value.retry_after) == ("queue_full", 7)
        await trio.sleep(30)
        await setup.send(queue, "now", to="+34600000002")
    assert sound(setup)


async def test_queue_cap_counts_what_waits_over_a_restart(setup: Setup, autojump_clock: MockClock) -> None:
    await setup.limit(queue_cap=2)
    queue, _ = setup.build()
    await setup.send(queue, "1")
    await setup.send(queue, "2")
    again, _ = setup.build()

    with pytest.raises(LimitReached):
        await setup.send(again, "3")
    waiting = (await usage(setup, again)).waiting
    assert (waiting.used, waiting.limit) == (2, 2)


async def test_request_above_the_whole_cap_is_told_that_it_never_fits(setup: Setup) -> None:
    await setup.limit(queue_cap=2)
    queue, _ = setup.build()

    with pytest.raises(InvalidRequest) as raised:
        await setup.send(queue, LONG)

    assert [(error.field, error.code) for error in raised.value.errors] == [("", "queue_full")]


async def test_requests_at_once_never_pass_the_cap_together(setup: Setup) -> None:
    await setup.limit(queue_cap=10)
    queue, _ = setup.build()
    refused = 0

    async def submit(number: int) -> None:
        nonlocal refused
        try:
            await setup.send(queue, "x", to=f"+346000001{number:02d}")
        except LimitReached:
            refused += 1

    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(submit, number)

    assert refused == 40
    assert (await usage(setup, queue)).waiting.used == 10


async def test_array_that_does_not_fit_leaves_nothing_behind(setup: Setup) -> None:
    client = await setup.limit(queue_cap=5)
    queue, _ = setup.build()
    await setup.send(queue, "first")
    drafts = [Draft(to=f"+346000001{number:02d}", text="x") for number in range(5)]

    with pytest.raises(LimitReached):
        await queue.submit_array(client, drafts, atomic=False)

    count = setup.database.transact(lambda tx: tx.execute(text("select count(*) from message")).scalar())
    assert count == 1
    assert (await queue.submit_array(client, drafts[:4], atomic=False)).accepted == 4
    assert sound(setup)


async def test_answer_under_its_key_is_given_again_though_the_queue_is_full_now(setup: Setup) -> None:
    client = await setup.limit(queue_cap=1)
    queue, _ = setup.build()
    key = IdempotencyKey("k", "f")
    first = await queue.submit(client, [Draft(to="+34600000001", text="x")], key=key)

    again = await queue.submit(client, [Draft(to="+34600000001", text="x")], key=key)

    assert again.replayed
    assert again.results == first.results
    assert (await usage(setup, queue)).waiting.used == 1


async def test_refused_request_is_accepted_later_under_the_same_key(
    setup: Setup, autojump_clock: MockClock
) -> None:
    client = await setup.limit(queue_cap=1)
    async with setup.running() as queue:
        await setup.send(queue, "x")
        key, draft = IdempotencyKey("k", "f"), Draft(to="+34600000002", text="y")
        with pytest.raises(LimitReached):
            await queue.submit(client, [draft], key=key)
        await trio.sleep(10)
        assert not (await queue.submit(client, [draft], key=key)).replayed


async def test_general_limits_hold_for_who_has_none(setup: Setup) -> None:
    setup.clients = setup.clients.model_copy(update={"queue_cap": 1})
    await setup.limit("big", queue_cap=2)
    queue, _ = setup.build()
    for client, most in (("shop", 1), ("big", 2)):
        for number in range(most):
            await setup.send(queue, str(number), client=client)
        with pytest.raises(LimitReached):
            await setup.send(queue, "too much", client=client)


# --- rights ---


async def test_client_sends_to_its_countries_only(setup: Setup) -> None:
    client = await setup.limit(countries=("PT",))
    queue, _ = setup.build()

    with pytest.raises(InvalidRequest) as raised:
        await setup.send(queue, "x")
    answer = await queue.submit_array(
        client, [Draft(to="+34600000001", text="x"), Draft(to="+351912345678", text="x")], atomic=False
    )

    assert [(error.field, error.code) for error in raised.value.errors] == [("to", "country_not_allowed")]
    assert answer.accepted == 1
    await setup.send(queue, "x", client="other")


async def test_client_with_a_modem_of_its_own_leaves_by_that_only(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.modems = ("phone1", "phone2")
    setup.__post_init__()
    await setup.limit(modem="phone2")
    async with setup.running() as queue:
        name = await setup.send(queue, "x")
        with pytest.raises(InvalidRequest) as raised:
            await setup.send(queue, "x", modem="phone1")
        await trio.sleep(10)
        view = await setup.look(queue, name)
    assert [(error.field, error.code) for error in raised.value.errors] == [("modem", "modem_not_allowed")]
    assert (view.modem, view.pinned) == ("phone2", None)


@pytest.mark.parametrize(
    ("asked", "most", "gets"),
    [
        (None, Priority.HIGH, Priority.NORMAL),
        (None, Priority.BULK, Priority.BULK),
        (Priority.BULK, Priority.HIGH, Priority.BULK),
        (Priority.HIGH, Priority.HIGH, Priority.HIGH),
        (Priority.EMERGENCY, Priority.HIGH, None),
    ],
)
async def test_priority_is_no_more_urgent_than_the_client_may(
    setup: Setup, asked: Priority | None, most: Priority, gets: Priority | None
) -> None:
    await setup.limit(priority=most)
    queue, _ = setup.build()
    if gets is None:
        with pytest.raises(InvalidRequest, match="priority"):
            await setup.send(queue, "x", priority=asked)
        return

    name = await setup.send(queue, "x", priority=asked)

    assert (await setup.look(queue, name)).priority is gets


@pytest.mark.parametrize(
    ("asked", "policy"), [(None, Doubt.ASSUME_SENT), (Doubt.HOLD, Doubt.HOLD), (Doubt.RESEND, Doubt.RESEND)]
)
async def test_policy_for_doubts_is_the_messages_or_else_its_clients(
    setup: Setup, asked: Doubt | None, policy: Doubt
) -> None:
    await setup.limit(in_doubt=Doubt.ASSUME_SENT)
    queue, _ = setup.build()

    name = await setup.send(queue, "x", in_doubt=asked)

    assert (await setup.look(queue, name)).in_doubt is policy


# --- parts in a window ---


async def test_parts_above_the_clients_own_limit_wait_and_delay_nobody_else(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    await setup.limit("big", parts_per_hour=3)
    async with setup.running() as queue:
        for number in range(6):
            await setup.send(queue, f"big {number}", to=f"+346000001{number:02d}", client="big")
            await setup.send(queue, f"small {number}", to=f"+346000002{number:02d}", client="small")
        await trio.sleep(600)
        sent = setup.air.texts()
        assert [text for text in sent if text.startswith("big")] == ["big 0", "big 1", "big 2"]
        assert len([text for text in sent if text.startswith("small")]) == 6
        await trio.sleep(3700)
    assert len([text for text in setup.air.texts() if text.startswith("big")]) == 6


async def test_own_limit_of_a_client_replaces_the_configured_one(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    setup.quotas = QuotasSettings(client=QuotaSettings(hour=1, day=3))
    await setup.limit("big", parts_per_hour=2)
    async with setup.running() as queue:
        for number in range(4):
            for client in ("big", "small"):
                await setup.send(queue, f"{client} {number}", to=f"+346000001{number:02d}", client=client)
        await trio.sleep(600)
        assert sorted(setup.air.texts()) == ["big 0", "big 1", "small 0"]
        await trio.sleep(4 * 3700)
    assert sorted(setup.air.texts()) == ["big 0", "big 1", "big 2", "small 0", "small 1", "small 2"]


async def test_limit_that_is_set_later_counts_what_left_before(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    async with setup.running() as queue:
        for number in range(3):
            await setup.send(queue, f"before {number}", to=f"+346000001{number:02d}")
        await trio.sleep(60)
        await setup.limit(parts_per_day=3)
        await setup.send(queue, "after")
        await trio.sleep(3600)
        assert len(setup.air.texts()) == 3
        assert (await usage(setup, queue)).parts["day"].used == 3


async def test_limit_that_is_raised_lets_waiting_parts_go_at_once(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    await setup.limit(parts_per_day=1)
    async with setup.running() as queue:
        await setup.send(queue, "first")
        await setup.send(queue, "second", to="+34600000002")
        await trio.sleep(60)
        assert setup.air.texts() == ["first"]
        await setup.limit(parts_per_day=2)
        await trio.sleep(5)
    assert setup.air.texts() == ["first", "second"]


async def test_client_at_its_limit_delays_a_reply_of_another_to_the_same_number_by_nothing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.interval = 0.0
    await setup.limit("big", parts_per_hour=1, queue_cap=2)
    async with setup.running() as queue:
        await setup.send(queue, "big 0", client="big")
        await setup.send(queue, "big 1", client="big")
        name = await setup.send(queue, "small", client="small")
        await trio.sleep(10)
        assert await setup.state(queue, name) is State.SENT
