"""What is accepted, what is refused, and once only (requirements §2, bad input)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.errors import InvalidRequest, StorageFull
from gatewayd.message import Priority, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue import accepting
from gatewayd.queue.draft import Draft, IdempotencyKey, Receipt, Rejected
from gatewayd.queue.lifecycle import DUE_TOPIC
from gatewayd.queue.settings import QueueSettings, RecipientsSettings
from gatewayd.queue.view import Query
from gatewayd.store.runner import Lane
from gatewayd.store.transaction import Tx
from tests.power import Mains

from .conftest import Setup

GOOD = Draft(to="+34600000001", text="hello")


def _codes(error: InvalidRequest) -> set[tuple[str, str]]:
    return {(found.field, found.code) for found in error.errors}


async def test_every_wrong_field_is_named_at_once(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    draft = Draft(
        to="12",
        text="a\x1ab",
        type="no spaces!",
        send_at=setup.clock.now() - timedelta(days=1),
        encoding="latin1",
        modem="phone9",
        reference="",
    )
    with pytest.raises(InvalidRequest) as caught:
        queue.prepare(draft)
    assert {field for field, _ in _codes(caught.value)} == {
        "to",
        "text",
        "type",
        "send_at",
        "modem",
        "reference",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": ""}, ("text", "required")),
        ({"text": "   "}, ("text", "required")),
        ({"text": "x" * 1531}, ("text", "too_long")),
        ({"text": "esc\x1b"}, ("text", "unsendable")),
        ({"text": "cr\r"}, ("text", "unsendable")),
        ({"text": "snow ☃", "encoding": "gsm7"}, ("text", "unencodable")),
        ({"to": "600000001"}, ("to", "no_country")),
        ({"to": "+34903"}, ("to", "too_short")),
        ({"to": "+34803123456"}, ("to", "premium_not_allowed")),
        ({"encoding": "utf8"}, ("encoding", "choice")),
        ({"reference": "a\0b"}, ("reference", "format")),
        ({"reference": "x" * 101}, ("reference", "length")),
        ({"expires_at": timedelta(seconds=-1)}, ("expires_at", "past")),
        ({"send_at": timedelta(hours=2), "expires_at": timedelta(hours=1)}, ("expires_at", "range")),
        ({"send_at": timedelta(days=400)}, ("send_at", "range")),
    ],
)
async def test_bad_input_is_refused_with_field_and_code_and_leaves_no_row(
    setup: Setup, autojump_clock: MockClock, changes: dict[str, object], code: tuple[str, str]
) -> None:
    queue, _ = setup.build()
    now = setup.clock.now()
    values = {name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    draft = Draft(**({"to": "+34600000001", "text": "hello"} | values))  # type: ignore[arg-type]
    client = await setup.client()
    with pytest.raises(InvalidRequest) as caught:
        await queue.submit(client, [draft])
    assert code in _codes(caught.value)
    assert (await queue.find(Query())).messages == ()


async def test_number_without_country_is_read_with_the_configured_region(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.recipients = RecipientsSettings(region="ES", countries=("ES",))
    queue, _ = setup.build()
    assert queue.prepare(Draft(to="600 00 00 01", text="hola")).recipient == "+34600000001"
    with pytest.raises(InvalidRequest) as caught:
        queue.prepare(Draft(to="+351912000001", text="olá"))
    assert _codes(caught.value) == {("to", "country_not_allowed")}


async def test_one_wrong_recipient_of_several_refuses_all_and_is_named(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client = await setup.client()
    with pytest.raises(InvalidRequest) as caught:
        await queue.submit(client, [GOOD, Draft(to="+3460", text="hello")])
    assert [found.field for found in caught.value.errors] == ["to.1"]
    assert (await queue.find(Query())).messages == ()


async def test_same_idempotency_key_gets_the_first_answer_and_no_second_message(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client, key = await setup.client(), IdempotencyKey("order-1", "a" * 64)
    first = await queue.submit(client, [GOOD], key=key)
    second = await queue.submit(client, [GOOD], key=key)
    assert second.replayed
    assert second.results == first.results
    assert len((await queue.find(Query())).messages) == 1


async def test_same_idempotency_key_with_another_body_is_refused(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client = await setup.client()
    await queue.submit(client, [GOOD], key=IdempotencyKey("order-1", "a" * 64))
    with pytest.raises(InvalidRequest) as caught:
        await queue.submit(client, [GOOD], key=IdempotencyKey("order-1", "b" * 64))
    assert _codes(caught.value) == {("Idempotency-Key", "idem_mismatch")}


async def test_idempotency_keys_belong_to_their_client_and_end_after_their_days(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    shop, bank = await setup.client("shop"), await setup.client("bank")
    key = IdempotencyKey("order-1", "a" * 64)
    await queue.submit(shop, [GOOD], key=key)
    assert not (await queue.submit(bank, [GOOD], key=key)).replayed
    setup.clock.wall_offset = timedelta(days=8)
    assert not (await queue.submit(shop, [GOOD], key=key)).replayed


async def test_array_accepts_what_is_right_and_answers_in_order(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client = await setup.client()
    items = [Draft(to=f"+346{number:08d}", text=f"n {number}") for number in range(450)]
    items[7] = Draft(to="nobody", text="x")
    answer = await queue.submit_array(client, items, atomic=False)
    assert answer.accepted == 449
    rejected = [place for place, result in enumerate(answer.results) if isinstance(result, Rejected)]
    assert rejected == [7]
    page = await queue.find(Query(limit=1000))
    assert len(page.messages) == 449
    assert {message.state for message in page.messages} == {State.QUEUED}
    first = answer.results[0]
    assert isinstance(first, Receipt)
    kinds = [change.kind for change in (await queue.detail(client, first.id)).timeline]
    assert kinds == ["message.queued"]


async def test_atomic_array_with_one_wrong_object_leaves_nothing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    client = await setup.client()
    items = [GOOD, Draft(to="nobody", text="x")]
    answer = await queue.submit_array(client, items, atomic=True)
    assert answer.accepted == 0
    assert (await queue.find(Query())).messages == ()


async def test_array_with_a_key_is_accepted_once(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    client, key = await setup.client(), IdempotencyKey("batch-1", "a" * 64)
    items = [GOOD, Draft(to="nobody", text="x")]
    first = await queue.submit_array(client, items, atomic=False, key=key)
    second = await queue.submit_array(client, items, atomic=False, key=key)
    assert second.replayed
    assert second.results == first.results
    assert len((await queue.find(Query())).messages) == 1


async def test_transliteration_is_told_and_saves_parts(setup: Setup, autojump_clock: MockClock) -> None:
    polish = "zażółć gęślą jaźń " * 6
    async with setup.running() as queue:
        client = await setup.client()
        (plain,) = await queue.preview(client, [Draft(to="+48600000001", text=polish)])
        assert (plain.encoding, plain.parts) == ("ucs2", 2)
        assert "ż" in plain.offending
        draft = Draft(to="+48600000001", text=polish, transliterate=True)
        (preview,) = await queue.preview(client, [draft])
        assert (preview.encoding, preview.parts) == ("gsm7", 1)
        assert preview.text == "zazolc gesla jazn " * 6
        assert (2, "ż", "z") in preview.changes


async def test_preview_tells_when_the_message_would_leave(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        client = await setup.client()
        for number in range(10):
            await setup.send(queue, "wait", to=f"+346000001{number:02d}", priority=Priority.NORMAL)
        (normal,) = await queue.preview(client, [GOOD])
        (urgent,) = await queue.preview(client, [Draft(to=GOOD.to, text="x", priority=Priority.HIGH)])
        assert normal.leaves_at is not None
        assert urgent.leaves_at is not None
        assert timedelta(seconds=60) < normal.leaves_at - setup.clock.now() < timedelta(seconds=80)
        assert urgent.leaves_at < normal.leaves_at


async def test_queue_tells_when_all_that_waits_would_have_left(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        assert queue.drained_at(await queue.depth()) is None
        for number in range(10):
            await setup.send(queue, "wait", to=f"+346000001{number:02d}", priority=Priority.BULK)
        told = queue.drained_at(await queue.depth())
        assert told is not None
        await trio.sleep(200)
        left = setup.clock.epoch + timedelta(seconds=setup.air.lines["phone1"].stamps[-1])
        assert abs(told - left) < timedelta(seconds=1)
        setup.air.change("phone1", LinkState.ABSENT)
        await setup.send(queue, "waits for a modem")
        assert queue.drained_at(await queue.depth()) is None


async def test_validity_without_expires_at_is_the_configured_one(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.settings = QueueSettings(validity=3600.0)
    queue, _ = setup.build()
    prepared = queue.prepare(GOOD)
    assert prepared.expires_at is not None
    assert timedelta(minutes=59) < prepared.expires_at - setup.clock.now() <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("after", "told"),
    [({}, 0), ({"send_at": timedelta(hours=1)}, 1), ({"expires_at": timedelta(hours=1)}, 1)],
)
async def test_timers_are_woken_only_by_a_message_that_waits_for_a_time(
    setup: Setup, autojump_clock: MockClock, after: dict[str, timedelta], told: int
) -> None:
    queue, _ = setup.build()
    heard: list[None] = []
    with setup.mains.topics.subscribed(DUE_TOPIC, lambda: heard.append(None)):
        await setup.send(queue, "hello", **{name: setup.clock.now() + delay for name, delay in after.items()})
    assert len(heard) == told


class FillingDisk(Mains):
    """A database on a disk that is full from the first row of an array on."""

    full_for: tuple[Any, ...] = (accepting.stage, accepting.discard)

    async def run(self, function: Any, *args: Any, lane: Lane = Lane.INTERACTIVE) -> Any:
        if function in self.full_for:
            raise StorageFull(f"no room to {function.__name__}")
        return await super().run(function, *args, lane=lane)


async def test_array_that_fills_the_disk_says_so_and_what_is_staged_is_removed_at_the_next_start(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.mains_of = FillingDisk
    queue, _ = setup.build()
    client = await setup.client()
    with pytest.raises(StorageFull, match="no room to stage"):
        await queue.submit_array(client, [GOOD], atomic=False)
    setup.mains_of = Mains
    async with setup.running() as queue:
        assert (await queue.find(Query())).messages == ()


async def test_array_that_is_given_up_on_a_full_disk_stays_given_up(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.mains_of = FillingDisk
    queue, _ = setup.build()
    client = await setup.client()
    setup.mains.full_for = (accepting.discard,)
    with trio.CancelScope() as scope:
        scope.cancel()
        await queue.submit_array(client, [GOOD], atomic=False)
    assert scope.cancelled_caught


async def test_answers_that_are_kept_long_enough_are_forgotten_some_at_a_time_but_all_of_them(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        client = await setup.client()
        for number in range(450):
            await queue.submit(client, [GOOD], key=IdempotencyKey(f"key-{number}", "same"))
        await trio.sleep(6 * 86_400)
        await queue.submit(client, [GOOD], key=IdempotencyKey("young", "same"))
        await trio.sleep(2 * 86_400)

        def kept(tx: Tx) -> list[str]:
            return list(tx.execute(text("SELECT key FROM idempotency")).scalars())

        assert setup.database.transact(kept) == ["young"]
