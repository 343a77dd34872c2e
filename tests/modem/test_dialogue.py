"""What is kept of a submit's dialogue: enough to judge it by, and nothing of what was sent or received."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from gatewayd.modem import at, notices
from gatewayd.modem.dialogue import Dialogue
from gatewayd.modem.ports import Accepted, Outcome, Refused, Said, Unknown, Voice
from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.modem.submission import submit
from gatewayd.sms.pdu import Pdu, encode_submit
from gatewayd.sms.segments import segment
from tests.modem.peer import PDU, PROMPT, SILENCE, Peer, Script, Scripts, armed, said, talking

#: What may leave no trace: a message of ours, one that is received meanwhile, a caller and a balance.
CANARY = encode_submit("+34603060000", segment("Canary 31415926").parts[0], validity=None, report=True)
RECEIVED = encode_deliver("+34611777666", "Canary 27182818", smsc="+34600000999")[0].hex().upper()
CALLER = "+34611999888"
NOISE = (
    f'\r\n+CLIP: "{CALLER}",145\r\n\r\n+CMT: "Ana",{len(RECEIVED) // 2 - 8}\r\n{RECEIVED}\r\n'
    f'\r\n+CMTI: "SM",3\r\n\r\n+CUSD: 0,"Saldo 31415926",15\r\n'
).encode()

#: What a line may look like that is no name: a fixed word, a reference, a code or a length.
KNOWN = re.compile(
    r">|OK|ERROR|Ctrl-Z|AT\+CMGS=\d{1,3}|\+CM[ES] ERROR(: \d{1,5})?|\+CMGS: (\d{1,3}|‹unreadable›)|"
    r"‹PDU, \d{1,3} octets›|‹echo of the (command|PDU)›|‹a line of \d{1,4} characters›|"
    r"‹more than a line can hold›|\d+ more lines left out|"
    r"time out after \d+ s|two answers|OK without \+CMGS|the modem restarted|line lost: .*"
)


def harmless(line: str) -> bool:
    return KNOWN.fullmatch(line) is not None or notices.name_of(line) == line


async def outcome_of(peer: Peer, pdu: Pdu = PDU) -> Outcome:
    async with talking(peer) as talk:
        return await submit(talk.session, pdu, arm=armed)


def lines(dialogue: tuple[Said, ...]) -> list[tuple[str, str]]:
    return [(line.voice.value, line.line) for line in dialogue]


async def test_refused_submit_tells_its_dialogue_with_seconds_since_the_command(
    autojump_clock: MockClock,
) -> None:
    outcome = await outcome_of(Peer(submitted=(2.5, b"\r\n+CMS ERROR: 38\r\n")))
    assert isinstance(outcome, Refused)
    assert [(line.seconds, line.voice, line.line) for line in outcome.dialogue] == [
        (0.0, Voice.GATEWAYD, "AT+CMGS=18"),
        (0.0, Voice.MODEM, ">"),
        (0.0, Voice.GATEWAYD, "‹PDU, 19 octets›"),
        (0.0, Voice.GATEWAYD, "Ctrl-Z"),
        (2.5, Voice.MODEM, "+CMS ERROR: 38"),
    ]


async def test_submit_that_times_out_says_after_how_long(autojump_clock: MockClock) -> None:
    outcome = await outcome_of(Peer(submitted=SILENCE))
    assert isinstance(outcome, Unknown)
    assert outcome.dialogue[-1] == Said(180.0, Voice.NOTE, "time out after 180 s")


@pytest.mark.parametrize(
    ("submitted", "ends"),
    [
        (said("+CMGS: 7", "+CMGS: 8"), ["+CMGS: 7", "+CMGS: 8", "OK", "two answers"]),
        (b"\r\nOK\r\n", ["OK", "OK without +CMGS"]),
        ((1.0, b"\r\nRDY\r\n"), ["RDY", "the modem restarted"]),
        (b"\r\n+CME ERROR: what?\r\n", ["+CME ERROR"]),
    ],
)
async def test_submit_that_proves_nothing_tells_what_it_went_by(
    submitted: Script, ends: list[str], autojump_clock: MockClock
) -> None:
    outcome = await outcome_of(Peer(submitted=submitted))
    assert [line.line for line in outcome.dialogue][-len(ends) :] == ends


async def test_accepted_submit_tells_its_dialogue_only_where_the_reference_is_unreadable(
    autojump_clock: MockClock,
) -> None:
    assert (await outcome_of(Peer())).dialogue == ()
    outcome = await outcome_of(Peer(submitted=said("+CMGS: 666600")))
    assert isinstance(outcome, Accepted)
    assert lines(outcome.dialogue)[-2:] == [("modem", "+CMGS: ‹unreadable›"), ("modem", "OK")]


async def test_what_the_modem_says_besides_is_named_and_not_told(autojump_clock: MockClock) -> None:
    outcome = await outcome_of(Peer(submitted=(NOISE, 1.0, b"\r\n+CMS ERROR: 500\r\n")))
    assert [line.line for line in outcome.dialogue][4:] == [
        "+CLIP",
        "+CMT",
        "+CMTI",
        "+CUSD",
        "+CMS ERROR: 500",
    ]


async def test_echoes_are_told_as_echoes(autojump_clock: MockClock) -> None:
    answer = PDU.hex.encode() + b"\x1a\r\n\r\nERROR\r\n"
    async with talking(Peer(submitted=answer, echo=True), ready=False) as talk:
        await talk.session.command("ATE0")
        talk.session.ready = True
        outcome = await submit(talk.session, PDU, arm=armed)
    assert [line.line for line in outcome.dialogue] == [
        "AT+CMGS=18",
        "‹echo of the command›",
        ">",
        "‹PDU, 19 octets›",
        "Ctrl-Z",
        "‹echo of the PDU›",
        "ERROR",
    ]


async def test_chatter_pushes_out_no_answer_and_the_dialogue_stays_small(autojump_clock: MockClock) -> None:
    chatter = b"\r\n^HCSQ: 1\r\n" * 500
    outcome = await outcome_of(
        Peer(prompt=chatter + PROMPT * 40, submitted=(chatter, 1.0, b"\r\n+CMS ERROR: 42\r\n"))
    )
    told = [line.line for line in outcome.dialogue]
    assert len(told) <= 20
    assert sum(len(line.encode()) + 12 for line in told) <= 1024
    assert told.count("^HCSQ") == 6
    assert told[-1].endswith("more lines left out")


def damaged(data: bytes, rng: random.Random) -> bytes:
    """As a bad line delivers it: bits flipped, octets lost, doubled, or an end of line in between."""
    out = bytearray()
    for octet in data:
        match rng.randrange(40):
            case 0:
                out.append(octet ^ (1 << rng.randrange(8)))
            case 1:
                continue
            case 2:
                out += bytes([octet, octet])
            case 3:
                out += b"\r\n" + bytes([octet])
            case _:
                out.append(octet)
    return bytes(out)


@pytest.mark.parametrize("seed", range(40))
async def test_nothing_of_text_number_or_pdu_is_told_however_the_line_damages_it(
    seed: int, autojump_clock: MockClock
) -> None:
    rng = random.Random(seed)
    scripts: Scripts = (
        damaged(CANARY.hex.encode() + b"\x1a" + NOISE, rng),
        1.0,
        damaged(b"\r\nCanary 31415926\r\n" + NOISE + b"\r\n+CMS ERROR: 38\r\n", rng),
    )
    outcome = await outcome_of(Peer(prompt=damaged(NOISE, rng) + PROMPT, submitted=scripts), CANARY)
    assert outcome.dialogue
    for line in outcome.dialogue:
        assert harmless(line.line), line


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_no_octets_bring_more_than_known_words_into_it(pieces: list[bytes]) -> None:
    parser, dialogue = at.Parser(), Dialogue("AT+CMGS=30", CANARY.hex, lambda: 0.0)
    for piece in pieces:
        for event in parser.feed(piece + b"\r\n"):
            dialogue.heard(event)
    told = dialogue.told("two answers")
    assert len(told) <= 20
    assert all(harmless(line.line) for line in told)
