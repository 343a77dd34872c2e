"""Who is told of what."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from gatewayd.sealing import Keyring
from gatewayd.webhooks.view import Caller, Changes, IncludeText

from .conftest import ADMIN, Setup

DAY = 86_400.0


async def test_webhook_with_a_pattern_is_told_of_these_kinds_alone_and_has_nothing_pending(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    issued = await setup.add(events=("message.delivered", "modem.*"))
    async with setup.running():
        await setup.happen("message.sent", "message.delivered", "modem.paused", "message.queued")
        await trio.sleep(1)
        await setup.happen(*["message.sent"] * 10)
        await trio.sleep(1)
        view = await setup.look(issued)
    assert receiver.numbers == [2, 3]
    assert (view.pending, view.oldest_at) == (0, None)
    async with setup.running():
        await trio.sleep(1)
        assert (await setup.look(issued)).pending == 0


async def test_client_is_told_of_its_own_alone(setup: Setup, autojump_clock: MockClock) -> None:
    shop, other = await setup.client("shop"), await setup.client("other")
    receiver, everything = setup.receiver(), setup.receiver("all.example")
    some = setup.receiver("some.example")
    await setup.add(caller=Caller("shop", shop, False))
    await setup.add("all.example")
    await setup.add("some.example", clients=("other",))
    async with setup.running():
        await setup.happen("message.sent", client_id=shop)
        await setup.happen("message.sent", client_id=other)
        await setup.happen("modem.paused", "inbox.received")
        await trio.sleep(1)
    assert receiver.numbers == [1]
    assert everything.numbers == [1, 2, 3, 4]
    assert some.numbers == [2, 3, 4]


async def test_client_that_may_read_the_inbox_is_told_of_received_messages(
    setup: Setup, autojump_clock: MockClock
) -> None:
    shop = await setup.client("shop")
    receiver = setup.receiver()
    await setup.add(caller=Caller("shop", shop, True), include_text=IncludeText.NONE)
    async with setup.running():
        await setup.happen("inbox.received", "modem.paused")
        await trio.sleep(1)
    assert receiver.numbers == [1]
    assert receiver.got[0].payload["data"]["texts"] == "none"


async def test_client_that_is_shut_out_is_told_nothing_until_it_is_let_in(
    setup: Setup, autojump_clock: MockClock
) -> None:
    shop = await setup.client("shop")
    receiver = setup.receiver()
    await setup.add(caller=Caller("shop", shop, False))
    await setup.access.set_disabled("shop", True, actor="test")
    async with setup.running():
        await setup.happen("message.sent", client_id=shop)
        await trio.sleep(100)
        assert receiver.got == []
        await setup.access.set_disabled("shop", False, actor="test")
        await trio.sleep(1)
        assert receiver.numbers == [1]
        await setup.access.set_disabled("shop", True, actor="test")
        await setup.happen("message.sent", client_id=shop)
        await trio.sleep(100)
        assert receiver.numbers == [1]
        await setup.access.set_disabled("shop", False, actor="test")
        await trio.sleep(1)
    assert receiver.numbers == [1, 2]


async def test_both_secrets_sign_during_a_rotation_and_then_only_the_new_one(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    issued = await setup.add()
    async with setup.running():
        rotated = await setup.webhooks.rotate(ADMIN, issued.webhook.id)
        await setup.happen("message.sent")
        await trio.sleep(DAY + 10)
        await setup.happen("message.sent")
        await trio.sleep(1)
    during, after = receiver.got
    assert rotated.secret != issued.secret
    assert during.signed_by(issued.secret)
    assert during.signed_by(rotated.secret)
    assert not after.signed_by(issued.secret)
    assert after.signed_by(rotated.secret)


async def test_webhook_added_changed_disabled_and_deleted_while_running_is_heeded(
    setup: Setup, autojump_clock: MockClock
) -> None:
    first, second = setup.receiver("one.example"), setup.receiver("two.example")
    async with setup.running():
        issued = await setup.add("one.example")
        id_ = issued.webhook.id
        await setup.happen("message.sent")
        await trio.sleep(1)
        await setup.webhooks.disable(ADMIN, id_, "holidays")
        await setup.happen("message.sent")
        await trio.sleep(1)
        assert (await setup.look(issued)).pending > 0
        await setup.webhooks.change(ADMIN, id_, Changes(url="https://two.example/x"))
        await setup.webhooks.enable(ADMIN, id_)
        await trio.sleep(1)
        await setup.webhooks.delete(ADMIN, id_)
        await setup.happen("message.sent")
        await trio.sleep(1)
    assert len(first.got) == 1
    assert [got.payload["type"] for got in second.got] == ["message.sent"]


async def test_secret_that_the_key_does_not_open_is_a_failure_that_says_so(
    setup: Setup, autojump_clock: MockClock
) -> None:
    receiver = setup.receiver()
    issued = await setup.add()
    setup.keyring = Keyring([b"x" * 32])
    async with setup.running():
        await setup.happen("message.sent")
        await trio.sleep(1)
        view = await setup.look(issued)
        assert view.last_error is not None
        assert "can't be opened" in view.last_error
        tried = await setup.webhooks.test(ADMIN, issued.webhook.id, show_body=True)
        assert (tried.delivered, tried.error) == (False, view.last_error)
        rotated = await setup.webhooks.rotate(ADMIN, issued.webhook.id)
        await setup.webhooks.enable(ADMIN, issued.webhook.id)
        await trio.sleep(1)
    assert [got.signed_by(rotated.secret) for got in receiver.got] == [True]


async def test_events_about_webhooks_are_told_to_none(setup: Setup, autojump_clock: MockClock) -> None:
    receiver = setup.receiver()
    await setup.add()
    async with setup.running():
        await setup.happen("webhook.disabled", "webhook.dead_letter", "message.sent")
        await trio.sleep(1)
    assert receiver.numbers == [3]
