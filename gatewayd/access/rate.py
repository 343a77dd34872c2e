"""How often a client may ask: a token bucket for each. Pure, in memory.

It is lost with the process, which costs nobody more than ten seconds' worth of requests.
"""

from __future__ import annotations

import math

#: Seconds' worth of requests that may come at once, after a pause that long.
BURST = 10.0


class Buckets:
    """Room for requests, by client."""

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[float, float]] = {}

    def take(self, client_id: int, per_minute: int, now: float) -> int:
        """Take room for one request; 0, or, where there is none, in how many whole seconds there will be.

        ``now``: seconds on a clock that never goes back.
        """
        rate = per_minute / 60
        most = max(1.0, rate * BURST)
        room, since = self._buckets.get(client_id, (most, now))
        room = min(most, room + (now - since) * rate)
        if room < 1.0:
            self._buckets[client_id] = (room, now)
            return max(1, math.ceil((1.0 - room) / rate))
        self._buckets[client_id] = (room - 1.0, now)
        return 0
