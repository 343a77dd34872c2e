"""Telling systemd that the daemon is alive.

What is told is that the event loop turns: trio gives every task whose deadline has passed its turn before it comes
back to this one, so a task that holds the loop keeps this one from speaking. Modems play no part: one that is silent
for an hour is no reason to restart anything.
"""

from __future__ import annotations

import trio

from gatewayd.sdnotify import Notifier


async def feed(notifier: Notifier, interval: float | None) -> None:
    """Notify twice in each ``interval`` (seconds, as systemd gave it; None: nobody watches) until cancelled."""
    if interval is None:
        return
    while True:
        notifier.watchdog()
        await trio.sleep(interval / 2)
