"""The checks of the queue: every message against the invariants, and whether every accepted one is still there."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from gatewayd.message import State
from gatewayd.queue.invariants import broken
from gatewayd.queue.records import accounts
from gatewayd.queue.records import checking as records
from gatewayd.store.checking import PAGE_ROWS, CheckPage, unreadable
from gatewayd.store.transaction import Tx

_STATES = {f"message.{state}": state for state in State}


def check_messages(tx: Tx, cursor: str) -> CheckPage:
    """Check a page of messages with their parts, attempts and events. The cursor is the last ``seq``."""
    numbers = [seq for (seq,) in records.numbers.all(tx, {"after": int(cursor or 0), "limit": PAGE_ROWS})]
    if not numbers:
        return CheckPage((), 0, None)
    findings = _check(tx, numbers)
    return CheckPage(tuple(findings), len(numbers), str(numbers[-1]))


def _check(tx: Tx, numbers: list[int]) -> list[str]:
    """What is wrong with these messages; where they can't be read together, each by itself."""
    try:
        return _check_range(tx, numbers[0], numbers[-1])
    except Exception as error:
        if not unreadable(error):
            raise
        if len(numbers) == 1:
            return [f"message number {numbers[0]} can't be read: {error}"]
    middle = len(numbers) // 2
    return _check(tx, numbers[:middle]) + _check(tx, numbers[middle:])


def _check_range(tx: Tx, first: int, last: int) -> list[str]:
    bounds = {"first": first, "last": last}
    parts: defaultdict[int, list[Any]] = defaultdict(list)
    attempts: defaultdict[int, list[Any]] = defaultdict(list)
    history: defaultdict[int, list[str]] = defaultdict(list)
    for part in records.parts.all(tx, bounds):
        parts[part.message_seq].append(part)
    for attempt in records.attempts.all(tx, bounds):
        attempts[attempt.message_seq].append(attempt)
    for seq, kind in records.kinds.all(tx, bounds):
        if kind in _STATES:
            history[seq].append(_STATES[kind])
    return [
        f"message {row.id}: {problem}"
        for row in records.messages.all(tx, bounds)
        for problem in broken(row, parts[row.seq], attempts[row.seq], history[row.seq])
    ]


def check_accepted(tx: Tx, cursor: str) -> CheckPage:
    """Whether the messages that a page of the feed tells of are there. The cursor is the last event's ``seq``."""
    after = {"after": int(cursor or 0), "limit": PAGE_ROWS}
    last, count = records.last_of_some.first(tx, after) or (None, 0)
    findings = [
        f"message {row.subject} was accepted (event {row.seq}), and is gone"
        for row in records.strangers.all(tx, after)
    ]
    return CheckPage(tuple(findings), count, None if last is None else str(last))


def check_backlog(tx: Tx, _cursor: str) -> CheckPage:
    """Whether what is kept of each client's queue is what is there; all in one page."""
    findings = [
        f"client {row.name} has {row.parts_there} parts of {row.messages_there} messages waiting, and "
        f"{row.parts} of {row.messages} are counted"
        for row in accounts.miscounted.all(tx, {})
    ]
    return CheckPage(tuple(findings), 1, None)
