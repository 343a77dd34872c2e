"""How the packages above reach the database: run a function as one transaction."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple

from gatewayd.store.topics import Topics
from gatewayd.store.transaction import Tx

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Lane(enum.IntEnum):
    """Which transactions go first when several wait. Lower goes first; inside a lane, in order of arrival."""

    OUTCOME = 0
    """A modem waits for it, or a part's fate depends on it: arming, outcomes. May use the disk's reserve."""
    CLAIM = 1
    """A modem is idle until it is done."""
    INTERACTIVE = 2
    """A person or an application waits."""
    BULK = 3
    """Arrays, clean-up: long, and nobody waits for one of them."""


class Runner(Protocol):
    """A database that runs plain functions, each as one transaction."""

    @property
    def full(self) -> bool:
        """Whether the disk was found full, so that nothing is accepted or claimed for now."""
        ...

    @property
    def topics(self) -> Topics:
        """Who is woken after a COMMIT by what ``tx.announce`` names."""
        ...

    async def run(self, function: Callable[[Tx, *Ts], T], *args: *Ts, lane: Lane = Lane.INTERACTIVE) -> T:
        """Run ``function(tx, *args)`` as one writing transaction and return what it returned, once that is on disk.

        Whatever the function raises is raised here, and the transaction is rolled back. A caller that is cancelled
        before the function has begun is dropped; afterwards it can't be cancelled and the transaction commits.
        Raises StorageFull (nothing was written) and StorageFailed (unknown until the next start).
        """
        ...

    async def read(self, function: Callable[[Tx, *Ts], T], *args: *Ts, search: bool = False) -> T:
        """Run ``function(tx, *args)`` on one consistent snapshot, read-only, and return what it returned.

        ``search`` says that it may look through many rows: then it waits for other searches, and never holds up
        what is read along an index. A caller that is cancelled stops it. Raises SearchTooLong.
        """
        ...
