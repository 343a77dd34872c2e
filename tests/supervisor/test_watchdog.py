from __future__ import annotations

import socket
from pathlib import Path

import trio
import trio.testing

from gatewayd.sdnotify import Notifier
from gatewayd.supervisor import watchdog


async def test_watchdog_speaks_twice_in_each_interval(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        with trio.move_on_after(59):
            await watchdog.feed(Notifier(str(tmp_path / "notify")), 30.0)
        assert [manager.recv(100) for _ in range(4)] == [b"WATCHDOG=1"] * 4


async def test_watchdog_that_nobody_watches_is_silent() -> None:
    await watchdog.feed(Notifier(None), None)
