"""Setting up: the plain modem, and every oddity that somebody has met."""

from __future__ import annotations

import pytest
import trio
from pydantic import SecretStr
from trio.testing import MockClock

from gatewayd.modem.failures import NeedsPerson
from gatewayd.modem.pin import PinGuard
from gatewayd.modem.setup import SetUp, set_up
from tests.modem.peer import ERROR, OK, SILENCE, Notebook, Peer, Script, Talk, said, talking, usual

ICCID = "8934070039043559074"


async def setting_up(
    talk: Talk, *, pin: str | None = None, smsc: str | None = None, acknowledge: bool = True
) -> SetUp:
    guard = PinGuard(SecretStr(pin) if pin else None, Notebook())
    return await set_up(talk.session, pins=guard, smsc=smsc, acknowledge=acknowledge)


def a_modem(manufacturer: str, model: str = "x", **replies: Script | list[Script]) -> Peer:
    return Peer(usual() | {"AT+CGMI": said(manufacturer), "AT+CGMM": said(model)} | replies)


async def test_set_up_of_a_plain_modem_identifies_it_and_chooses_pdu_mode(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        result = await setting_up(talk)
        assert result.equipment.imei == "490154203237518"
        assert result.iccid == ICCID
        assert result.domains == ("CREG", "CGREG", "CEREG")
        assert talk.peer.heard[:3] == ["ESC", "AT", "ATE0"]
        for command in (
            "AT+CMEE=1",
            "AT+CMGF=0",
            "AT+CSMS=0",
            "AT+CNMI=2,1,0,1,0",
            "AT+CREG=1",
            "AT+COPS=3,0",
        ):
            assert command in talk.peer.heard
        assert not talk.peer.commands("AT+CPIN=")
        assert not talk.peer.commands("AT+CSCA")
        assert b"\x1a" not in talk.peer.octets


async def test_set_up_of_a_modem_with_echo_works(autojump_clock: MockClock) -> None:
    async with talking(Peer(usual(), echo=True), ready=False) as talk:
        assert (await setting_up(talk)).equipment.manufacturer == "Acme"


@pytest.mark.parametrize(
    ("smsc", "command"), [("+34600000999", 'AT+CSCA="+34600000999",145'), ("600", 'AT+CSCA="600",129')]
)
async def test_set_up_with_a_service_centre_sets_it(
    smsc: str, command: str, autojump_clock: MockClock
) -> None:
    async with talking() as talk:
        await setting_up(talk, smsc=smsc)
        assert command in talk.peer.heard


async def test_set_up_of_a_modem_that_knows_nothing_optional_works(autojump_clock: MockClock) -> None:
    needed = {"AT": OK, "ATE0": OK, "AT+CPIN?": said("+CPIN: READY"), "AT+CMGF=0": OK}
    for refusal in (ERROR, b"\r\nCOMMAND NOT SUPPORT\r\n", b"\r\n+CME ERROR: 4\r\n"):
        async with talking(Peer(dict(needed), otherwise=refusal)) as talk:
            result = await setting_up(talk)
            assert result.domains == ()
            assert result.iccid is None


async def test_set_up_of_a_sim_that_asks_for_its_pin_enters_it_once(autojump_clock: MockClock) -> None:
    async with talking(Peer(usual() | {"AT+CPIN?": said("+CPIN: SIM PIN")})) as talk:
        await setting_up(talk, pin="1234")
        assert talk.peer.commands("AT+CPIN=") == ['AT+CPIN="1234"']


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said("+CPIN: SIM PIN"), "set `pin`"),
        (said("+CPIN: SIM PUK"), "SIM PUK"),
        (said("+CPIN: PH-NET PIN"), "PH-NET PIN"),
        (b"\r\n+CME ERROR: 10\r\n", "SIM not inserted"),
        (b"\r\n+CME ERROR: SIM failure\r\n", "SIM failure"),
    ],
)
async def test_set_up_of_a_sim_that_can_t_be_used_needs_a_person(
    answer: bytes, words: str, autojump_clock: MockClock
) -> None:
    async with talking(Peer(usual() | {"AT+CPIN?": answer})) as talk:
        with pytest.raises(NeedsPerson, match=words):
            await setting_up(talk)
        assert not talk.peer.commands("AT+CPIN=")
        assert trio.current_time() < 1.0


@pytest.mark.parametrize("busy", [b"\r\n+CME ERROR: 14\r\n", b"\r\n+CMS ERROR: 515\r\n", ERROR, OK])
async def test_set_up_of_a_sim_that_is_still_waking_up_waits(busy: bytes, autojump_clock: MockClock) -> None:
    async with talking(Peer(usual() | {"AT+CPIN?": [busy, busy, said("+CPIN: READY")]})) as talk:
        assert (await setting_up(talk)).iccid == ICCID


async def test_set_up_of_a_modem_that_refuses_pdu_mode_until_it_is_ready_waits(
    autojump_clock: MockClock,
) -> None:
    # SIM800 before it says "SMS Ready".
    async with talking(Peer(usual() | {"AT+CMGF=0": [ERROR, ERROR, OK]})) as talk:
        await setting_up(talk)
        assert talk.peer.commands("AT+CMGF=0") == ["AT+CMGF=0"] * 3


async def test_set_up_of_a_modem_that_knows_no_pdu_mode_needs_a_person(autojump_clock: MockClock) -> None:
    async with talking(Peer(usual() | {"AT+CMGF=0": ERROR})) as talk:
        with pytest.raises(NeedsPerson, match="PDU mode"):
            await setting_up(talk)
        assert 30 <= trio.current_time() < 32


async def test_set_up_of_wavecom_that_leaves_out_the_ok_works(autojump_clock: MockClock) -> None:
    peer = a_modem(
        "WAVECOM MODEM", "MULTIBAND  900E1800", **{"AT+CPIN?": b"\r\n+CPIN: READY\r\n", "AT+CGMR": ERROR}
    )
    async with talking(peer) as talk:
        await setting_up(talk)
        assert "AT+WIND=0" in talk.peer.heard


async def test_set_up_of_huawei_silences_it_and_reads_its_way_of_iccid(autojump_clock: MockClock) -> None:
    unknown = b"\r\nCOMMAND NOT SUPPORT\r\n"
    iccid = said("^ICCID: 8934070039043559074")
    peer = a_modem("huawei", "E3372", **{"AT+CGREG=1": unknown, "AT+CPINR": unknown, "AT^ICCID?": iccid})
    async with talking(peer) as talk:
        result = await setting_up(talk)
        assert result.domains == ("CREG", "CEREG")
        for command in ("AT^CURC=0", "AT^PORTSEL=1", "AT+CFUN=1"):
            assert command in talk.peer.heard


async def test_set_up_of_huawei_e1750_leaves_gaps(autojump_clock: MockClock) -> None:
    async with talking(a_modem("huawei", "E1750")) as talk:
        await setting_up(talk)
        assert talk.session.quirks.command_gap == 0.3


async def test_set_up_of_zte_asks_for_the_storage_to_stop_its_flood(autojump_clock: MockClock) -> None:
    async with talking(a_modem("ZTE INCORPORATED")) as talk:
        await setting_up(talk)
        assert "AT+CPMS?" in talk.peer.heard


async def test_set_up_of_nokia_writes_pdus_in_pieces(autojump_clock: MockClock) -> None:
    async with talking(a_modem("Nokia", "S60", **{f"AT+CNMI={x}": ERROR for x in ("2,1,0,1,0",)})) as talk:
        await setting_up(talk)
        assert (talk.session.quirks.pdu_piece, talk.session.quirks.pdu_pause) == (18, 0.01)


@pytest.mark.parametrize(
    ("manufacturer", "accepted"),
    [
        ("Acme", "2,1,0,2,0"),
        ("huawei", "1,1,0,1,0"),
        ("QUALCOMM INCORPORATED", "2,1,2,0,0"),
        ("Telit", "2,1,2,2,0"),
        ("SIEMENS", "2,1,0,1,1"),
        ("Cinterion", "3,1,0,1,1"),
    ],
)
async def test_set_up_falls_back_to_the_announcements_that_the_make_accepts(
    manufacturer: str, accepted: str, autojump_clock: MockClock
) -> None:
    needed = {command: reply for command, reply in usual().items() if command not in ("AT+CGMI",)}
    replies = needed | {"AT": OK, "ATE0": OK, "AT+CMGF=0": OK, "AT+CGMI": said(manufacturer)}
    async with talking(Peer(replies | {f"AT+CNMI={accepted}": OK}, otherwise=ERROR)) as talk:
        await setting_up(talk)
        assert talk.peer.commands("AT+CNMI")[-1] == f"AT+CNMI={accepted}"


async def test_set_up_amid_a_flood_of_unsolicited_lines_works(autojump_clock: MockClock) -> None:
    flood = b"\r\n^RSSI:20\r\n\r\n^BOOT:9,0,0,0,6\r\n\r\n+ZUSIMR:2\r\n\r\n^DSFLOWRPT:0,0,0,0,0,0,0\r\n"
    replies = {command: flood + reply for command, reply in usual().items() if isinstance(reply, bytes)}
    async with talking(Peer(dict(replies), otherwise=flood + OK)) as talk:
        result = await setting_up(talk)
        assert (result.equipment.manufacturer, result.iccid) == ("Acme", ICCID)


async def test_set_up_of_a_line_that_waits_for_a_pdu_takes_it_back_first(autojump_clock: MockClock) -> None:
    # The last owner of the line died at the prompt: everything up to ESC is taken for a PDU, and must never be sent.
    peer = Peer(usual())
    peer._prompting = True
    async with talking(peer) as talk:
        assert (await setting_up(talk)).equipment.manufacturer == "Acme"
        assert b"\x1a" not in talk.peer.octets


async def test_set_up_of_a_modem_with_slow_answers_works(autojump_clock: MockClock) -> None:
    slow: dict[str, Script] = {k: (2.0, v) for k, v in usual().items() if isinstance(v, bytes)}
    async with talking(Peer(dict(slow), otherwise=(2.0, OK), escaped=SILENCE)) as talk:
        assert (await setting_up(talk)).iccid == ICCID
