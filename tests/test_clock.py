from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio
from trio.testing import MockClock

from gatewayd.clock import SystemClock, VirtualClock


async def test_system_clock_tells_aware_utc_time() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


async def test_system_clock_monotonic_is_trios_own(mock_clock: MockClock) -> None:
    clock = SystemClock()
    begin = clock.monotonic()
    mock_clock.jump(5)
    assert clock.monotonic() == begin + 5


def test_system_clock_boottime_never_runs_backwards() -> None:
    clock = SystemClock()
    assert clock.boottime() <= clock.boottime()


def test_system_clock_names_the_boot_as_the_kernel_does() -> None:
    assert SystemClock().boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


async def test_virtual_clock_turns_all_times_together(autojump_clock: MockClock) -> None:
    clock = VirtualClock()
    wall, monotonic, boottime = clock.now(), clock.monotonic(), clock.boottime()
    await trio.sleep(3600)
    assert clock.now() - wall == timedelta(hours=1)
    assert clock.monotonic() - monotonic == 3600
    assert clock.boottime() - boottime == 3600


async def test_virtual_clock_wall_moved_leaves_the_others_alone() -> None:
    clock = VirtualClock()
    wall, monotonic = clock.now(), clock.monotonic()
    clock.wall_offset = -timedelta(days=365)
    assert clock.now() - wall < -timedelta(days=364)
    assert clock.monotonic() - monotonic < 60
