"""Answers about the modem's memories: whatever a modem says comes out as entries, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.modem import at
from gatewayd.modem.simulator.deliveries import encode_deliver, encode_report
from gatewayd.modem.storage import (
    Entry,
    Usage,
    kind_of,
    parse_entry,
    parse_listing,
    parse_memories,
    parse_usage,
)

(MESSAGE,) = encode_deliver("+34600000001", "hello", smsc="+34600000999")
REPORT = encode_report(mr=1, to="+34600000001", smsc="+34600000999")


def listed(index: int, status: int, octets: bytes) -> list[str]:
    return [f"+CMGL: {index},{status},,{len(octets) - 1 - octets[0]}", octets.hex().upper()]


pdus = st.builds(
    lambda smsc, tpdu: bytes([len(smsc)]) + smsc + tpdu, st.binary(max_size=12), st.binary(max_size=164)
)


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 3), pdus), max_size=8))
def test_listing_is_read_back_as_it_was_written(entries: list[tuple[int, int, bytes]]) -> None:
    lines = [line for entry in entries for line in listed(*entry)]
    assert parse_listing(lines) == [Entry(*entry, intact=True) for entry in entries]


lines_of_noise = st.lists(
    st.one_of(
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40),
        st.builds(
            "+CMGL: {},{},,{}".format, st.integers(-5, 10**6), st.integers(-1, 12), st.integers(0, 300)
        ),
        st.sampled_from(
            ["+CMGL: 1,0", '+CMGL: 2,"REC READ",,12', "+CMGR: 0,,9", "0011", "F", "+CMGL:", "OK"]
        ),
    ),
    max_size=12,
)


@given(lines_of_noise)
def test_listing_of_anything_at_all_is_read_without_an_error(lines: list[str]) -> None:
    entries = parse_listing(lines)
    assert len(entries) <= len(lines)
    assert all(entry.octets or entry.intact or entry.index >= 0 for entry in entries)
    parse_entry(3, lines)
    parse_usage(lines)
    parse_memories(lines)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_listing_that_comes_in_any_pieces_between_any_noise_is_read(noise: bytes, cuts: list[int]) -> None:
    whole = b"\r\n".join(line.encode() for line in listed(7, 0, MESSAGE)) + b"\r\n" + noise + b"\r\nOK\r\n"
    parser, events, start = at.Parser(), [], 0
    for cut in sorted(cuts):
        events += parser.feed(whole[start:cut])
        start = max(start, cut)
    events += parser.feed(whole[start:])
    entries = parse_listing([event.line for event in events if isinstance(event, at.Text)])
    assert entries[0] == Entry(7, 0, MESSAGE, intact=True)


@given(st.binary(max_size=200))
def test_kind_of_any_octets_is_told_without_an_error(octets: bytes) -> None:
    assert kind_of(octets) in ("message", "report", None)


def test_kinds_are_told_by_the_message_type() -> None:
    assert (kind_of(MESSAGE), kind_of(REPORT)) == ("message", "report")


def test_entry_that_lost_an_octet_on_the_line_is_not_intact() -> None:
    head, pdu = listed(1, 0, MESSAGE)
    (entry,) = parse_listing([head, pdu[:-2]])
    assert not entry.intact


def test_entry_that_is_no_hexadecimal_keeps_what_was_written() -> None:
    (entry,) = parse_listing(["+CMGL: 3,1,,20", "garbage"])
    assert entry == Entry(3, 1, b"garbage", intact=False)


def test_entry_without_a_pdu_holds_nothing() -> None:
    first, second = parse_listing(["+CMGL: 3,1,,0", *listed(4, 0, MESSAGE)])
    assert (first.octets, second.octets) == (b"", MESSAGE)


def test_header_that_came_twice_is_one() -> None:
    head, pdu = listed(3, 1, MESSAGE)
    assert parse_listing([head, head, pdu]) == [Entry(3, 1, MESSAGE, intact=True)]
    head = head.replace("+CMGL: 3,", "+CMGR: ")
    assert parse_entry(3, [head, head, pdu]) == Entry(3, 1, MESSAGE, intact=True)


def test_header_that_came_instead_of_the_pdu_is_no_pdu() -> None:
    assert parse_entry(3, ["+CMGR: 1,,159", "+CMGR: 1,,15"]) == Entry(3, 1, b"", intact=False)


def test_entry_with_a_name_in_its_header_is_read() -> None:
    head, pdu = f'+CMGR: 1,"Bob, my friend",{len(MESSAGE) - 8}', MESSAGE.hex()
    assert parse_entry(9, [head, pdu]) == Entry(9, 1, MESSAGE, intact=True)


def test_entry_that_is_not_there_is_none() -> None:
    assert parse_entry(1, []) is None


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("+CPMS: 3,50,3,50,3,50", Usage(3, 50)),
        ('+CPMS: "SM",3,50,"ME",1,99,"SM",3,50', Usage(3, 50)),
        ('+CPMS:"SR", 0, 5', Usage(0, 5)),
        ("+CPMS: ", None),
    ],
)
def test_usage_is_the_first_memory_s(line: str, usage: Usage | None) -> None:
    assert parse_usage([line]) == usage


@pytest.mark.parametrize(
    ("line", "memories"),
    [
        ('+CPMS: ("SM","ME","SR"),("SM","ME"),("SM")', ("SM", "ME", "SR")),
        # Wavecom
        ('+CPMS: (("SM","BM","SR"),("SM"))', ("SM", "SR")),
        ('+CPMS: ("ME","MT","SM","SR"),("ME","MT","SM")', ("SM", "ME", "SR")),
        # Nokia S60
        ("+CPMS: (),(),()", ()),
        ("", ()),
    ],
)
def test_memories_are_those_that_can_be_read(line: str, memories: tuple[str, ...]) -> None:
    assert parse_memories([line]) == memories
