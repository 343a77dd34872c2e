"""Following the whole chain while the daemon works: one short read for each thousand rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatewayd.audit.chain import START, follow
from gatewayd.store.runner import Runner

_ROWS: Final = 1000  # of one read


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain holds."""

    entries: int
    """So many entries, from the first, follow each other unchanged."""
    problem: str | None
    """What breaks it behind them; None: nothing does."""


async def verify(runner: Runner) -> Verdict:
    """Follow the chain from its first entry to the newest."""
    reached = START
    while True:
        found, problem = await runner.read(follow, reached, _ROWS)
        if problem is not None or found == reached:
            return Verdict(found.seq, problem)
        reached = found
