"""The last used TP-MR on the SIM, which not every modem keeps up."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from gatewayd.modem.reference import ReferenceProbe
from tests.modem.peer import ERROR, Peer, Scripts, said, talking

COMMAND = "AT+CRSM=176,28483,0,0,2"


def kept(*references: int) -> list[bytes]:
    return [said(f'+CRSM: 144,0,"{reference:02X}FF"') for reference in references]


async def compared(answers: Scripts, *accepted: int | None) -> tuple[ReferenceProbe, int | None]:
    """A probe after these accepted submits, each of them compared, and what it reads then."""
    probe = ReferenceProbe(enabled=True)
    async with talking(Peer({COMMAND: answers})) as talk:
        for mr in accepted:
            probe.accepted(mr)
            await probe.compare(talk.session)
        return probe, await probe.read_trusted(talk.session)


async def test_reference_is_believed_after_three_agreements(autojump_clock: MockClock) -> None:
    probe, last = await compared(list(kept(1, 2, 3, 4)), 1, 2, 3)
    assert probe.trusted
    assert last == 4


async def test_reference_is_not_believed_after_two(autojump_clock: MockClock) -> None:
    probe, last = await compared(list(kept(1, 2)), 1, 2)
    assert (probe.trusted, last) == (False, None)


async def test_reference_that_disagrees_once_is_believed_no_longer(autojump_clock: MockClock) -> None:
    probe, _ = await compared(list(kept(1, 2, 3, 3)), 1, 2, 3, 4)
    assert not probe.trusted


async def test_reference_of_another_sim_is_not_believed_for_what_the_one_before_has_shown(
    autojump_clock: MockClock,
) -> None:
    probe, _ = await compared(list(kept(1, 2, 3)), 1, 2, 3)
    probe.forget()
    assert not probe.trusted


@pytest.mark.parametrize("answer", [ERROR, said("+CRSM: 106,130"), said('+CRSM: 144,0,""'), said()])
async def test_reference_of_a_sim_without_the_file_is_never_believed(
    answer: bytes, autojump_clock: MockClock
) -> None:
    probe, _ = await compared(answer, 1, 1, 1, 1)
    assert not probe.trusted


async def test_reference_is_compared_once_for_each_submit_and_not_without_one(
    autojump_clock: MockClock,
) -> None:
    probe = ReferenceProbe(enabled=True)
    async with talking(Peer({COMMAND: kept(5)[0]})) as talk:
        await probe.compare(talk.session)
        assert not probe.accepted(None)
        await probe.compare(talk.session)
        assert probe.accepted(5)
        for _ in range(3):
            await probe.compare(talk.session)
        assert talk.peer.heard.count(COMMAND) == 1


async def test_reference_is_not_asked_for_while_a_submit_is_out(autojump_clock: MockClock) -> None:
    probe = ReferenceProbe(enabled=True)
    async with talking() as talk:
        probe.accepted(5)
        async with talk.session.turn:
            await probe.compare(talk.session)
        assert not talk.peer.heard


async def test_reference_is_never_asked_for_where_it_isn_t_wanted(autojump_clock: MockClock) -> None:
    probe = ReferenceProbe(enabled=False)
    async with talking() as talk:
        assert not probe.accepted(5)
        await probe.compare(talk.session)
        assert await probe.read_trusted(talk.session) is None
        assert not talk.peer.heard
