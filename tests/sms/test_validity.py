from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.octets import Reader
from gatewayd.sms.validity import ABSENT, ABSOLUTE, ENHANCED, decode_relative, encode_relative, read_validity


@pytest.mark.parametrize(
    ("validity", "value"),
    [
        (timedelta(0), 0),
        (timedelta(minutes=5), 0),
        (timedelta(minutes=9, seconds=59), 0),
        (timedelta(minutes=10), 1),
        (timedelta(hours=12), 143),
        (timedelta(hours=12, minutes=29), 143),
        (timedelta(hours=12, minutes=30), 144),
        (timedelta(hours=24), 167),
        (timedelta(hours=47), 167),
        (timedelta(days=2), 168),
        (timedelta(days=30), 196),
        (timedelta(days=34), 196),
        (timedelta(weeks=5), 197),
        (timedelta(weeks=63), 255),
        (timedelta(weeks=100), 255),
    ],
)
def test_validity_becomes_the_largest_value_within_it(validity: timedelta, value: int) -> None:
    assert encode_relative(validity) == value


@given(st.timedeltas(timedelta(minutes=5), timedelta(weeks=63)))
def test_validity_encoded_is_within_what_was_asked_and_the_next_value_is_beyond(validity: timedelta) -> None:
    value = encode_relative(validity)
    assert decode_relative(value) <= validity
    assert value == 255 or decode_relative(value + 1) > validity


def test_every_value_stands_for_a_longer_time_than_the_one_before_and_encodes_to_itself() -> None:
    spans = [decode_relative(value) for value in range(256)]
    assert spans == sorted(set(spans))
    assert [encode_relative(span) for span in spans] == list(range(256))


def test_absolute_validity_is_a_point_in_time() -> None:
    octets = bytes.fromhex("62114251030000")
    assert read_validity(Reader(octets), ABSOLUTE) == datetime(2026, 11, 24, 15, 30, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("01A70000000000", timedelta(days=1)),
        ("021E0000000000", timedelta(seconds=30)),
        ("03215400000000", timedelta(hours=12, minutes=45)),
        ("00000000000000", None),
        ("07000000000000", None),
    ],
)
def test_enhanced_validity_is_read_in_its_three_forms(octets: str, expected: timedelta | None) -> None:
    assert read_validity(Reader(bytes.fromhex(octets)), ENHANCED) == expected


def test_absent_validity_takes_no_octet() -> None:
    reader = Reader(b"\x00")
    assert read_validity(reader, ABSENT) is None
    assert reader.remaining == 1
