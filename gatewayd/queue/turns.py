"""Fair turns between clients, counted in parts (start-time fair queuing). Pure, in memory.

Each priority has a virtual time: the turn that was given last. A client's next turn is one after its own last, but
never before the virtual time, so that who was silent for a day has no day's worth of turns saved up.
"""

from __future__ import annotations

from collections import defaultdict


class Turns:
    """Whose turn it is, for each priority."""

    def __init__(self) -> None:
        self._now: defaultdict[int, int] = defaultdict(int)
        self._next: dict[tuple[int, int], int] = {}

    def snapshot(self) -> Turns:
        """A copy for a transaction function, which must not look at what changes under it."""
        copy = Turns()
        copy._now.update(self._now)
        copy._next.update(self._next)
        return copy

    def rank(self, priority: int, client_id: int) -> int:
        """The turn that the client would get: lower goes first."""
        return max(self._now.get(priority, 0), self._next.get((priority, client_id), 0))

    def given(self, priority: int, client_id: int) -> None:
        """One part of this client has been claimed."""
        turn = self.rank(priority, client_id)
        self._now[priority] = turn
        self._next[priority, client_id] = turn + 1
