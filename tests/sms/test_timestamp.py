from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewayd.sms.octets import DecodeError, Reader
from gatewayd.sms.timestamp import read_timestamp, write_timestamp

zones = st.integers(-56, 56).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
seconds = st.integers(0, int(timedelta(days=36_000) / timedelta(seconds=1)))
moments = st.builds(
    lambda seconds, zone: datetime(2000, 1, 1, tzinfo=zone) + timedelta(seconds=seconds), seconds, zones
)


def read(octets: str) -> datetime | None:
    return read_timestamp(Reader(bytes.fromhex(octets)), "TP-SCTS")


@given(moments)
def test_timestamp_read_is_the_one_written_with_its_zone(moment: datetime) -> None:
    found = read(write_timestamp(moment).hex())
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("octets", "hours"),
    [("62114251030000", 0), ("62114251030040", 1), ("62114251030022", 5.5), ("6211425103008A", -7)],
)
def test_timestamp_zone_counts_quarters_of_an_hour(octets: str, hours: float) -> None:
    found = read(octets)
    assert found is not None
    assert found.utcoffset() == timedelta(hours=hours)
    assert found.replace(tzinfo=UTC) == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "octets", ["A2114251030000", "62FF4251030000", "62310051030000", "62114252990000", "00000000000000"]
)
def test_timestamp_that_is_no_date_is_none(octets: str) -> None:
    assert read(octets) is None


def test_timestamp_cut_off_is_an_error() -> None:
    with pytest.raises(DecodeError, match="TP-SCTS is cut off: 7 octets expected, 3 left"):
        read("621142")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
    ],
)
def test_timestamp_of_a_naive_or_distant_moment_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="no timestamp"):
        write_timestamp(moment)
