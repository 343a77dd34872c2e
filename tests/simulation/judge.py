"""What must hold at the end of a simulated day. The network's ledgers are the judge, the database the accused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from gatewayd.message import FINAL_STATES, SENT_STATES, Doubt, State
from gatewayd.queue.quotas import WINDOWS
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.schema import from_microseconds
from tests.simulation import receipts
from tests.simulation.network import Taken, Told
from tests.simulation.world import INTERVAL, QUOTAS, World

#: Two floats that are the same instant.
_EPSILON = 1e-6


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
    case = _Case.of(world)
    found = [*_violations(world, case), *receipts.violations(world)]
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


@dataclass(frozen=True)
class _Case:
    """What the database says."""

    messages: dict[int, Any]
    """By the number in their mark."""
    parts: dict[int, dict[int, Any]]
    """By their message's ``seq``, then by number."""
    doubted: set[tuple[int, int, str | None]]
    """(``seq`` of the message, number, SIM) of every submit whose outcome was unknown."""

    @classmethod
    def of(cls, world: World) -> _Case:
        parts: dict[int, dict[int, Any]] = defaultdict(dict)
        for row in rows(world.database, "SELECT * FROM part"):
            parts[row.message_seq][row.number] = row
        messages = {int(row.text[2:7]): row for row in rows(world.database, "SELECT * FROM message")}
        unknown = rows(
            world.database,
            "SELECT message_seq, part, sim FROM attempt WHERE armed_at NOT NULL AND outcome = 'unknown'",
        )
        return cls(messages, parts, {tuple(row) for row in unknown})


def _violations(world: World, case: _Case) -> Iterator[str]:
    by_message: dict[int, list[Taken]] = defaultdict(list)
    for entry in world.network.ledger:
        by_message[entry.message].append(entry)
    for mark, name in world.names.items():
        if mark not in case.messages or case.messages[mark].id != name:
            yield f"message {mark} was accepted and has vanished"
    for mark in by_message:
        if mark not in case.messages:
            yield f"message {mark} was sent and is not in the database"
    for mark, row in case.messages.items():
        yield from _of_message(world, mark, row, by_message[mark], case.parts[row.seq])
        yield from _of_reports(world, mark, row, case.parts[row.seq])
        yield from _of_parts(mark, row, by_message[mark], case)
    yield from _pace(world)
    yield from _quotas(world)
    yield from _events(world, case.messages)


def _of_message(
    world: World, mark: int, row: Any, taken: list[Taken], parts: dict[int, Any]
) -> Iterator[str]:
    state = State(row.state)
    counts = Counter(entry.part for entry in taken)
    if state not in FINAL_STATES | SENT_STATES | {State.IN_DOUBT}:
        yield f"message {mark} is still {state} after the calm"
    for number, count in counts.items():
        if count > 1:
            again = [entry for entry in taken if entry.part == number][1:]
            if not row.possible_duplicate or not all(entry.rejects_duplicates for entry in again):
                yield f"message {mark} part {number} was sent {count} times without a mark"
            elif row.in_doubt != Doubt.RESEND and count > 1 + world.resent[row.id]:
                yield f"message {mark} part {number} was sent again though nobody asked for it"
        if number not in parts and not row.possible_duplicate and state != State.FAILED:
            yield f"message {mark} part {number} was sent and the database does not know ({state})"
    certain = {number for number, part in parts.items() if part.state == "sent"}
    for number in certain - set(counts):
        yield f"message {mark} part {number} counts as sent, and the network never took it"
    if state in SENT_STATES and len(parts) < row.parts:
        yield f"message {mark} is {state} without all of its parts"
    # One that was to be sent again from doubt says of itself that its recipient may have it.
    unsent = state in (State.CANCELLED, State.EXPIRED) and row.parts == 1 and not row.possible_duplicate
    if unsent and counts and not parts:
        yield f"message {mark} is {state} and was sent"


def _of_reports(world: World, mark: int, row: Any, parts: dict[int, Any]) -> Iterator[str]:
    """A report is never given to another part than its own, and only reports make DELIVERED and UNDELIVERED."""
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


def _of_parts(mark: int, row: Any, taken: list[Taken], case: _Case) -> Iterator[str]:
    """All parts leave through one SIM and in their order, but for those that were in doubt."""

    def doubted(entry: Taken) -> bool:
        return bool(case.doubted & {(row.seq, entry.part, entry.sim), (row.seq, entry.part, None)})

    certain = [entry for entry in taken if not doubted(entry)]
    if len({entry.sim for entry in certain}) > 1:
        yield f"message {mark} left through two SIMs"
    if len({entry.sim for entry in taken}) > 1 and not row.possible_duplicate:
        yield f"message {mark} left through two SIMs without a mark"
    # A part that was not taken at first, and sent again from doubt, comes late.
    late = {entry.part for entry in taken if entry.rejects_duplicates}
    ordered = [entry.part for entry in taken if entry.part not in late]
    if ordered != sorted(ordered):
        yield f"message {mark} has its parts out of order"


def rows(database: InlineDatabase, statement: str) -> list[Any]:
    """What a statement finds."""
    return database.transact(lambda tx: list(tx.execute(text(statement))))


def _pace(world: World) -> Iterator[str]:
    for name, line in world.lines.items():
        for earlier, later in pairwise(line.stamps):
            if later - earlier < INTERVAL - _EPSILON:
                yield f"{name} sent twice within {later - earlier:.3f} s"


def _quotas(world: World) -> Iterator[str]:
    # Only where the wall clock was never set, because that is what quotas are kept on.
    if world.clock.wall_offset or world.weather_had_clock:
        return
    ledgers = {
        "sim": lambda entry: entry.sim,
        "recipient": lambda entry: entry.to,
    }
    for scope, key in ledgers.items():
        times: dict[str, list[float]] = defaultdict(list)
        for entry in world.network.ledger:
            times[key(entry)].append(entry.at)
        for window, seconds in WINDOWS.items():
            most = getattr(getattr(QUOTAS, scope), window)
            if most is None:
                continue
            for subject, stamps in times.items():
                for index, start in enumerate(stamps):
                    last = index + most
                    if last < len(stamps) and stamps[last] - start < seconds - _EPSILON:
                        yield f"{scope} {subject} had more than {most} parts in a {window}"
                        break


def _events(world: World, messages: dict[int, Any]) -> Iterator[str]:
    events = rows(world.database, "SELECT seq, kind, subject FROM event ORDER BY seq")
    if [event.seq for event in events] != list(range(1, len(events) + 1)):
        yield "the feed has gaps"
    last: dict[str, str] = {}
    for event in events:
        if event.kind.startswith("message.") and event.kind not in ("message.held", "message.evidence"):
            last[event.subject] = event.kind.removeprefix("message.")
    for mark, row in messages.items():
        if last.get(row.id) != row.state:
            yield f"message {mark} is {row.state}, and its last event says {last.get(row.id)}"
