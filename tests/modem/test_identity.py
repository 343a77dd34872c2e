"""Which modem, which SIM."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from gatewayd.modem.identity import Equipment, iccid_in, read_equipment, read_iccid
from gatewayd.modem.quirks import quirks_of
from tests.modem.peer import ERROR, Peer, said, talking, usual


@pytest.mark.parametrize(
    ("line", "iccid"),
    [
        ("+CCID: 8934070039043559074", "8934070039043559074"),
        ('+CCID: "8934070039043559074F"', "8934070039043559074"),
        ("8934070039043559074", "8934070039043559074"),
        ("^ICCID: 98437000930453957084", "89340700394035590748"),
        ('+CRSM: 144,0,"984370009304539570F4"', "8934070039403559074"),
        ("+CCID: 1234567890123456789", None),
        # A damaged octet: without it, it would be another SIM's.
        ("+CCID: 893407003904355907?", None),
        ("+CCID: ?8934070039043559074", None),
        ("+CCID: ", None),
        ("490154203237518", None),
    ],
)
def test_iccid_in_any_of_its_forms_is_read(line: str, iccid: str | None) -> None:
    assert iccid_in(line) == iccid


async def test_equipment_of_a_plain_modem_is_read(autojump_clock: MockClock) -> None:
    async with talking() as talk:
        assert await read_equipment(talk.session) == Equipment("Acme", "One", "1.0", "490154203237518")


async def test_equipment_that_repeats_the_command_s_name_is_read_without_it(
    autojump_clock: MockClock,
) -> None:
    replies = usual() | {"AT+CGMI": said('+CGMI: "Acme: Modems"'), "AT+CGSN": said("+CGSN: 490154203237518")}
    async with talking(Peer(replies)) as talk:
        equipment = await read_equipment(talk.session)
        assert equipment.imei == "490154203237518"
        assert equipment.manufacturer is not None
        assert equipment.manufacturer.endswith("Modems")


async def test_equipment_that_won_t_say_its_revision_is_known_all_the_same(autojump_clock: MockClock) -> None:
    # Wavecom answers ERROR to AT+CGMR.
    async with talking(Peer(usual() | {"AT+CGMR": ERROR, "AT+CGSN": ERROR})) as talk:
        assert await read_equipment(talk.session) == Equipment("Acme", "One", None, None)


@pytest.mark.parametrize(
    ("manufacturer", "replies"),
    [
        (None, {"AT+CCID": said("+CCID: 8934070039043559074")}),
        (None, {"AT+CCID": ERROR, "AT+ICCID": said("ICCID: 8934070039043559074")}),
        (
            None,
            {
                "AT+CCID": ERROR,
                "AT+ICCID": ERROR,
                "AT+CRSM=176,12258,0,0,10": said('+CRSM: 144,0,"984370009304539570F4"'),
            },
        ),
        ("huawei", {"AT^ICCID?": said("^ICCID: 8934070039043559074")}),
        ("Quectel", {"AT+QCCID": said("+QCCID: 8934070039043559074")}),
        ("Telit", {"AT#CCID": said("#CCID: 8934070039043559074")}),
    ],
)
async def test_iccid_is_read_in_the_way_that_the_make_knows(
    manufacturer: str | None, replies: dict[str, bytes], autojump_clock: MockClock
) -> None:
    async with talking(Peer(dict(replies), otherwise=ERROR)) as talk:
        talk.peer.replies["AT"] = b"\r\nOK\r\n"
        talk.session.quirks = quirks_of(manufacturer, None)
        assert str(await read_iccid(talk.session)).startswith("89340700")


async def test_iccid_that_no_command_tells_is_none(autojump_clock: MockClock) -> None:
    async with talking(Peer({"AT": b"\r\nOK\r\n"}, otherwise=ERROR)) as talk:
        assert await read_iccid(talk.session) is None
