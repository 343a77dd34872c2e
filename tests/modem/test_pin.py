"""The PIN: once per start, never the last try, never again once refused."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from trio.testing import MockClock

from gatewayd.modem.failures import LineSilent, NeedsPerson
from gatewayd.modem.pin import PinGuard, tries_left
from gatewayd.modem.quirks import quirks_of
from tests.modem.peer import ERROR, OK, SILENCE, Notebook, Peer, Talk, said, talking, usual

ICCID = "8934070039043559074"
ENTERED = 'AT+CPIN="1234"'


def entries(talk: Talk) -> list[str]:
    return talk.peer.commands("AT+CPIN=")


async def test_pin_that_the_sim_accepts_is_entered_and_may_be_again(autojump_clock: MockClock) -> None:
    journal = Notebook()
    guard = PinGuard(SecretStr("1234"), journal)
    async with talking() as talk:
        await guard.enter(talk.session, ICCID)
        # The modem has restarted and asks again.
        await guard.enter(talk.session, ICCID)
        assert entries(talk) == [ENTERED, ENTERED]
        assert journal.wrong == set()


async def test_pin_that_the_sim_refuses_is_never_entered_again(autojump_clock: MockClock) -> None:
    journal = Notebook()
    async with talking(Peer(usual() | {ENTERED: b"\r\n+CME ERROR: 16\r\n"})) as talk:
        guard = PinGuard(SecretStr("1234"), journal)
        for start in (guard, guard, PinGuard(SecretStr("1234"), journal)):
            with pytest.raises(NeedsPerson):
                await start.enter(talk.session, ICCID)
        assert entries(talk) == [ENTERED]


async def test_pin_whose_answer_is_lost_counts_as_refused(autojump_clock: MockClock) -> None:
    journal = Notebook()
    async with talking(Peer(usual() | {ENTERED: SILENCE})) as talk:
        with pytest.raises(LineSilent):
            await PinGuard(SecretStr("1234"), journal).enter(talk.session, ICCID)
        with pytest.raises(NeedsPerson):
            await PinGuard(SecretStr("1234"), journal).enter(talk.session, ICCID)
        assert entries(talk) == [ENTERED]


async def test_corrected_pin_is_tried_although_another_was_refused(autojump_clock: MockClock) -> None:
    journal = Notebook()
    async with talking(Peer(usual() | {ENTERED: ERROR})) as talk:
        with pytest.raises(NeedsPerson):
            await PinGuard(SecretStr("1234"), journal).enter(talk.session, ICCID)
        await PinGuard(SecretStr("5678"), journal).enter(talk.session, ICCID)
        assert entries(talk) == [ENTERED, 'AT+CPIN="5678"']


async def test_pin_that_is_not_configured_needs_a_person(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        with pytest.raises(NeedsPerson, match="set `pin`"):
            await PinGuard(None, Notebook()).enter(talk.session, ICCID)


@pytest.mark.parametrize(
    ("manufacturer", "command", "answer", "left"),
    [
        (None, "AT+CPINR", "+CPINR: SIM PIN,1,3", 1),
        ("huawei", "AT^CPIN?", "^CPIN: SIM PIN,,10,1,10,3", 1),
        ("Quectel", "AT+QPINC?", '+QPINC: "SC",1,10', 1),
        ("SIMCOM INCORPORATED", "AT+SPIC", "+SPIC: 1,10,0,10", 1),
        ("Cinterion", "AT^SPIC", "^SPIC: 1", 1),
        ("Telit", "AT#PCT", "#PCT: 1", 1),
        (None, "AT+CPINR", "+CPINR: SIM PIN,0,3", 0),
    ],
)
async def test_pin_with_one_try_left_is_never_entered(
    manufacturer: str | None, command: str, answer: str, left: int, autojump_clock: MockClock
) -> None:
    async with talking(Peer({command: said(answer), "AT": OK}, otherwise=ERROR)) as talk:
        talk.session.quirks = quirks_of(manufacturer, None)
        assert await tries_left(talk.session) == left
        with pytest.raises(NeedsPerson, match="one try left"):
            await PinGuard(SecretStr("1234"), Notebook()).enter(talk.session, ICCID)
        assert entries(talk) == []


async def test_pin_of_a_modem_that_can_t_count_tries_is_entered_once(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT+CPINR": ERROR})) as talk:
        await PinGuard(SecretStr("1234"), Notebook()).enter(talk.session, None)
        assert entries(talk) == [ENTERED]
