"""Quiet hours, through the night and through the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gatewayd.alerts.quiet import QuietHours

MADRID = ZoneInfo("Europe/Madrid")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        ("22:00-07:00", "2026-01-05T21:59:59+01:00", None),
        ("22:00-07:00", "2026-01-05T22:00:00+01:00", "2026-01-06T07:00:00+01:00"),
        ("22:00-07:00", "2026-01-06T06:59:59+01:00", "2026-01-06T07:00:00+01:00"),
        ("22:00-07:00", "2026-01-06T07:00:00+01:00", None),
        ("13:00-15:30", "2026-01-05T14:00:00+01:00", "2026-01-05T15:30:00+01:00"),
        ("13:00-15:30", "2026-01-05T15:30:00+01:00", None),
        # On 2026-03-29 the clocks skip 02:00 to 03:00, on 2026-10-25 that hour comes twice.
        ("22:00-07:00", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        ("22:00-07:00", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
        ("22:00-02:30", "2026-10-25T02:10:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("22:00-02:30", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(hours: str, now: str, end: str | None) -> None:
    assert QuietHours.parse(hours).until(at(now), MADRID) == (None if end is None else at(end))


@pytest.mark.parametrize("text", ["", "22-07", "22:00-24:00", "22:00 - 07:00", "7:00-8:00", "22:00-22:00"])
def test_text_that_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"22:00-07:00|same time"):
        QuietHours.parse(text)
