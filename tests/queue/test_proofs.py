"""Parts and attempts that don't prove each other are found."""

from __future__ import annotations

import pytest
import trio
from sqlalchemy import text
from trio.testing import MockClock

from gatewayd.message import Doubt
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.service import Queue

from .conftest import Setup
from .damage import findings, write
from .reporting import EXPIRED, STILL_TRYING, report


@pytest.fixture
async def queue(setup: Setup, autojump_clock: MockClock) -> Queue:
    """A queue that has stopped.

    Its messages: 1 delivered, 2 undelivered, 3 sent with the service centre still trying, 4 refused for good, 5 assumed
    to be sent, 6 held in doubt, 7 half sent, and then in doubt.
    """
    line = setup.air.lines["phone1"]
    line.barred["+34600000004"] = 1
    line.lost |= {4, 5, 7}
    async with setup.running() as running:
        for number in (1, 2, 3, 4):
            await setup.send(running, "hello", to=f"+3460000000{number}")
        await trio.sleep(30)
        for mr, status in enumerate((0, EXPIRED, STILL_TRYING)):
            report(setup, mr, status, to=f"+3460000000{mr + 1}")
        await setup.send(running, "assumed", to="+34600000005", in_doubt=Doubt.ASSUME_SENT)
        await setup.send(running, "held", to="+34600000006")
        await trio.sleep(1200)
        await setup.send(running, "abcdefghij" * 25, to="+34600000007")
        await trio.sleep(60)
    return setup.build()[0]


async def test_what_the_queue_wrote_is_sound(setup: Setup, queue: Queue, autojump_clock: MockClock) -> None:
    assert findings(setup.database) == []
    states = setup.database.transact(
        lambda tx: list(tx.execute(text("SELECT state FROM message ORDER BY seq")).scalars())
    )
    assert states == ["delivered", "undelivered", "sent", "failed", "sent", "in_doubt", "in_doubt"]


OF_1 = "WHERE message_seq = 1"
BROKEN = {
    # An attempt's outcome fits what else is known of it
    f"UPDATE attempt SET outcome = 'refused' {OF_1}": "part 1 is sent, and the attempt at it is refused",
    f"UPDATE attempt SET outcome = 'xccepted' {OF_1}": "an attempt at it is 'xccepted'",
    f"UPDATE attempt SET outcome = 'unknown' {OF_1}": "an attempt at it is unknown, with the phase submitted",
    f"UPDATE attempt SET outcome = 'withdrawn' {OF_1}": "an attempt at it is withdrawn",
    "UPDATE attempt SET outcome = 'unknown', fault_text = NULL WHERE message_seq = 4": "an attempt at it is unknown",
    "UPDATE attempt SET outcome = 'refused' WHERE message_seq = 6": "part 1 is in_doubt, and the attempt at it is r",
    "UPDATE attempt SET phase = 'sxbmitted' WHERE message_seq = 4": "with the phase sxbmitted",
    "UPDATE attempt SET phase = 'pdu' WHERE message_seq = 1": "an attempt at it is accepted, with the phase pdu",
    "UPDATE attempt SET fault = NULL WHERE message_seq = 4": "the fault None",
    f"UPDATE attempt SET part = 3 {OF_1}": "it has 1 parts, and an attempt is at part 3",
    "UPDATE message SET spent = -1 WHERE seq = 4": "-1 tries count against it",
    # A part is what its attempt has made of it
    f"UPDATE part SET state = 'assumed' {OF_1}": "part 1 is assumed, and the attempt at it is accepted",
    "UPDATE part SET state = 'assumed' WHERE message_seq = 6": "assumed to be sent, and no event tells by whom",
    "UPDATE event SET data = replace(data, 'by', 'bx') WHERE kind = 'message.sent'": "no event tells by whom",
    f"UPDATE part SET mr = 700 {OF_1}": "part 1 has the reference 700",
    f"UPDATE part SET mr = mr + 1 {OF_1}": "part 1 was accepted as 0, and its reference is 1",
    f"UPDATE attempt SET mr = 700 {OF_1}": "the reference 700",
    "UPDATE attempt SET mr = 7 WHERE message_seq = 4": "an attempt at it is refused, with",
    f"UPDATE part SET modem = 'phone2' {OF_1}": "part 1 is not on the modem and the SIM",
    f"UPDATE part SET sim = '8935' {OF_1}": "part 1 is not on the modem and the SIM",
    f"UPDATE part SET at = at + 1 {OF_1}": "part 1 is of another time than the attempt at it",
    "UPDATE message SET possible_duplicate = 1 WHERE seq = 1": "a possible duplicate, and was never in doubt",
    f"UPDATE part SET scts = 9223372036854775807 {OF_1}": "scts of a part of it is no time",
    f"UPDATE attempt SET armed_at = 'then' {OF_1}": "armed_at of an attempt at it is no time",
    f"UPDATE attempt SET fault_text = CAST(x'ff' AS TEXT) {OF_1}": "number 1 can't be read",
    # Where its other parts would go
    "UPDATE message SET modem = 'phone2' WHERE seq = 7": "its modem is phone2, and it was last tried by phone1",
    "UPDATE message SET sim = '8935' WHERE seq = 7": "its SIM is 8935, and it was never tried there",
    "UPDATE message SET modem = 'phone2' WHERE seq = 1": "its modem is phone2, and it was last tried by phone1",
    # Evidence
    "UPDATE part SET state = 'sent' WHERE message_seq = 6": "it is in doubt, and no part of it is",
    "UPDATE message SET parts_sent = 2 WHERE seq = 7": "2 parts are counted as sent, and 1 are",
    "UPDATE part SET state = 'sent' WHERE message_seq = 7": "evidence is waited for, and no part of it is in doubt",
    # Reports
    f"UPDATE part SET report = 'delixered' {OF_1}": "part 1 is reported 'delixered', with the status 0",
    f"UPDATE part SET report = 'failed' {OF_1}": "part 1 is reported 'failed', with the status 0",
    f"UPDATE part SET report_status = 300 {OF_1}": "with the status 300",
    f"UPDATE part SET report_status = NULL {OF_1}": "part 1 is reported delivered, without a status",
    f"UPDATE part SET reported_at = NULL {OF_1}": "part 1 is reported delivered, at no time",
    f"UPDATE part SET report = 'temporary', report_status = 32 {OF_1}": "delivered, and not every part",
    "UPDATE part SET report = 'delivered', report_status = 0 WHERE message_seq = 2": "undelivered, and no part",
}


@pytest.mark.parametrize("sql", BROKEN)
async def test_broken_row_is_found(setup: Setup, queue: Queue, autojump_clock: MockClock, sql: str) -> None:
    write(setup.database, sql)
    assert any(BROKEN[sql] in finding for finding in findings(setup.database)), findings(setup.database)


async def test_part_that_would_leave_a_second_time_unseen_is_found(
    setup: Setup, autojump_clock: MockClock
) -> None:
    setup.air.lines["phone1"].lost.add(0)
    async with setup.running() as running:
        await setup.send(running, "abcdefghij" * 40)
        await trio.sleep(8)
        setup.cut_power()
    assert findings(setup.database) == []
    write(setup.database, "DELETE FROM part WHERE state = 'in_doubt'")
    assert any("part 1 may have left, and is not written down" in each for each in findings(setup.database))


async def test_mark_of_what_is_sent_again_from_doubt_is_missed(
    setup: Setup, queue: Queue, autojump_clock: MockClock
) -> None:
    held = setup.database.transact(
        lambda tx: tx.execute(text("SELECT id FROM message WHERE seq = 6")).scalar_one()
    )
    await queue.resolve(None, held, Verdict.RESEND, actor="ana", reason="it never came")
    assert findings(setup.database) == []
    write(setup.database, "UPDATE message SET possible_duplicate = 0 WHERE seq = 6")
    assert any("not marked as a possible duplicate" in finding for finding in findings(setup.database))


async def test_part_proven_by_a_refused_copy_is_sound(setup: Setup, autojump_clock: MockClock) -> None:
    line = setup.air.lines["phone1"]
    line.silent.add(0)
    line.refusals[1] = ("cms", 197, 1.0)
    async with setup.running() as running:
        name = await setup.send(running, "twice", in_doubt=Doubt.RESEND)
        await trio.sleep(1300)
        assert (await running.detail(None, name)).attempts[-1].outcome == "refused"
    assert findings(setup.database) == []
    write(setup.database, "UPDATE attempt SET fault = '+CMS 38' WHERE outcome = 'refused'")
    assert any("part 1 is sent, and the attempt at it is ref" in each for each in findings(setup.database))


async def test_message_sent_again_by_a_person_after_a_part_had_left_is_sound(
    setup: Setup, queue: Queue, autojump_clock: MockClock
) -> None:
    sent = setup.database.transact(
        lambda tx: tx.execute(text("SELECT id FROM message WHERE seq = 2")).scalar_one()
    )
    again = await queue.retry(None, sent, actor="ana")
    assert again.possible_duplicate
    assert findings(setup.database) == []
