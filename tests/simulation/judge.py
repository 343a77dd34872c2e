"""What must hold at the end of a simulated day. The network's ledger is the judge, the database the accused."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import text

from gatewayd.message import FINAL_STATES, SENT_STATES, Doubt, State
from gatewayd.queue.quotas import WINDOWS
from gatewayd.store.inline import InlineDatabase
from tests.simulation.network import Taken
from tests.simulation.world import INTERVAL, QUOTAS, World

#: Two floats that are the same instant.
_EPSILON = 1e-6


@dataclass(frozen=True)
class Figures:
    """What one day held."""

    accepted: int
    taken: int
    marked_doubles: int
    in_doubt: int
    crashes: int


class Violation(AssertionError):  # noqa: N818 - named after what it is
    """A promise was broken."""


def judge(world: World) -> Figures:
    """Raise Violation, naming the seed, where a promise was broken."""
    found = list(_violations(world))
    if found:
        raise Violation(f"seed {world.seed}: " + "; ".join(found[:5]))
    messages = _messages(world.database)
    taken = Counter((entry.message, entry.part) for entry in world.network.ledger)
    return Figures(
        accepted=len(messages),
        taken=len(world.network.ledger),
        marked_doubles=sum(count - 1 for count in taken.values()),
        in_doubt=sum(row.state == State.IN_DOUBT for row in messages.values()),
        crashes=world.crashes,
    )


def _messages(database: InlineDatabase):  # type: ignore[no-untyped-def]
    rows = database.transact(lambda tx: list(tx.execute(text("SELECT * FROM message")).mappings()))
    return {int(row["text"][2:7]): _Row(row) for row in rows}


class _Row:
    def __init__(self, row) -> None:  # type: ignore[no-untyped-def]
        self.__dict__.update(row)


def _violations(world: World):  # type: ignore[no-untyped-def]
    messages = _messages(world.database)
    parts = world.database.transact(
        lambda tx: {
            (seq, number): state
            for seq, number, state in tx.execute(text("SELECT message_seq, number, state FROM part"))
        }
    )
    by_message: dict[int, list[Taken]] = defaultdict(list)
    for entry in world.network.ledger:
        by_message[entry.message].append(entry)
    for mark, name in world.names.items():
        if mark not in messages or messages[mark].id != name:
            yield f"message {mark} was accepted and has vanished"
    for mark in by_message:
        if mark not in messages:
            yield f"message {mark} was sent and is not in the database"
    for mark, row in messages.items():
        yield from _of_message(world, mark, row, by_message[mark], parts)
    yield from _pace(world)
    yield from _quotas(world)
    yield from _events(world, messages)


def _of_message(world: World, mark: int, row, taken: list[Taken], parts):  # type: ignore[no-untyped-def]
    state = State(row.state)
    counts = Counter(entry.part for entry in taken)
    if state not in FINAL_STATES | SENT_STATES | {State.IN_DOUBT}:
        yield f"message {mark} is still {state} after the calm"
    for number, count in counts.items():
        if count > 1:
            again = [entry for entry in taken if entry.part == number][1:]
            if not row.possible_duplicate or not all(entry.rejects_duplicates for entry in again):
                yield f"message {mark} part {number} was sent {count} times without a mark"
            elif row.in_doubt != Doubt.RESEND and mark not in world.resent:
                yield f"message {mark} part {number} was sent again though nobody asked for it"
        if (row.seq, number) not in parts and not row.possible_duplicate and state != State.FAILED:
            yield f"message {mark} part {number} was sent and the database does not know ({state})"
    certain = {number for number in range(1, row.parts + 1) if parts.get((row.seq, number)) == "sent"}
    for number in certain - set(counts):
        yield f"message {mark} part {number} counts as sent, and the network never took it"
    if (
        state in SENT_STATES
        and len([n for n in range(1, row.parts + 1) if (row.seq, n) in parts]) < row.parts
    ):
        yield f"message {mark} is {state} without all of its parts"
    if state is State.DELIVERED:
        for number in range(1, row.parts + 1):
            if (mark, number) not in world.network.reported:
                yield f"message {mark} part {number} counts as delivered, and no report said so"
    if state in (State.CANCELLED, State.EXPIRED) and row.parts == 1 and counts and (row.seq, 1) not in parts:
        yield f"message {mark} is {state} and was sent"
    yield from _of_parts(mark, row, taken)


def _of_parts(mark: int, row, taken: list[Taken]):  # type: ignore[no-untyped-def]
    if len({entry.sim for entry in taken}) > 1 and not row.possible_duplicate:
        yield f"message {mark} left through two SIMs"
    first_times: dict[int, float] = {}
    for entry in taken:
        first_times.setdefault(entry.part, entry.at)
    ordered = [first_times[number] for number in sorted(first_times)]
    if ordered != sorted(ordered) and not row.possible_duplicate:
        yield f"message {mark} has its parts out of order"


def _pace(world: World):  # type: ignore[no-untyped-def]
    for name, line in world.lines.items():
        for earlier, later in pairwise(line.stamps):
            if later - earlier < INTERVAL - _EPSILON:
                yield f"{name} sent twice within {later - earlier:.3f} s"


def _quotas(world: World):  # type: ignore[no-untyped-def]
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


def _events(world: World, messages):  # type: ignore[no-untyped-def]
    rows = world.database.transact(
        lambda tx: list(tx.execute(text("SELECT seq, kind, subject FROM event ORDER BY seq")))
    )
    if [row.seq for row in rows] != list(range(1, len(rows) + 1)):
        yield "the feed has gaps"
    last: dict[str, str] = {}
    for row in rows:
        if row.kind.startswith("message.") and row.kind not in ("message.held", "message.evidence"):
            last[row.subject] = row.kind.removeprefix("message.")
    for mark, row in messages.items():
        if last.get(row.id) != row.state:
            yield f"message {mark} is {row.state}, and its last event says {last.get(row.id)}"
