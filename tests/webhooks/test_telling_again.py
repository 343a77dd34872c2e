"""What is told once more: dead letters and replays; and what says how much waits."""

from __future__ import annotations

from datetime import timedelta

import trio
from trio.testing import MockClock

from gatewayd.webhooks.settings import WebhooksSettings
from gatewayd.webhooks.view import Condition

from .conftest import ADMIN, Setup

DAY = 86_400.0


async def test_replay_tells_everything_after_the_cursor_once_more_with_the_same_ids(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    issued = await setup.add()
    async with setup.running():
        await setup.happen(*["message.sent"] * 4)
        await trio.sleep(1)
        await setup.webhooks.replay(ADMIN, issued.webhook.id, 2)
        await trio.sleep(1)
    assert receiver.numbers == [1, 2, 3, 4, 3, 4]
    assert receiver.ids[2:4] == receiver.ids[4:6]


async def test_dead_letters_are_sent_again_when_somebody_asks(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    id_ = issued.webhook.id
    async with setup.running():
        await setup.happen("message.sent", "message.delivered", "message.queued")
        await trio.sleep(1)
        for _ in range(2):
            await setup.webhooks.skip(ADMIN, id_, "receiver is broken")
            await trio.sleep(1)
        receiver.status = 200
        assert await setup.webhooks.send_again(ADMIN, id_) == 2
        receiver.got.clear()
        await trio.sleep(1)
        assert receiver.numbers == [1, 2, 3]
        assert (await setup.look(issued)).dead_letters == 0


async def test_dead_letter_that_is_refused_again_stays_and_ends_the_others_tries(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=500)
    issued = await setup.add()
    id_ = issued.webhook.id
    async with setup.running():
        await setup.happen("message.sent", "message.delivered")
        await trio.sleep(1)
        for _ in range(2):
            await setup.webhooks.skip(ADMIN, id_, "receiver is broken")
            await trio.sleep(1)
        receiver.got.clear()
        await setup.webhooks.send_again(ADMIN, id_)
        await trio.sleep(DAY)
        page = await setup.webhooks.dead_letters(ADMIN, id_)
    assert receiver.numbers == [1]
    assert [(dead.seq, dead.tries, dead.wanted) for dead in page.dead_letters] == [
        (1, 2, False),
        (2, 1, False),
    ]


async def test_old_dead_letters_are_dropped(setup: Setup, autojump_clock: MockClock) -> None:
    setup.settings = WebhooksSettings(dead_letter_days=0.5)
    setup.receiver(status=500)
    issued = await setup.add()
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
        await setup.webhooks.skip(ADMIN, issued.webhook.id, "broken")
        setup.receiver()
        await trio.sleep(DAY / 2 - 3600)
        assert (await setup.look(issued)).dead_letters == 1
        await trio.sleep(2 * 3600)
        assert (await setup.look(issued)).dead_letters == 0


async def test_test_call_shows_what_the_receiver_says_and_changes_nothing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver(status=404)
    issued = await setup.add()
    shown = await setup.webhooks.test(ADMIN, issued.webhook.id, show_body=True)
    hidden = await setup.webhooks.test(ADMIN, issued.webhook.id, show_body=False)
    assert (shown.delivered, shown.status, shown.body) == (False, 404, "thanks")
    assert hidden.body is None
    assert [got.payload["type"] for got in receiver.got] == ["webhook.test"] * 2
    assert all(got.signed_by(issued.secret) for got in receiver.got)
    assert (await setup.look(issued)).condition is Condition.WORKING


async def test_survey_counts_what_waits(setup: Setup, autojump_clock: MockClock) -> None:
    setup.receiver(status=500)
    await setup.add()
    async with setup.running():
        await setup.happen("message.sent", "message.sent")
        await trio.sleep(30)
        survey = await setup.webhooks.survey()
    assert survey.conditions[Condition.FAILING] == 1
    assert (survey.pending, survey.dead_letters) == (2, 0)
    assert survey.oldest_at is not None
    assert setup.clock.now() - survey.oldest_at >= timedelta(seconds=30)
