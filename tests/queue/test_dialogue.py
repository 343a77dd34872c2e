"""What was said to the modem stays with the attempt that it is about."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from gatewayd.modem.ports import Said, Voice
from gatewayd.queue.dialogue import read, written

from .conftest import Setup

DIALOGUE = (
    Said(0.0, Voice.GATEWAYD, "AT+CMGS=25"),
    Said(0.012, Voice.MODEM, ">"),
    Said(0.012, Voice.GATEWAYD, "‹PDU, 37 octets›"),
    Said(6.98, Voice.GATEWAYD, "Ctrl-Z"),
    Said(123.456, Voice.MODEM, "+CMS ERROR: 38"),
    Said(186.98, Voice.NOTE, "time out after 180 s"),
)


def test_dialogue_is_read_as_it_was_written() -> None:
    assert read(written(DIALOGUE)) == DIALOGUE


def test_dialogue_in_its_column_is_readable_for_people() -> None:
    assert str(written(DIALOGUE)).splitlines()[3:5] == ["6.98 > Ctrl-Z", "123.456 < +CMS ERROR: 38"]


def test_no_dialogue_takes_no_room() -> None:
    assert written(()) is None
    assert read(None) == ()


@pytest.mark.parametrize("damage", ["", "x > OK", "1.0 ? OK", "1.0 <", "nan < OK", "1e9 < OK", "\x00"])
def test_damaged_line_of_a_dialogue_is_left_out(damage: str) -> None:
    assert read(f"0.5 < >\n{damage}\n1 < OK") == (Said(0.5, Voice.MODEM, ">"), Said(1.0, Voice.MODEM, "OK"))


@pytest.mark.parametrize("fate", ["refused", "silent", "lost"])
async def test_attempt_that_failed_or_is_in_doubt_keeps_its_dialogue(
    fate: str, setup: Setup, autojump_clock: MockClock
) -> None:
    line = setup.air.lines["phone1"]
    line.dialogue = DIALOGUE
    if fate == "refused":
        line.refusals[0] = ("cms", 38, 1.0)
    else:
        (line.silent if fate == "silent" else line.lost).add(0)
    async with setup.running() as queue:
        name = await setup.send(queue, "Olá")
        await trio.sleep(600)
        attempts = (await queue.detail(None, name)).attempts
    assert [attempt.dialogue for attempt in attempts] == [DIALOGUE, ()][: len(attempts)]
    assert attempts[0].outcome == ("refused" if fate == "refused" else "unknown")


async def test_accepted_attempt_has_no_dialogue(setup: Setup, autojump_clock: MockClock) -> None:
    setup.air.lines["phone1"].dialogue = DIALOGUE
    async with setup.running() as queue:
        name = await setup.send(queue, "Olá")
        await trio.sleep(60)
        attempts = (await queue.detail(None, name)).attempts
    assert [(attempt.outcome, attempt.dialogue) for attempt in attempts] == [("accepted", ())]
