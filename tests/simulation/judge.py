"""What must hold at the end of a simulated day. The network's ledgers are the judge, the database the accused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gatewayd.message import TRANSITIONS, State
from gatewayd.store.schema import from_microseconds
from tests.simulation import airtime, limits, receipts, refusals
from tests.simulation.case import Case, rows
from tests.simulation.network import Told
from tests.simulation.world import World

#: Events of messages that are no steps.
_NO_STEPS = ("message.held", "message.evidence")


@dataclass(frozen=True)
class Figures:
    """What one day held."""

    accepted: int
    taken: int
    received: int
    marked_doubles: int
    in_doubt: int
    unnoticed: int
    """Messages of which every part was reported as delivered, and that don't say so: safe, but a pity."""
    crashes: int


class Violation(AssertionError):
    """A promise was broken."""


def judge(world: World) -> Figures:
    """Raise Violation, naming the seed, where a promise was broken."""
    case = Case.of(world)
    found = [
        *airtime.violations(world, case),
        *_reports(world, case),
        *limits.violations(world, case),
        *_steps(world, case.messages),
        *refusals.violations(world),
        *receipts.violations(world),
    ]
    if found:
        raise Violation(f"seed {world.seed}: " + "; ".join(found[:5]))
    taken = Counter((entry.message, entry.part) for entry in world.network.ledger)
    return Figures(
        accepted=len(case.messages),
        taken=len(world.network.ledger),
        received=len(world.people.said),
        marked_doubles=sum(count - 1 for count in taken.values()),
        in_doubt=sum(row.state == State.IN_DOUBT for row in case.messages.values()),
        unnoticed=sum(_unnoticed(world, mark, row) for mark, row in case.messages.items()),
        crashes=world.crashes,
    )


def _unnoticed(world: World, mark: int, row: Any) -> bool:
    delivered = {told.part for told in world.network.reports if told.message == mark and told.status == 0}
    return row.state in (State.SENT, State.IN_DOUBT) and len(delivered) == row.parts


def _reports(world: World, case: Case) -> Iterator[str]:
    """A report is never given to another part than its own, and only reports make DELIVERED and UNDELIVERED."""
    for mark, row in case.messages.items():
        parts = case.parts[row.seq]
        for number, part in parts.items():
            if part.report is None:
                continue
            told = Told(mark, number, part.report_status, from_microseconds(part.scts))
            if told not in world.network.reports:
                yield f"message {mark} part {number} has a report that was not about it"
        stated = [part.report for part in parts.values()]
        if row.state == State.DELIVERED and stated != ["delivered"] * row.parts:
            yield f"message {mark} counts as delivered, and its parts say {stated}"
        if row.state == State.UNDELIVERED and "failed" not in stated:
            yield f"message {mark} counts as undelivered, and its parts say {stated}"


def _steps(world: World, messages: dict[int, Any]) -> Iterator[str]:
    """The feed has every step of every message, and each is a legal one."""
    events = rows(world.database, "SELECT seq, kind, subject FROM event ORDER BY seq")
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "the feed has gaps"
    steps: dict[str, list[State]] = defaultdict(list)
    for event in events:
        if event.kind.startswith("message.") and event.kind not in _NO_STEPS:
            steps[event.subject].append(State(event.kind.removeprefix("message.")))
    for mark, row in messages.items():
        life = steps[row.id]
        if not life or life[-1] != row.state:
            yield f"message {mark} is {row.state}, and its last event says {life[-1:]}"
        # It was STAGED before it was anything else.
        for before, after in pairwise([State.STAGED, *life]):
            if (before, after) not in TRANSITIONS:
                yield f"message {mark} went from {before} to {after}"
