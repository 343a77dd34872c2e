"""A fault at every octet of what the modem says during a submit: it may cost the outcome, never the truth."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from trio.testing import MockClock

from gatewayd.modem.ports import Accepted, Phase, Unknown
from gatewayd.modem.submission import submit
from tests.modem.peer import PDU, PROMPT, Peer, Script, armed, said, talking

ANSWER = said("+CMGS: 7")

#: What may happen to the octets at a place.
FAULTS: dict[str, Callable[[bytes, int], Script]] = {
    "lost": lambda octets, at: octets[:at] + octets[at + 1 :],
    "twice": lambda octets, at: octets[:at] + octets[at : at + 1] + octets[at:],
    "garbage": lambda octets, at: octets[:at] + b"\x00\xfe\x80" + octets[at:],
    "mail": lambda octets, at: octets[:at] + b'\r\n+CMTI: "SM",1\r\n' + octets[at:],
    "report": lambda octets, at: octets[:at] + b"\r\n+CDS: 25\r\n0791AB\r\n" + octets[at:],
    "hung up call": lambda octets, at: octets[:at] + b"\r\nNO CARRIER\r\n" + octets[at:],
    "slow": lambda octets, at: (octets[:at], 4.0, octets[at:]),
    "very slow": lambda octets, at: (octets[:at], 200.0, octets[at:]),
    "cut off": lambda octets, at: octets[:at],
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_submit_with_a_fault_before_the_prompt_never_loses_track(
    fault: str, autojump_clock: MockClock
) -> None:
    for place in range(len(PROMPT)):
        async with talking(Peer(prompt=FAULTS[fault](PROMPT, place))) as talk:
            outcome = await submit(talk.session, PDU, arm=armed)
            # Either it was submitted and accepted, or it was certainly not sent.
            assert (talk.peer.heard.count("SUBMIT") == 1) is isinstance(outcome, Accepted)
            assert outcome.stamp is not None or b"\x1a" not in talk.peer.octets
            talk.peer.prompt = PROMPT
            assert isinstance(await submit(talk.session, PDU, arm=armed), Accepted)


@pytest.mark.parametrize("fault", FAULTS)
async def test_submit_with_a_fault_in_the_answer_is_accepted_or_unknown(
    fault: str, autojump_clock: MockClock
) -> None:
    for place in range(len(ANSWER)):
        async with talking(Peer(submitted=FAULTS[fault](ANSWER, place))) as talk:
            outcome = await submit(talk.session, PDU, arm=armed)
            assert isinstance(outcome, Accepted | Unknown)
            talk.peer.submitted = ANSWER
            again = await submit(talk.session, PDU, arm=armed)
            if talk.session.owed is None:
                assert isinstance(again, Accepted)
            else:
                assert isinstance(outcome, Unknown)
                assert isinstance(again, Unknown)
                assert again.phase is Phase.COMMAND
                assert talk.peer.heard.count("SUBMIT") == 1
