"""A reusable alarm: anybody may ring it, one task waits for it, a ring before the wait isn't lost."""

from __future__ import annotations

import math

import trio


class Wakeup:
    """What a service sleeps on: ``ring()`` ends the present or the next ``wait()``.

    Several rings before a wait count once: the waiter looks at the state of the world, not at the rings.
    """

    def __init__(self) -> None:
        self._event = trio.Event()

    def ring(self) -> None:
        """Wake the waiter. Synchronous, and only on the trio thread."""
        self._event.set()

    async def wait(self, until: float = math.inf) -> bool:
        """Sleep until the ring or until ``until`` (seconds on trio's clock); return whether it rang."""
        with trio.move_on_at(until):
            await self._event.wait()
        if not self._event.is_set():
            return False
        self._event = trio.Event()
        return True
