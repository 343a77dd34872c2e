"""What others are told of an event of the queue."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from trio.testing import MockClock

from gatewayd.events import Event, read_after
from gatewayd.queue.receiving import take_message
from gatewayd.queue.telling import tell
from gatewayd.store.transaction import Tx

from .conftest import Setup
from .mail import SENDER, SIM, mail


def told(tx: Tx, include_text: str, kind: str) -> dict[str, object]:
    event = next(event for event in read_after(tx, 0, 100) if event.kind == kind)
    return tell(tx, event, include_text=include_text)


@pytest.mark.parametrize(("include_text", "has"), [("none", False), ("received", False), ("all", True)])
async def test_message_is_told_with_recipient_and_reference_and_its_text_only_if_wanted(
    setup: Setup, include_text: str, has: bool, autojump_clock: MockClock
) -> None:
    async with setup.running() as queue:
        name = await setup.send(queue, "Olá", reference="order-17")
        data = await setup.database.read(told, include_text, "message.queued")
    expected = {
        "id": name,
        "client": "shop",
        "to": "+34600000001",
        "reference": "order-17",
        "type": "message",
        "parts": 1,
        "created_at": "2026-01-05T08:00:00Z",
        "state": "queued",
    }
    assert data == (expected | {"text": "Olá"} if has else expected)


async def test_message_is_told_the_same_after_it_has_moved_on(setup: Setup) -> None:
    # Nothing runs: a scheduler could have taken the message to the modem before it is cancelled.
    queue, _ = setup.build()
    await setup.send(queue, "Olá")
    before = await setup.database.read(told, "all", "message.queued")
    await queue.cancel(None, str(before["id"]), actor="test")
    assert await setup.database.read(told, "all", "message.queued") == before


async def test_received_message_is_told_with_its_sender_and_text(
    setup: Setup, autojump_clock: MockClock
) -> None:
    async with setup.running():
        (octets,) = mail("Sim, às 9")
        await setup.database.run(take_message, "phone1", SIM, octets, setup.clock.now())
        data = await setup.database.read(told, "received", "inbox.received")
        without = await setup.database.read(told, "none", "inbox.received")
    assert (data["text"], data["parts"], data["missing"]) == ("Sim, às 9", 1, 0)
    assert data["sender"] == SENDER
    assert without == {name: value for name, value in data.items() if name != "text"}


async def test_events_of_modems_are_told_as_they_are(setup: Setup) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    event = Event(1, at, "modem.paused", "phone1", None, {"mode": "paused"})
    data = await setup.database.read(lambda tx: tell(tx, event, include_text="all"))
    assert data == {"name": "phone1", "mode": "paused"}


async def test_message_that_is_not_there_any_more_is_told_by_its_name(setup: Setup) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    event = Event(1, at, "message.sent", "gone", 1, {"state": "sent"})
    data = await setup.database.read(lambda tx: tell(tx, event, include_text="all"))
    assert data == {"id": "gone", "state": "sent"}
