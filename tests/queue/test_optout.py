"""STOP and START: who wants no messages gets none, from nobody, until that ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import trio
from sqlalchemy import text as sql
from trio.testing import MockClock

from gatewayd.audit import trail
from gatewayd.errors import InvalidRequest, NotFound
from gatewayd.message import Doubt, Priority, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.draft import Draft, Receipt, Rejected
from gatewayd.queue.receiving import take_message
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import QueueSettings, RecipientsSettings, RepliesSettings
from gatewayd.queue.view import Query

from .conftest import Setup
from .mail import SENDER, mail

OTHER = "+34600000009"


def hear(setup: Setup, queue: Queue, text: str, sender: str = SENDER) -> str | None:
    """A message comes in by the first modem."""
    now = setup.clock.now()
    (octets,) = mail(text, sender, at=now)
    return setup.database.transact(take_message, "phone1", "1", octets, now, queue.receiving_rules())


def deeds(setup: Setup) -> list[tuple[str, str, str]]:
    entries = setup.database.transact(lambda tx: trail.page(tx, limit=50))
    return [
        (entry.actor, entry.action, entry.object)
        for entry in reversed(entries)
        if entry.action.startswith("opt_out")
    ]


def keywords(setup: Setup) -> list[Any]:
    rows = "select keyword from inbox order by seq"
    return setup.database.transact(lambda tx: list(tx.execute(sql(rows)).scalars()))


@pytest.fixture
def away(setup: Setup) -> Setup:
    """The modem is away: what is accepted waits."""
    setup.air.change("phone1", LinkState.ABSENT)
    return setup


async def test_recipient_who_said_stop_is_refused_with_since_when_and_how_it_ends(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "Stop!")
    with pytest.raises(InvalidRequest) as caught:
        await setup.send(queue, "hello", to=SENDER)
    (error,) = caught.value.errors
    assert (error.field, error.code) == ("to", "opted_out")
    assert f"{setup.clock.now():%Y-%m-%d at %H:%M} UTC" in error.message
    assert "START" in error.message
    assert keywords(setup) == ["stop"]
    await setup.send(queue, "hello", to=OTHER)


async def test_opt_out_holds_for_every_client_and_priority(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "STOP")
    for client, priority in (("shop", Priority.EMERGENCY), ("bank", Priority.BULK)):
        with pytest.raises(InvalidRequest):
            await setup.send(queue, "hello", to=SENDER, client=client, priority=priority)


async def test_start_ends_an_opt_out_and_both_are_in_the_audit_without_the_number(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    await queue.pseudonyms.ready()
    name = queue.pseudonyms.of(SENDER)
    hear(setup, queue, "Parar")
    await trio.sleep(60)
    hear(setup, queue, "Começar")
    await setup.send(queue, "hello", to=SENDER)
    masked = "recipient:+34…22"
    assert deeds(setup) == [
        (masked, "opt_out.add", f"recipient:{name}"),
        (masked, "opt_out.remove", f"recipient:{name}"),
    ]


async def test_stop_said_twice_is_one_opt_out_since_the_first(
    setup: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = setup.build()
    first = setup.clock.now()
    hear(setup, queue, "stop")
    await trio.sleep(60)
    hear(setup, queue, "baja")
    found = await queue.opt_outs.find(SENDER)
    assert found is not None
    assert (found.since, found.reason) == (first, "stop")
    assert len(deeds(setup)) == 1


async def test_start_without_an_opt_out_changes_nothing(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "start")
    assert (keywords(setup), deeds(setup)) == (["start"], [])


@pytest.mark.parametrize("sender", ["22770", "MyBank"])
async def test_stop_of_who_can_not_be_sent_to_is_only_shown(
    setup: Setup, autojump_clock: MockClock, sender: str
) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "stop", sender)
    assert (keywords(setup), deeds(setup)) == (["stop"], [])


async def test_stop_cancels_what_waits_for_its_sender_and_nothing_else(
    away: Setup, autojump_clock: MockClock
) -> None:
    async with away.running() as queue:
        waiting = [await away.send(queue, f"n {n}", to=SENDER, client=f"c{n}") for n in range(3)]
        later = away.clock.now() + timedelta(days=2)
        waiting.append(await away.send(queue, "scheduled", to=SENDER, send_at=later))
        other = await away.send(queue, "to another", to=OTHER)
        hear(away, queue, "STOP")
        for name in waiting:
            view = await away.look(queue, name)
            assert (view.state, view.error) == (State.CANCELLED, "opted_out")
        assert await away.state(queue, other) is State.QUEUED
        away.air.change("phone1", LinkState.READY)
        await trio.sleep(3 * 86_400)
    assert away.air.texts() == ["to another"]


async def test_message_that_has_begun_when_stop_comes_is_finished(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "long " * 80, to=SENDER)
        await trio.sleep(4)
        hear(setup, queue, "STOP")
        await trio.sleep(60)
        assert await setup.state(queue, name) is State.SENT
    assert len(setup.air.ledger) == 3


async def test_array_leaves_out_who_opted_out(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    hear(setup, queue, "STOP")
    drafts = [Draft(to=OTHER, text="x"), Draft(to=SENDER, text="x")]
    answer = await queue.submit_array(await setup.client(), drafts, atomic=False)
    good, bad = answer.results
    assert isinstance(good, Receipt)
    assert isinstance(bad, Rejected)
    assert [error.code for error in bad.errors] == ["opted_out"]


@pytest.mark.parametrize("as_array", [True, False])
async def test_stop_between_check_and_acceptance_cancels_the_message(
    away: Setup, autojump_clock: MockClock, as_array: bool
) -> None:
    queue, _ = away.build()
    client, drafts = await away.client(), [Draft(to=SENDER, text="x"), Draft(to=OTHER, text="y")]
    await away.send(queue, "so that the list is read", to=OTHER)
    # Nobody announces this one: the list in memory is as old as it is for a moment after any other.
    add = sql("insert into opt_out values (:number, 0, 'stop', 'test')")
    away.database.transact(lambda tx: tx.execute(add, {"number": SENDER}))
    if as_array:
        await queue.submit_array(client, drafts, atomic=False)
    else:
        await queue.submit(client, drafts)
    states = {view.text: view.state for view in (await queue.find(Query())).messages}
    assert (states["x"], states["y"]) == (State.CANCELLED, State.QUEUED)


async def test_message_is_not_sent_again_to_who_opted_out_since(
    away: Setup, autojump_clock: MockClock
) -> None:
    queue, _ = away.build()
    name = await away.send(queue, "x", to=SENDER)
    hear(away, queue, "STOP")
    with pytest.raises(InvalidRequest):
        await queue.retry(None, name, actor="ana")


async def test_message_that_was_at_a_modem_when_stop_came_and_was_refused_is_not_tried_again(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].refusals[0] = ("cms", 41, 2.0)
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", to=SENDER)
        await trio.sleep(1)
        hear(setup, queue, "stop")
        await trio.sleep(120)
        view = await setup.look(queue, name)
    assert (view.state, view.error) == (State.CANCELLED, "opted_out")
    assert setup.air.texts() == []


@pytest.mark.parametrize("by", ["policy", "person"])
async def test_message_in_doubt_is_not_sent_again_to_who_opted_out_meanwhile(
    setup: Setup, autojump_clock: MockClock, by: str
) -> None:
    setup.air.lines["phone1"].silent.add(0)
    policy = Doubt.RESEND if by == "policy" else Doubt.HOLD
    async with setup.running() as queue:
        name = await setup.send(queue, "hello", to=SENDER, in_doubt=policy)
        await trio.sleep(200)
        hear(setup, queue, "stop")
        if by == "person":
            await queue.resolve(None, name, Verdict.RESEND, actor="test", reason="was not heard")
        await trio.sleep(1200)
        view = await setup.look(queue, name)
    assert (view.state, view.error, view.possible_duplicate) == (State.CANCELLED, "opted_out", True)
    assert setup.air.texts() == ["hello"]


async def test_message_of_a_restored_copy_is_not_released_to_who_opted_out_meanwhile(
    away: Setup, autojump_clock: MockClock
) -> None:
    async with away.running() as queue:
        name = await away.send(queue, "hello", to=SENDER)
        await trio.sleep(1)
    away.database.transact(lambda tx: tx.execute(sql("INSERT INTO epoch (copied_at) VALUES (1)")))
    async with away.running() as queue:
        hear(away, queue, "stop")
        await queue.release(actor="test", reason="was never sent")
        away.air.change("phone1", LinkState.READY)
        await trio.sleep(60)
        assert await away.state(queue, name) is State.CANCELLED
    assert away.air.texts() == []


async def test_opt_outs_that_are_not_honoured_are_only_recorded(
    away: Setup, autojump_clock: MockClock
) -> None:
    away.settings = QueueSettings(honour_opt_out=False)
    queue, _ = away.build()
    name = await away.send(queue, "x", to=SENDER)
    hear(away, queue, "STOP")
    assert await away.state(queue, name) is State.QUEUED
    await away.send(queue, "y", to=SENDER)
    assert await queue.opt_outs.find(SENDER) is not None


async def test_configured_words_are_understood(setup: Setup, autojump_clock: MockClock) -> None:
    setup.settings = QueueSettings(stop_words=("Hör auf",), start_words=("Weiter",))
    queue, _ = setup.build()
    hear(setup, queue, "hor auf!")
    assert await queue.opt_outs.find(SENDER) is not None
    hear(setup, queue, "WEITER")
    assert await queue.opt_outs.find(SENDER) is None


def test_configured_word_without_a_letter_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a letter or a digit"):
        QueueSettings(stop_words=("!!!",))


async def test_national_number_opts_out_as_the_one_that_is_sent_to(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.recipients = RecipientsSettings(region="ES")
    queue, _ = setup.build()
    hear(setup, queue, "stop", "600111222")
    with pytest.raises(InvalidRequest):
        await setup.send(queue, "x", to="600 111 222")


async def test_person_opts_somebody_out_and_in_again(away: Setup, autojump_clock: MockClock) -> None:
    queue, _ = away.build()
    name = await away.send(queue, "x", to=SENDER)
    found, new = await queue.opt_outs.add(SENDER, reason="called us", actor="ana")
    again, new_again = await queue.opt_outs.add(SENDER, reason="called again", actor="bob")
    assert (new, new_again, again) == (True, False, found)
    assert await away.state(queue, name) is State.CANCELLED
    await queue.opt_outs.remove(SENDER, reason="wrote to us", actor="ana")
    with pytest.raises(NotFound):
        await queue.opt_outs.remove(SENDER, reason="once more", actor="ana")
    await away.send(queue, "y", to=SENDER)


async def test_opt_outs_are_read_page_by_page(setup: Setup, autojump_clock: MockClock) -> None:
    queue, _ = setup.build()
    numbers = [f"+3460000000{number}" for number in range(5)]
    for number in reversed(numbers):
        await queue.opt_outs.add(number, reason="test", actor="ana")
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await queue.opt_outs.page(after=after, limit=2)
        found += [one.recipient for one in page.opt_outs]
        after = page.next
    assert found == numbers


# --- gatewayd's own answers ---

ANSWERS = QueueSettings(replies=RepliesSettings(stop="You will get no more messages.", start="Welcome back."))


@pytest.fixture
def answering(setup: Setup) -> Setup:
    setup.settings = ANSWERS
    return setup


async def test_stop_is_answered_where_a_text_is_configured(
    answering: Setup, autojump_clock: MockClock
) -> None:
    async with answering.running() as queue:
        hear(answering, queue, "STOP")
        await trio.sleep(30)
        (message,) = (await queue.find(Query())).messages
    assert [(heard.to, heard.text) for heard in answering.air.ledger] == [
        (SENDER, "You will get no more messages.")
    ]
    assert (message.client, message.type, message.pinned) == ("gatewayd", "auto_reply", "phone1")


async def test_machine_that_answers_every_answer_is_answered_once_a_day(
    answering: Setup, autojump_clock: MockClock
) -> None:
    async with answering.running() as queue:
        for word in ("STOP", "START", "STOP", "START"):
            hear(answering, queue, word)
            await trio.sleep(3600)
        assert answering.air.texts() == ["You will get no more messages."]
        await trio.sleep(86_400)
        hear(answering, queue, "STOP")
        await trio.sleep(60)
    assert len(answering.air.ledger) == 2


@pytest.mark.parametrize("sender", ["22770", "MyBank"])
async def test_short_codes_and_names_are_never_answered(
    answering: Setup, autojump_clock: MockClock, sender: str
) -> None:
    answering.recipients = RecipientsSettings(region="ES", short_codes=True)
    async with answering.running() as queue:
        hear(answering, queue, "STOP", sender)
        await trio.sleep(60)
    assert answering.air.ledger == []


async def test_number_that_may_not_be_sent_to_is_not_answered(
    answering: Setup, autojump_clock: MockClock
) -> None:
    answering.recipients = RecipientsSettings(countries=("PT",))
    async with answering.running() as queue:
        hear(answering, queue, "STOP")
        await trio.sleep(60)
        assert await queue.opt_outs.find(SENDER) is not None
    assert answering.air.ledger == []
