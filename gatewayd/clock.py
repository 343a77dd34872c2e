"""Time, in one place, so that tests can turn it.

Three kinds of time are told apart. ``now`` is the wall clock, for people and for what is written down.
``monotonic`` never jumps and is trio's own, so that it is virtual in tests; intervals are measured with it.
``boottime`` counts on over suspend and belongs to one boot (``boot_id``): what must hold over a restart of
the daemon, like the pace of a modem, is kept in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import trio


class Clock(Protocol):
    """Where a service takes the time from."""

    @property
    def boot_id(self) -> str:
        """Name of this boot of the machine; ``boottime`` values of different boots can't be compared."""
        ...

    def now(self) -> datetime:
        """Wall clock: aware, UTC, to the microsecond."""
        ...

    def monotonic(self) -> float:
        """Seconds on trio's clock."""
        ...

    def boottime(self) -> float:
        """Seconds since this boot, suspend included."""
        ...


def _read_boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # Without a name for the boot, none can be recognised again: the wall clock decides then.
        return f"unknown-{time.time_ns()}"


@dataclass(frozen=True)
class SystemClock:
    """The machine's clocks."""

    boot_id: str = field(default_factory=_read_boot_id)

    def now(self) -> datetime:
        """Wall clock: aware, UTC, to the microsecond."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on trio's clock."""
        return trio.current_time()

    def boottime(self) -> float:
        """Seconds since this boot, suspend included (CLOCK_BOOTTIME)."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class VirtualClock:
    """A clock for tests and simulation: all kinds follow trio's (virtual) clock; the wall clock can be moved."""

    epoch: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    boot_id: str = "virtual-boot"
    wall_offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Wall clock: the epoch, plus virtual time, plus what the test moved it by."""
        return self.epoch + timedelta(seconds=trio.current_time()) + self.wall_offset

    def monotonic(self) -> float:
        """Seconds on trio's clock."""
        return trio.current_time()

    def boottime(self) -> float:
        """The same seconds: a virtual machine never suspends."""
        return trio.current_time()
