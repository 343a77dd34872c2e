"""What comes from the network, from PDUs in the standard's layout."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gatewayd.sms.datacoding import CharacterSet, DataCoding, decode_dcs
from gatewayd.sms.pdu import (
    DecodeError,
    Deliver,
    StatusReport,
    decode_deliver,
    decode_status_report,
    decode_submit,
)
from gatewayd.sms.reports import Delivery

SMSC = "0791448720003023"


def deliver(octets: str) -> Deliver:
    return decode_deliver(bytes.fromhex(octets.replace(" ", "")))


def report(status: str, *, scts: str = "62114251030040", rest: str = "") -> StatusReport:
    return decode_status_report(bytes.fromhex(f"00062A0B914306101122F2{scts}62114251130040{status}{rest}"))


def test_deliver_of_a_short_text_is_read() -> None:
    found = deliver(SMSC + "24 0DD0E474D81C0EBB01 0000 11101131521400 0A E8329BFD4697D9EC37")
    assert (found.smsc, found.sender) == ("+447802000332", "diafaan")
    assert (found.text, found.encoding) == ("hellohello", "gsm7")
    assert found.scts == datetime(2011, 1, 11, 13, 25, 41, tzinfo=UTC)
    assert (found.concatenation, found.message_class, found.pid) == (None, None, 0)


def test_deliver_part_of_a_message_has_its_place_and_text() -> None:
    found = deliver("00 40 0B914306101122F2 0008 62114251030040 08 050003CC0201 0142")
    assert (found.text, found.sender) == ("ł", "+34600111222")
    place = found.concatenation
    assert place is not None
    assert (place.reference, place.total, place.number, place.wide) == (0xCC, 2, 1, False)


@pytest.mark.parametrize(
    "udh", ["050003CC0203", "050003CC0200", "050003CC0000", "0400 02CC02", "05000ACC0201"]
)
def test_deliver_with_an_impossible_place_is_a_message_of_its_own(udh: str) -> None:
    octets = bytes.fromhex(udh)
    length = len(octets) + 2
    assert deliver(f"0040 0B914306101122F2 0008 62114251030040 {length:02X} {udh} 0142").concatenation is None


def test_deliver_of_data_has_octets_and_no_text() -> None:
    found = deliver("0004 0B914306101122F2 0004 62114251030040 03 00FF1A")
    assert (found.encoding, found.text, found.user_data.data) == ("8bit", "", b"\x00\xff\x1a")


def test_deliver_with_half_a_pair_shows_a_replacement_and_keeps_the_octets() -> None:
    found = deliver("0004 0B914306101122F2 0008 62114251030040 04 0061D83D")
    assert (found.text, found.user_data.data) == ("a\ufffd", b"\x00a\xd8\x3d")


def test_deliver_with_a_nonsensical_date_is_read_without_it() -> None:
    assert deliver("0004 0B914306101122F2 0008 FFFFFFFFFFFFFF 02 0061").scts is None


def test_deliver_with_octets_behind_its_end_is_read() -> None:
    assert deliver("0004 0B914306101122F2 0008 62114251030040 02 0061 FFFF").text == "a"


def test_report_of_a_delivery_is_read() -> None:
    found = report("00", rest="FF")
    assert (found.reference, found.recipient, found.smsc) == (42, "+34600111222", None)
    hour = timezone(timedelta(hours=1))
    assert found.scts == datetime(2026, 11, 24, 15, 30, tzinfo=hour)
    assert found.discharged == datetime(2026, 11, 24, 15, 31, tzinfo=hour)
    assert found.meaning == "received by the SME"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x00, Delivery.DELIVERED),
        (0x02, Delivery.DELIVERED),
        (0x1F, Delivery.DELIVERED),
        (0x20, Delivery.TEMPORARY),
        (0x3F, Delivery.TEMPORARY),
        (0x40, Delivery.FAILED),
        (0x60, Delivery.FAILED),
        (0x7F, Delivery.FAILED),
        (0x80, Delivery.FAILED),
        (0xFF, Delivery.FAILED),
    ],
)
def test_report_status_comes_down_to_three(status: int, expected: Delivery) -> None:
    assert report(f"{status:02X}").delivery is expected


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("46", "validity period expired"),
        ("20", "congestion, still trying"),
        ("65", "error in SME, no longer trying"),
        ("55", "failed (status 0x55)"),
    ],
)
def test_report_status_has_words(status: str, meaning: str) -> None:
    assert report(status).meaning == meaning


def test_report_with_a_nonsensical_date_is_read_without_it() -> None:
    assert report("00", scts="00000000000000").scts is None


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        ("", "length of the SMSC's address is cut off"),
        ("0791", "the SMSC's address is cut off"),
        ("00", "TP-MTI is cut off"),
        ("0002", r"TP-MTI is 2, 1 \(SUBMIT\) expected"),
        ("0001000B914306101122F20000A1", "TP-UDL is 161"),
        ("0001000B914306101122F200088D", "TP-UDL is 141"),
        ("0001000B914306101122F200000AE832", "TP-UD is cut off: 9 octets expected, 2 left"),
        ("0041000B914306101122F2000000", "longer than the user data"),
        ("0041000B914306101122F2000402050A", "longer than the user data"),
    ],
)
def test_submit_that_is_none_is_refused_with_the_reason(octets: str, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        decode_submit(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("dcs", "expected"),
    [
        (0x00, DataCoding(CharacterSet.GSM7, None)),
        (0x04, DataCoding(CharacterSet.OCTETS, None)),
        (0x08, DataCoding(CharacterSet.UCS2, None)),
        (0x0C, DataCoding(CharacterSet.GSM7, None)),
        (0x10, DataCoding(CharacterSet.GSM7, 0)),
        (0x18, DataCoding(CharacterSet.UCS2, 0)),
        (0x20, DataCoding(CharacterSet.COMPRESSED, None)),
        (0x48, DataCoding(CharacterSet.UCS2, None)),
        (0x80, DataCoding(CharacterSet.GSM7, None)),
        (0xC8, DataCoding(CharacterSet.GSM7, None, waiting=True)),
        (0xD8, DataCoding(CharacterSet.GSM7, None, waiting=True)),
        (0xE8, DataCoding(CharacterSet.UCS2, None, waiting=True)),
        (0xF1, DataCoding(CharacterSet.GSM7, 1)),
        (0xF6, DataCoding(CharacterSet.OCTETS, 2)),
    ],
)
def test_data_coding_is_taken_apart(dcs: int, expected: DataCoding) -> None:
    assert decode_dcs(dcs) == expected
