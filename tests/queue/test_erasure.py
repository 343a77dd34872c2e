"""One number is erased everywhere, and every count stays right."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
from sqlalchemy import text as sql
from trio.testing import MockClock

from gatewayd.audit import trail
from gatewayd.errors import Conflict, InvalidRequest
from gatewayd.message import State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.checking import check_accepted, check_backlog, check_messages
from gatewayd.queue.draft import Draft, IdempotencyKey
from gatewayd.queue.pseudonyms import CONTEXT, reseal
from gatewayd.queue.receiving import take_message
from gatewayd.queue.service import Queue
from gatewayd.queue.view import Query
from gatewayd.sealing import KEY_LENGTH, Keyring, Resealing

from .conftest import Setup
from .mail import SENDER, mail

OTHER = "+34600000009"
WHY = "they wrote to us"


def hear(setup: Setup, queue: Queue, text: str, part: int | None = None) -> None:
    for octets in mail(text, SENDER, at=setup.clock.now())[:part]:
        setup.database.transact(
            take_message, "phone1", "1", octets, setup.clock.now(), queue.receiving_rules()
        )


async def erase(queue: Queue, number: str = SENDER, **more: Any) -> Any:
    return await queue.eraser.erase(number, reason=WHY, actor="test", **more)


def holds(setup: Setup, number: str) -> list[str]:
    """The tables that hold the number's digits somewhere, in whatever form."""
    digits = number.removeprefix("+")

    def look(tx: Any) -> list[str]:
        names = list(tx.execute(sql("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
        rows = {name: [str(row) for row in tx.execute(sql(f'SELECT * FROM "{name}"'))] for name in names}
        return [name for name in names if any(digits in row for row in rows[name])]

    return setup.database.transact(look)


async def test_number_is_gone_from_every_table_and_another_stays(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        for to in (SENDER, OTHER):
            draft = Draft(to=to, text="hello", reference=f"patient {to}")
            await queue.submit(await setup.client(), [draft], key=IdempotencyKey(f"key {to[-2:]}", "f"))
        await trio.sleep(60)
        hear(setup, queue, "a word from me")
        hear(setup, queue, "half of a long one " * 20, part=1)
        hear(setup, queue, "stop")
        assert "message" in holds(setup, SENDER)
        done = await erase(queue)
        page = await queue.find(Query())
    assert (done.messages, done.received, done.answers, done.opted_out) == (1, 2, 1, True)
    assert holds(setup, SENDER) == []
    assert "message" in holds(setup, OTHER)
    assert [(each.to, each.reference) for each in page.messages] == [
        (OTHER, f"patient {OTHER}"),
        ("+34…22", None),
    ]
    again = await queue.replay(await setup.client(), IdempotencyKey("key 22", "f"))
    assert again is not None
    assert again.results[0].to == "+34…22"  # type: ignore[union-attr]
    for check in (check_messages, check_accepted, check_backlog):
        assert setup.database.transact(check, "").findings == ()


async def test_counts_of_what_was_erased_are_kept_and_no_message_is_missing(
    setup: Setup, autojump_clock: MockClock
) -> None:
    """Invariant 1: each accepted message is in exactly one state, erased or not."""
    async with setup.running() as queue:
        for number in range(5):
            await setup.send(queue, "hello" * 40, to=SENDER if number < 3 else OTHER, type="notice")
        await trio.sleep(600)
        await erase(queue)
        page = await queue.find(Query())
    marks = setup.database.transact(
        lambda tx: [tuple(row) for row in tx.execute(sql("SELECT * FROM tombstone"))]
    )
    assert marks == [(await setup.client(), "notice", 20260105, 3, 6)]
    assert len(page.messages) == 5
    assert sum(each.erased for each in page.messages) == marks[0][3]


async def test_what_waits_for_the_number_is_cancelled_first(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", to=SENDER)
        done = await erase(queue)
        seen = await setup.look(queue, name)
        setup.air.change("phone1", LinkState.READY)
        await trio.sleep(60)
    assert (done.cancelled, seen.state, seen.error) == (1, State.CANCELLED, "erased")
    assert setup.air.texts() == []


async def test_message_in_doubt_is_refused_unless_it_is_to_be_given_up(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", to=SENDER)
        await trio.sleep(600)
        assert await setup.state(queue, name) is State.IN_DOUBT
        with pytest.raises(Conflict) as refused:
            await erase(queue)
        assert refused.value.code == "in_doubt"
        assert (await setup.look(queue, name)).text == "hello"
        done = await erase(queue, force=True)
        assert (done.given_up, await setup.state(queue, name)) == (1, State.FAILED)
    assert holds(setup, SENDER) == []


async def test_message_at_a_modem_is_refused_and_nothing_is_changed(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", to=SENDER)
        await trio.sleep(1)
        assert await setup.state(queue, name) is State.SENDING
        with pytest.raises(Conflict) as refused:
            await erase(queue)
        assert refused.value.code == "submitting"
        await trio.sleep(60)
        assert (await setup.look(queue, name)).text == "hello"


async def test_opt_out_outlives_the_number_until_they_say_start(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "stop")
    await erase(queue)
    assert holds(setup, SENDER) == []
    for anew in (queue, setup.build()[0]):
        with pytest.raises(InvalidRequest) as refused:
            await setup.send(anew, "hello", to=SENDER)
        assert [error.code for error in refused.value.errors] == ["opted_out"]
        await setup.send(anew, "hello", to=OTHER)
    assert (await queue.opt_outs.find(SENDER)) is not None
    await trio.sleep(60)
    hear(setup, queue, "start")
    await setup.send(queue, "hello", to=SENDER)


async def test_audit_has_reason_and_counts_and_no_number(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    await setup.send(queue, "hello", to=SENDER)
    done = await erase(queue)
    entries = setup.database.transact(
        lambda tx: trail.page(tx, limit=10, object=f"recipient:{done.pseudonym}")
    )
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("number.erased", WHY),
        ("number.erase", WHY),
    ]
    assert entries[0].after is not None
    assert entries[0].after["messages"] == entries[0].after["cancelled"] == 1
    assert SENDER[1:] not in json.dumps([str(entry) for entry in entries])


async def test_erasing_once_more_finds_nothing(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    await setup.send(queue, "hello", to=SENDER)
    first, again = await erase(queue), await erase(queue)
    assert first.pseudonym == again.pseudonym
    assert (again.messages, again.cancelled, again.received, again.answers) == (0, 0, 0, 0)


async def test_pseudonym_outlives_the_key_that_seals_and_needs_one_that_opens(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    await queue.pseudonyms.ready()
    name = queue.pseudonyms.of(SENDER)
    old, fresh = bytes(KEY_LENGTH), b"1" * KEY_LENGTH
    resealing = Resealing(Keyring([fresh, old]))
    setup.database.transact(reseal, resealing)
    assert (resealing.renewed, resealing.broken) == (1, [])

    setup.keyring = Keyring([fresh])
    queue, _ = setup.build()
    assert await queue.pseudonyms.ready()
    assert queue.pseudonyms.of(SENDER) == name

    setup.keyring = Keyring([old])
    queue, _ = setup.build()
    with pytest.raises(Conflict) as refused:
        await erase(queue)
    assert refused.value.code == "sealed"
    resealing = Resealing(Keyring([old]))
    setup.database.transact(reseal, resealing)
    assert resealing.broken == [CONTEXT]
    # Everything else goes on.
    await setup.send(queue, "hello", to=SENDER)
