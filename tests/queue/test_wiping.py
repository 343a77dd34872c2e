"""Secrets lose their text as soon as nothing needs it, and nothing else about them changes."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from sqlalchemy import text as sql
from trio.testing import MockClock

from gatewayd.errors import Conflict
from gatewayd.message import FINAL_STATES, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.checking import check_messages
from gatewayd.queue.draft import Draft, IdempotencyKey, Receipt
from gatewayd.queue.invariants import broken
from gatewayd.queue.lifecycle import move
from gatewayd.queue.records import turns
from gatewayd.queue.telling import tell
from gatewayd.queue.types import TypeDraft
from gatewayd.queue.view import Query
from gatewayd.queue.wiping import NEEDS_NO_TEXT, wipe_number, wipe_text

from .conftest import NOON, Setup

CANARY = "Your code is 493817"


def texts(setup: Setup) -> list[str]:
    rows = "SELECT text FROM message ORDER BY seq"
    return setup.database.transact(lambda tx: list(tx.execute(sql(rows)).scalars()))


def findings(setup: Setup) -> tuple[str, ...]:
    """What ``gatewayd verify`` finds wrong with the messages."""
    return setup.database.transact(check_messages, "").findings


async def test_secret_text_is_sent_and_then_gone(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, CANARY, secret=True)
        assert (await setup.look(queue, name)).text == CANARY
        await trio.sleep(60)
        seen = await setup.look(queue, name)
    assert setup.air.texts() == [CANARY]
    assert (seen.state, seen.text, seen.erased, seen.secret) == (State.SENT, None, True, True)
    assert texts(setup) == [""]
    assert findings(setup) == ()


async def test_message_of_a_secret_type_is_a_secret_and_another_is_not(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        await queue.types.put("otp", TypeDraft({"en": "Code"}, secret=True), actor="test")
        await setup.send(queue, CANARY, type="otp")
        await setup.send(queue, "hello")
        await trio.sleep(60)
    assert texts(setup) == ["", "hello"]


@pytest.mark.parametrize("end", ["cancelled", "expired"])
async def test_secret_that_is_never_sent_loses_its_text_too(
    setup: Setup, autojump_clock: MockClock, end: str
) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    async with setup.running() as queue:
        until = setup.clock.now().replace(hour=23) if end == "expired" else None
        name = await setup.send(queue, CANARY, secret=True, expires_at=until)
        if end == "cancelled":
            await queue.cancel(None, name, actor="test")
        await trio.sleep(24 * 3600)
        assert await setup.state(queue, name) == end
    assert texts(setup) == [""]
    assert findings(setup) == ()


async def test_wiped_message_is_not_sent_again(setup: Setup, autojump_clock: MockClock) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, CANARY, secret=True)
        await trio.sleep(60)
        with pytest.raises(Conflict) as refused:
            await queue.retry(None, name, actor="test")
    assert refused.value.code == "erased"
    assert setup.air.texts() == [CANARY]


async def test_secret_is_not_kept_with_the_answer_to_its_request(setup: Setup) -> None:
    queue, _ = setup.build()
    draft = Draft(to="+34600000001", text="łódź 493817", transliterate=True, secret=True)
    first = await queue.submit(await setup.client(), [draft], key=IdempotencyKey("k", "f"))
    again = await queue.submit(await setup.client(), [draft], key=IdempotencyKey("k", "f"))
    for answer in (first, again):
        assert isinstance(answer.results[0], Receipt)
        assert answer.results[0].text is None


async def test_page_and_webhook_show_a_wiped_message_without_its_text(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, CANARY, secret=True)
        await trio.sleep(60)
        page = await queue.find(Query())
        found = await queue.find(Query(text="493817"))
        events = (await queue.detail(None, name)).timeline
    assert [each.text for each in page.messages] == [None]
    assert found.messages == ()
    assert events[-1].kind == "message.sent"
    told = setup.database.transact(_tell_last)
    assert (told["text"], told["state"]) == (None, "sent")


def _tell_last(tx: Any) -> dict[str, Any]:
    from gatewayd import events

    (*_, last) = events.read_after(tx, 0, 100)
    return tell(tx, last, include_text="all")


@pytest.mark.parametrize("state", [state for state in State if state not in NEEDS_NO_TEXT])
async def test_what_may_still_be_sent_is_never_wiped(setup: Setup, state: State) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    queue, _ = setup.build()
    await setup.send(queue, CANARY)
    ready = "1" if state in (State.QUEUED, State.SENDING) else "NULL"

    def attempt(tx: Any) -> bool:
        tx.execute(sql(f"UPDATE message SET state = '{state}', ready = {ready}"))
        row = turns.load.first(tx, {"seq": 1})
        return wipe_text(tx, row) or wipe_number(tx, row)

    assert not setup.database.transact(attempt)
    assert texts(setup) == [CANARY]


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
async def test_wiped_row_keeps_its_state_and_is_sound_but_one_that_was_damaged_is_still_told_of(
    setup: Setup, state: State
) -> None:
    queue, _ = setup.build()
    await setup.send(queue, CANARY, to="+34600000012")
    await setup.send(queue, CANARY, to="+34600000012")

    def wipe(tx: Any) -> list[list[str]]:
        tx.execute(sql(f"UPDATE message SET state = '{state}', ready = NULL"))
        tx.execute(sql("UPDATE message SET text = 'another' WHERE seq = 2"))
        found = []
        for seq in (1, 2):
            assert wipe_number(tx, turns.load.first(tx, {"seq": seq}))
            row = turns.load.first(tx, {"seq": seq})
            assert (row.state, row.recipient, row.text) == (state, "+34…12", "")
            found.append([each for each in broken(row, [], [], ["queued", state]) if "accepted" in each])
        return found

    sound, damaged = setup.database.transact(wipe)
    assert sound == []
    assert damaged == ["it is not what was accepted: recipient, text or another lasting column was changed"]


async def test_verify_finds_a_text_that_is_gone_from_what_waits(setup: Setup) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    queue, _ = setup.build()
    name = await setup.send(queue, CANARY)
    setup.database.transact(lambda tx: tx.execute(sql("UPDATE message SET erased = 1")))
    assert f"message {name}: it is queued, and its text is gone" in findings(setup)


async def test_proof_that_comes_late_moves_a_wiped_message_and_leaves_it_wiped(setup: Setup) -> None:
    setup.air.change("phone1", LinkState.ABSENT)
    queue, _ = setup.build()
    name = await setup.send(queue, CANARY, secret=True)

    def fail_and_prove(tx: Any) -> None:
        move(tx, turns.load.first(tx, {"seq": 1}), State.EXPIRED, NOON)
        move(tx, turns.load.first(tx, {"seq": 1}), State.SENT, NOON, sent_at=NOON, corrected=True)

    setup.database.transact(fail_and_prove)
    seen = await setup.look(queue, name)
    assert (seen.state, seen.text) == (State.SENT, None)
