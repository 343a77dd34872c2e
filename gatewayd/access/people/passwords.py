"""Hashing of passwords: argon2id on a thread, so that nobody's sign-in holds up the others' requests."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import trio

from gatewayd.access.people.memory import return_large_blocks
from gatewayd.access.people.policy import LONGEST, normal_password

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
_MEMORY: Final = 19_456  # KiB
_PASSES: Final = 2
_LANES: Final = 1
#: At a time: each takes the memory above, and a core for some 20 ms.
_THREADS: Final = 2


class Passwords:
    """Makes and checks hashes, each with the parameters of its time."""

    def __init__(self, *, memory: int = _MEMORY, passes: int = _PASSES) -> None:
        self._memory = memory
        self._passes = passes
        self._limiter = trio.CapacityLimiter(_THREADS)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the PHC string to store, which names its parameters."""
        text = normal_password(password)
        return await trio.to_thread.run_sync(self._hasher.hash, text, limiter=self._limiter)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether ``password`` belongs to ``stored``. None (there is nobody) takes as long and is never right."""
        known = stored is not None
        if stored is None:
            stored = self._decoy = self._decoy or await self.hash("a person that there isn't")
        check = partial(self._verify, stored, normal_password(password))
        return await trio.to_thread.run_sync(check, limiter=self._limiter) and known

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        # Imported by the first who signs in: it costs the start 16 ms.
        from argon2 import PasswordHasher

        return_large_blocks()
        return PasswordHasher(time_cost=self._passes, memory_cost=self._memory, parallelism=_LANES)

    def _verify(self, stored: str, password: str) -> bool:
        from argon2.exceptions import VerifyMismatchError

        # Nobody has a longer one. What is left over is hashed all the same, for the sake of time.
        fits = len(password) <= LONGEST
        try:
            self._hasher.verify(stored, password[:LONGEST])
        except VerifyMismatchError:
            return False
        return fits
