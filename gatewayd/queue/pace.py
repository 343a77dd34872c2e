"""The pace of one modem: a minimum gap from one 0x1A to the next, held over restarts. Pure but for the clock.

The gap is measured on the monotonic clock. What is written down is the instant of the last charge in three ways:
on the same boot CLOCK_BOOTTIME tells exactly how much of the gap is left; after a reboot the wall clock has to,
and since it may have been set meanwhile, it is never believed for more than one interval, nor at all where it
stands before the record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gatewayd.clock import Clock


@dataclass(frozen=True, slots=True)
class PaceRecord:
    """When the last 0x1A was, or was going to be, written."""

    boot_id: str
    boottime: float
    """Seconds since that boot."""
    wall: datetime


def remaining(record: PaceRecord | None, interval: float, clock: Clock) -> float:
    """Seconds of the gap that are left, from 0 to ``interval``."""
    if record is None:
        return 0.0
    if record.boot_id == clock.boot_id:
        elapsed = clock.boottime() - record.boottime
    else:
        elapsed = (clock.now() - record.wall).total_seconds()
        if elapsed < 0.0:
            return interval
    return min(interval, max(0.0, interval - elapsed))


class Pace:
    """The running gap of one modem. ``interval`` in seconds; 0 means no pace."""

    def __init__(self, interval: float, clock: Clock, record: PaceRecord | None = None) -> None:
        self.interval = interval
        self._clock = clock
        self.free_at = clock.monotonic() + remaining(record, interval, clock)
        """When 0x1A may next be written: seconds on trio's clock."""

    def hold(self) -> None:
        """Wait one full interval from now: an armed attempt of a former process may have gone out at any moment."""
        self.free_at = self._clock.monotonic() + self.interval

    def planned(self) -> float:
        """When a part that is armed now will have its 0x1A: seconds on trio's clock."""
        return max(self.free_at, self._clock.monotonic())

    def charge(self, stamp: float) -> None:
        """The next gap begins at ``stamp`` (seconds on trio's clock)."""
        self.free_at = stamp + self.interval

    def record(self, stamp: float) -> PaceRecord:
        """What to write down of a 0x1A at ``stamp`` (seconds on trio's clock)."""
        ahead = stamp - self._clock.monotonic()
        return PaceRecord(
            self._clock.boot_id,
            self._clock.boottime() + ahead,
            self._clock.now() + timedelta(seconds=ahead),
        )

    def free_wall(self) -> datetime | None:
        """``free_at`` on the wall clock; None where it is past."""
        ahead = self.free_at - self._clock.monotonic()
        return self._clock.now() + timedelta(seconds=ahead) if ahead > 0.0 else None
