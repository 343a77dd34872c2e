"""Times as they come over the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from gatewayd.api.wire.types import parse_instant, parse_instant_or_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31t08:00:00z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31 08:00+01:00", datetime(2026, 1, 31, 7, tzinfo=UTC)),
        ("2026-01-31T08:00:00.5-03:30", datetime(2026, 1, 31, 11, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T08:00:00.123456789Z", datetime(2026, 1, 31, 8, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_instant_of_rfc_3339_is_read_as_utc(text: str, expected: datetime) -> None:
    assert parse_instant(text) == expected
    assert parse_instant(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-01-31T08:00:00", "format"),
        ("2026-01-31", "format"),
        ("20260131T080000Z", "format"),
        ("2026-W05-6T08:00:00Z", "format"),
        ("now", "format"),
        ("", "format"),
        (1769846400, "format"),
        (None, "format"),
        ("2026-02-30T08:00:00Z", "range"),
        ("2026-01-31T24:01:00Z", "range"),
        ("2026-01-31T08:00:00+99:00", "range"),
        ("9999-12-31T23:59:59-14:00", "range"),
    ],
)
def test_instant_that_is_none_is_refused_with_a_reason(value: Any, code: str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        parse_instant(value)
    assert raised.value.type == code


def test_date_alone_is_read_as_a_day() -> None:
    assert parse_instant_or_date("2026-01-31") == date(2026, 1, 31)


@pytest.mark.parametrize("text", ["2026-02-29", "1969-12-31", "9999-01-01"])
def test_day_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        parse_instant_or_date(text)
    assert raised.value.type == "range"
