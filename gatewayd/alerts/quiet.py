"""Quiet hours: when they end. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begin`` until before ``end``, by the clock on the wall, every day; over midnight where ``end`` is
    the earlier one.
    """

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``22:00-07:00``. Raises ValueError for anything else, and where both ends are the same."""
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError("must be two times of day, such as 22:00-07:00")
        hours = list(map(int, found.groups()))
        begin, end = time(hours[0], hours[1]), time(hours[2], hours[3])
        if begin == end:
            raise ValueError("begins and ends at the same time; leave it out for no quiet hours")
        return cls(begin, end)

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours that ``now`` (aware) lies in will end, in UTC; None where it lies in none."""
        local = now.astimezone(zone)
        clock = local.time()
        begun, not_over = clock >= self.begin, clock < self.end
        over_midnight = self.end < self.begin
        quiet = (begun or not_over) if over_midnight else (begun and not_over)
        if not quiet:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and begun else 0)
        # Of a time that comes twice in autumn, the one that is still ahead.
        return datetime.combine(day, self.end.replace(fold=local.fold), zone).astimezone(UTC)
