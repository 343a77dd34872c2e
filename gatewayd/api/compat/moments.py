"""Moments that are counted from others, whatever number somebody wrote. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

#: Where the calendar ends: further ahead than the queue takes anything.
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def after(moment: datetime, seconds: int) -> datetime:
    """Return ``moment`` (aware) and so many seconds; where that is beyond the calendar, its end."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return _LAST
