"""What the checks of the queue find, and that they find nothing in what the queue itself has written."""

from __future__ import annotations

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.message import State
from gatewayd.queue.checking import check_accepted, check_backlog, check_steering
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.service import Queue
from gatewayd.queue.types import TypeDraft

from .conftest import Setup
from .damage import findings, write


@pytest.fixture
async def queue(setup: Setup, autojump_clock: MockClock) -> Queue:
    """A queue that has stopped.

    Its messages: 1 sent, 2 failed, 3 half sent, 4 and 5 waiting, 6 scheduled, 7 for one modem only.
    """
    setup.air.lines["phone1"].barred["+34600000002"] = 1
    async with setup.running() as running:
        await setup.send(running, "sent", to="+34600000001")
        await setup.send(running, "failed", to="+34600000002")
        await setup.send(running, "abcdefghij" * 40, to="+34600000003")
        await trio.sleep(17)
        setup.cut_power()
    stopped, _ = setup.build()
    for number in (4, 5):
        await setup.send(stopped, "waiting", to=f"+3460000000{number}")
    later = setup.clock.now().replace(year=2027)
    await setup.send(stopped, "scheduled", to="+34600000006", send_at=later)
    await setup.send(stopped, "pinned", to="+34600000007", modem="phone1")
    return stopped


async def test_what_the_queue_wrote_is_sound(setup: Setup, queue: Queue, autojump_clock: MockClock) -> None:
    assert findings(setup.database) == []
    assert [findings(setup.database, each) for each in (check_accepted, check_backlog, check_steering)] == [
        []
    ] * 3


BROKEN = {
    # Conservation, and one legal state
    "UPDATE message SET state = 'lost' WHERE seq = 1": "its state is 'lost'",
    "UPDATE message SET state = 'delivered', delivered_at = 1 WHERE seq = 1": "its last event is sent",
    "UPDATE event SET kind = 'message.delivered' WHERE kind = 'message.sent'": "from sending to delivered",
    "DELETE FROM event WHERE kind = 'message.queued'": "its first event is sending",
    "DELETE FROM event": "no event tells of it",
    "UPDATE event SET kind = 'message.sens' WHERE kind = 'message.sent'": "an event tells 'message.sens' of it",
    "UPDATE event SET client_id = 9 WHERE kind = 'message.sent'": "an event of it is shown to another client",
    "UPDATE message SET corrected = 1 WHERE seq = 1": "not given up before it was proven sent",
    # What was accepted
    "UPDATE message SET text = 'senT' WHERE seq = 1": "not what was accepted",
    "UPDATE message SET recipient = '+34600000009' WHERE seq = 4": "not what was accepted",
    "UPDATE message SET encoding = 'ucs2' WHERE seq = 4": "not what was accepted",
    "UPDATE message SET expires_at = 1 WHERE seq = 4": "not what was accepted",
    "UPDATE message SET checksum = checksum + 1 WHERE seq = 4": "not what was accepted",
    # What never changes, and isn't in the checksum
    "UPDATE message SET in_doubt = 'lold' WHERE seq = 4": "its policy for doubts is 'lold'",
    "UPDATE message SET ordering = 'strxct' WHERE seq = 4": "its order is 'strxct'",
    "UPDATE message SET priority = 9 WHERE seq = 4": "its priority is 9",
    "UPDATE message SET wait_reason = 'schedxled' WHERE seq = 6": "it waits for 'schedxled'",
    "UPDATE message SET route = '@phone2' WHERE seq = 7": "pinned to phone1, and its route is '@phone2'",
    "UPDATE message SET ready = 3 WHERE seq = 4": "ready is neither yes nor no",
    "UPDATE message SET cancel_requested = 2 WHERE seq = 4": "cancel_requested is neither yes nor no",
    "UPDATE message SET managed = 1 WHERE seq = 4": "of a batch that people steer, and of no batch",
    # What it costs
    "UPDATE message SET charged = 2 WHERE seq = 2": "it is failed, and 2 of its 1 parts are paid for",
    "UPDATE message SET charged = 0 WHERE seq = 1": "it is sent, and 0 of its 1 parts are paid for",
    "UPDATE message SET price = -1 WHERE seq = 1": "a part of it costs -1",
    # Its place in the queue
    "UPDATE message SET not_before = send_at + 1 WHERE seq = 6": "it is planned for 2027-",
    "UPDATE message SET wait_reason = 'paused' WHERE seq = 6": "held with its batch, and is of none",
    "UPDATE message SET not_before = 1 WHERE seq = 1": "it is sent and yet waits",
    "UPDATE message SET cancel_requested = 1 WHERE seq = 4": "it is to be stopped, and was never begun",
    "UPDATE message SET secret = 1 WHERE seq = 1": "its text is a secret and still there",
    "UPDATE message SET ready = 1 WHERE seq = 1": "it is sent and in the queue",
    "UPDATE message SET ready = NULL WHERE seq = 4": "it is queued and out of the queue",
    "UPDATE message SET ready = 1 WHERE seq = 3": "ready for another",
    "UPDATE message SET wait_reason = 'order' WHERE seq = 4": "ready and yet waits",
    "UPDATE message SET ready = 0 WHERE seq = 4": "parked for no reason",
    "UPDATE message SET not_before = NULL WHERE seq = 6": "nothing would ever wake it",
    "UPDATE message SET doubt_until = 1 WHERE seq = 1": "evidence is waited for",
    # Times
    "UPDATE message SET sent_at = NULL WHERE seq = 1": "no time of sending",
    "UPDATE message SET sent_at = 1 WHERE seq = 2": "failed and has a time of sending",
    "UPDATE message SET delivered_at = 1 WHERE seq = 1": "sent and has a time of delivery",
    # Parts
    "DELETE FROM part WHERE message_seq = 1": "1 parts of it are not sent",
    "UPDATE part SET state = 'in_doubt' WHERE message_seq = 1": "a part of it is in doubt",
    "UPDATE part SET state = 'odd' WHERE message_seq = 1": "a part of it is 'odd'",
    "UPDATE part SET number = 7 WHERE message_seq = 3": "and yet parts [7]",
    "UPDATE message SET parts_sent = 0 WHERE seq = 3": "0 parts are counted as sent, and 1 are",
    "UPDATE attempt SET armed_at = NULL WHERE message_seq = 1": "never armed",
    "UPDATE attempt SET outcome = 'refused', armed_at = NULL WHERE message_seq = 1": "was never armed",
    # Attempts
    "DELETE FROM attempt WHERE message_seq = 2": "1 tries are counted, and 0 were made",
    "UPDATE message SET spent = 9 WHERE seq = 2": "9 tries count against it",
    "UPDATE attempt SET outcome = 'accepted' WHERE message_seq = 2": "is not written down",
    "UPDATE attempt SET finished_at = NULL WHERE message_seq = 1": "settled without an outcome",
    "UPDATE attempt SET finished_at = NULL, outcome = NULL WHERE message_seq = 1": "attempt at it is under way",
    "INSERT INTO attempt (message_seq, part, number, modem, claimed_at) "
    "VALUES (3, 3, 8, 'phone1', 0), (3, 4, 9, 'phone1', 0)": ("2 attempts at it are under way at once"),
    "INSERT INTO attempt (message_seq, part, number, modem, claimed_at, armed_at, finished_at, outcome) "
    "VALUES (1, 1, 2, 'phone1', 0, 0, 0, 'accepted')": "accepted 2 times",
    # Values that never were
    "UPDATE message SET created_at = 9223372036854775807 WHERE seq = 1": "can't be read",
    "UPDATE message SET text = CAST(x'ff' AS TEXT) WHERE seq = 4": "can't be read",
}


@pytest.mark.parametrize("sql", BROKEN)
async def test_broken_row_is_found(setup: Setup, queue: Queue, autojump_clock: MockClock, sql: str) -> None:
    write(setup.database, sql)
    assert any(BROKEN[sql] in finding for finding in findings(setup.database)), findings(setup.database)


async def test_unreadable_row_hides_no_other(
    setup: Setup, queue: Queue, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(setup.database, "UPDATE message SET created_at = 9223372036854775807 WHERE seq = 3")
    write(setup.database, "UPDATE message SET text = 'other' WHERE seq IN (1, 5)")
    found = findings(setup.database)
    assert len(found) == 3
    assert "message number 3 can't be read" in found[1]


async def test_accepted_message_that_vanished_is_found(
    setup: Setup, queue: Queue, autojump_clock: MockClock
) -> None:
    write(setup.database, "DELETE FROM message WHERE seq = 5")
    assert ["is gone" in finding for finding in findings(setup.database, check_accepted)] == [True]


@pytest.mark.parametrize("column", ["subject", "kind", "data"])
async def test_event_that_is_no_text_is_found_and_hides_no_other(
    setup: Setup, queue: Queue, autojump_clock: MockClock, column: str
) -> None:
    write(setup.database, f"UPDATE event SET {column} = CAST(x'ff' AS TEXT) WHERE seq = 2")
    write(setup.database, "UPDATE event SET data = '{' WHERE seq = 3")
    write(setup.database, "DELETE FROM message WHERE seq = 5")
    unreadable, invalid, gone = findings(setup.database, check_accepted)
    assert unreadable == "event number 2 can't be read: Could not decode to UTF-8 column 'event'"
    assert invalid == "what event 3 tells is no JSON"
    assert "is gone" in gone


async def test_client_that_is_no_text_is_found_and_hides_no_other(
    setup: Setup, queue: Queue, autojump_clock: MockClock
) -> None:
    await setup.send(queue, "counted", client="bank")
    write(setup.database, "UPDATE client SET name = CAST(x'ff' AS TEXT) WHERE name = 'shop'")
    write(setup.database, "UPDATE backlog SET parts = 7")
    found = findings(setup.database, check_backlog)
    assert ["can't be read" in finding for finding in found] == [True, False]
    assert found[1] == "client bank has 1 parts of 1 messages waiting, and 7 of 1 are counted"


STEERING = {
    "UPDATE modem_mode SET mode = 'runnxng'": "the mode of modem phone1 is 'runnxng'",
    "UPDATE modem_mode SET reason = CAST(x'ff' AS TEXT)": "mode of a modem number 1 can't be read",
    "UPDATE message_type SET priority = 9": "the priority of type otp is 9",
    "UPDATE message_type SET validity = 0": "messages of type otp are valid for 0 seconds",
    "UPDATE message_type SET keep_days = -1": "messages of type otp are kept for -1 days",
    "UPDATE message_type SET active = 2": "active of type otp is neither yes nor no",
    "UPDATE pace SET boottime = 'soon'": "modem phone1 last sent 'soon' seconds after a start of the machine",
    "UPDATE pace SET wall = 9223372036854775807": "pace of a modem number 1 can't be read",
}


@pytest.mark.parametrize("sql", STEERING)
async def test_broken_steering_is_found(
    setup: Setup, queue: Queue, autojump_clock: MockClock, sql: str
) -> None:
    async with setup.running() as running:
        await running.set_mode("phone1", "paused", actor="ana", reason="a new SIM")
    await queue.types.put("otp", TypeDraft({"en": "One-time code"}, None, validity=300), actor="ana")
    assert findings(setup.database, check_steering) == []
    write(setup.database, sql)
    (found,) = findings(setup.database, check_steering)
    assert STEERING[sql] in found


async def test_pages_cover_every_row(
    setup: Setup, queue: Queue, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatewayd.queue.checking.PAGE_ROWS", 2)
    write(setup.database, "UPDATE message SET text = text || '!'")
    assert len(findings(setup.database)) == 7
    write(setup.database, "DELETE FROM message WHERE seq IN (4, 5, 6)")
    assert len(findings(setup.database, check_accepted)) == 3


async def test_verdict_on_a_restored_message_is_sound(
    setup: Setup, queue: Queue, autojump_clock: MockClock
) -> None:
    write(setup.database, "INSERT INTO epoch (copied_at) VALUES (1)")
    async with setup.running() as restored:
        page = await setup.database.read(
            lambda tx: tx.execute(text("SELECT id FROM message WHERE seq = 4")).scalar()
        )
        assert page is not None
        await restored.resolve(None, page, Verdict.SENT, actor="ana", reason="the customer has it")
        assert await setup.state(restored, page) is State.SENT
    assert findings(setup.database) == []
