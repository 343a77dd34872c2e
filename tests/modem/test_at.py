"""The parser: bytes in, events out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.modem import at
from gatewayd.modem.at import Delivery, Event, Final, Flood, Parser, Prompt, Text

PIECES = [
    b"\r\nOK\r\n",
    b"OK\r",
    b"AT+CMGS=12\r",
    b"\r\n> ",
    b">",
    b"+CMGS: 7\r\n",
    b"\r\n+CMS ERROR: 38\r\n",
    b"+CMT: ,24\r\n07919730",
    b"0791\r\n",
    b"\x00\xff\x1a\x1b",
    b" ",
    b"\n",
    b"x" * 3000,
]


def parse(data: bytes) -> list[Event]:
    return Parser().feed(data)


def in_chunks(data: bytes, cuts: list[int]) -> list[Event]:
    parser, events = Parser(), []
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(edges):
        events += parser.feed(data[start:end])
    return events


@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join),
    st.lists(st.integers(0, 100_000), max_size=20),
)
def test_parser_with_input_cut_anywhere_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    assert in_chunks(data, cuts) == parse(data)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_parser_with_any_bytes_never_raises_and_never_depends_on_the_cuts(
    data: bytes, cuts: list[int]
) -> None:
    assert in_chunks(data, cuts) == parse(data)


@pytest.mark.parametrize(
    ("line", "final"),
    [
        (b"OK", Final("ok")),
        (b"ERROR", Final("error")),
        (b"COMMAND NOT SUPPORT", Final("error")),
        (b"+CMS ERROR: 38", Final("cms", 38)),
        (b"+CMS ERROR:500", Final("cms", 500)),
        (b"+CME ERROR: 10", Final("cme", 10)),
        (b"+CME ERROR: SIM not inserted", Final("cme", 10)),
        (b"+CME ERROR: SIM PIN required", Final("cme", 11)),
        (b"+CMS ERROR: (U)SIM busy", Final("cms", 314)),
        (b"+CMS ERROR: Network timeout", Final("cms", 332)),
        (b"+CMS ERROR: something new", Final("cms", None)),
        (b"+CMS ERROR: ", Final("cms", None)),
    ],
)
def test_parser_with_a_final_result_ends_the_command(line: bytes, final: Final) -> None:
    assert parse(b"\r\n" + line + b"\r\n") == [final]


@pytest.mark.parametrize(
    "line", ["OKAY", "NOT OK", "ok", '+COPS: 0,0,"OK"', "ERROR 5", "+CMS ERROR", "NO CARRIER", "BUSY", "RING"]
)
def test_parser_with_a_line_that_only_resembles_a_final_result_goes_on(line: str) -> None:
    assert parse(f"\r\n{line}\r\n".encode()) == [Text(line)]


def test_parser_with_missing_blank_lines_reads_the_same() -> None:
    assert (
        parse(b"+CSQ: 20,99\rOK\r")
        == parse(b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n")
        == [Text("+CSQ: 20,99"), Final("ok")]
    )


def test_parser_with_a_prompt_without_end_of_line_reports_it_at_once() -> None:
    assert parse(b"\r\n>") == [Prompt()]


def test_parser_with_an_echo_behind_the_prompt_keeps_them_apart() -> None:
    assert parse(b"\r\n> 0011AA\x1a\r\n+CMGS: 3\r\n") == [Prompt(), Text("0011AA"), Text("+CMGS: 3")]


@pytest.mark.parametrize("header", ["+CMT: ,24", '+CMT: "",24', "+CDS: 25", "+CBM: 88"])
def test_parser_with_a_delivery_takes_its_pdu_line(header: str) -> None:
    assert parse(f"\r\n{header}\r\n07a1ff\r\n\r\nOK\r\n".encode()) == [
        Delivery(header, "07A1FF"),
        Final("ok"),
    ]


def test_parser_with_a_delivery_whose_pdu_is_missing_gives_the_next_line_its_own_meaning() -> None:
    assert parse(b"+CDS: 25\r\nOK\r\n") == [Text("+CDS: 25"), Final("ok")]


def test_parser_with_line_noise_drops_it() -> None:
    assert parse(b"\x00\x00\xff\r\n\xfeOK\x00\r\n") == [Final("ok")]


def test_parser_with_a_damaged_digit_gives_no_other_number() -> None:
    damaged = bytes([ord("7") | 0x80])
    assert Parser().feed(b"\r\n+CMGS: 1" + damaged + b"\r\n") == [Text("+CMGS: 1?")]
    assert Parser().feed(b"\r\n+CMS ERROR: 3" + damaged + b"\r\n") == [Final("cms", None)]


def test_parser_with_a_line_over_4_kib_drops_it_and_reads_on() -> None:
    assert parse(b"x" * (at.LINE_CAP + 1) + b"\r\nOK\r\n") == [Final("ok")]
    assert parse(b"x" * at.LINE_CAP + b"\r\n") == [Text("x" * at.LINE_CAP)]


def test_parser_with_64_kib_without_an_end_reports_a_flood_once() -> None:
    parser = Parser()
    events = [event for _ in range(100) for event in parser.feed(b"A" * 1000)]
    assert events == [Flood()]
