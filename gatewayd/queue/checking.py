"""The checks of the queue: every message against the invariants, and whether every accepted one is still there."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from gatewayd.message import Priority, State
from gatewayd.queue.invariants import broken
from gatewayd.queue.modes import Mode
from gatewayd.queue.records import checking as records
from gatewayd.queue.types import MAX_KEEP_DAYS, MAX_VALIDITY
from gatewayd.store import epoch
from gatewayd.store.checking import PAGE_ROWS, CheckPage, look_through
from gatewayd.store.prepared import Prepared
from gatewayd.store.transaction import Tx

_STATES: Final = {f"message.{state}": state for state in State}
_MODES: Final = frozenset(Mode)
_PRIORITIES: Final = frozenset(Priority)
_Rule = Callable[[Any], Iterator[str]]
#: What events tell of a message besides its states.
_ASIDE: Final = frozenset({"message.held", "message.evidence"})


def check_messages(tx: Tx, cursor: str) -> CheckPage:
    """Check a page of messages with their parts, attempts and events. The cursor is the last ``seq``."""
    numbers = [seq for (seq,) in records.numbers.all(tx, {"after": int(cursor or 0), "limit": PAGE_ROWS})]
    findings = look_through(numbers, partial(_messages, tx), "message")
    return _page(findings, numbers)


def _page(findings: list[str], numbers: list[int]) -> CheckPage:
    return CheckPage(tuple(findings), len(numbers), str(numbers[-1]) if numbers else None)


def _messages(tx: Tx, first: int, last: int) -> list[str]:
    bounds = {"first": first, "last": last}
    parts: defaultdict[int, list[Any]] = defaultdict(list)
    attempts: defaultdict[int, list[Any]] = defaultdict(list)
    for part in records.parts.all(tx, bounds):
        parts[part.message_seq].append(part)
    for attempt in records.attempts.all(tx, bounds):
        attempts[attempt.message_seq].append(attempt)
    history, mistold = _told(tx, bounds)
    assumed = any(part.state == "assumed" for of_one in parts.values() for part in of_one)
    decided = {seq for (seq,) in records.decided.all(tx, bounds)} if assumed else frozenset()
    findings, restored = [], epoch.number(tx) is not None
    for row in records.messages.all(tx, bounds):
        seq = row.seq
        problems = [
            *broken(row, parts[seq], attempts[seq], history[seq], decided=seq in decided, restored=restored)
        ]
        if row.odd is not None:
            problems.append(f"{row.odd} is neither yes nor no")
        problems += [f"{each.odd} of a part of it is no time" for each in parts[seq] if each.odd is not None]
        problems += [
            f"{each.odd} of an attempt at it is no time" for each in attempts[seq] if each.odd is not None
        ]
        problems += mistold.get(seq, ())
        findings += [f"message {row.id}: {problem}" for problem in problems]
    return findings


def _told(tx: Tx, bounds: dict[str, int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """The states that events tell of messages, by the message's ``seq``, and what is wrong with those events."""
    history: defaultdict[int, list[str]] = defaultdict(list)
    wrong: defaultdict[int, list[str]] = defaultdict(list)
    for seq, kind, own in records.kinds.all(tx, bounds):
        if kind in _STATES:
            history[seq].append(_STATES[kind])
        elif kind not in _ASIDE:
            wrong[seq].append(f"an event tells {kind!r} of it")
        if not own:
            wrong[seq].append("an event of it is shown to another client")
    return history, wrong


def check_accepted(tx: Tx, cursor: str) -> CheckPage:
    """Whether a page of the feed can be read, and the messages that it tells of are there.

    The cursor is the last event's ``seq``.
    """
    after = {"after": int(cursor or 0), "limit": PAGE_ROWS}
    numbers = [seq for (seq,) in records.event_numbers.all(tx, after)]
    return _page(look_through(numbers, partial(_events, tx), "event"), numbers)


def _events(tx: Tx, first: int, last: int) -> list[str]:
    bounds = {"first": first, "last": last}
    records.readable.scalar(tx, bounds)
    return [
        f"message {row.subject} was accepted (event {row.seq}), and is gone"
        if row.valid
        else f"what event {row.seq} tells is no JSON"
        for row in records.strangers.all(tx, bounds)
    ]


def check_backlog(tx: Tx, _cursor: str) -> CheckPage:
    """Whether what is kept of each client's queue is what is there; all in one page."""
    standings = {row.id: row for row in records.standings.all(tx, {})}

    def miscounted(first: int, last: int) -> list[str]:
        named = records.client_names.all(tx, {"first": first, "last": last})
        return [
            f"client {name} has {row.parts_there} parts of {row.messages_there} messages waiting, and "
            f"{row.parts} of {row.messages} are counted"
            for id_, name in named
            if (row := standings[id_])[1:3] != row[3:5]
        ]

    return CheckPage(tuple(look_through(list(standings), miscounted, "client")), 1, None)


def check_steering(tx: Tx, _cursor: str) -> CheckPage:
    """Whether what modems and types of messages go by can be understood; all in one page."""
    tables = (
        (records.mode_numbers, records.modes, _of_mode, "mode of a modem"),
        (records.type_numbers, records.types, _of_type, "type of messages"),
        (records.pace_numbers, records.paces, _of_pace, "pace of a modem"),
    )
    findings: list[str] = []
    for numbers, rows, rule, what in tables:

        def look(first: int, last: int, rows: Prepared = rows, rule: _Rule = rule) -> list[str]:
            bounds = {"first": first, "last": last}
            return [problem for row in rows.all(tx, bounds) for problem in rule(row)]

        findings += look_through([number for (number,) in numbers.all(tx, {})], look, what)
    return CheckPage(tuple(findings), 1, None)


def _of_mode(row: Any) -> Iterator[str]:
    if row.mode not in _MODES:
        yield f"the mode of modem {row.modem} is {row.mode!r}"


def _of_type(row: Any) -> Iterator[str]:
    if row.priority is not None and row.priority not in _PRIORITIES:
        yield f"the priority of type {row.code} is {row.priority!r}"
    if row.validity is not None and not 1 <= row.validity <= MAX_VALIDITY:
        yield f"messages of type {row.code} are valid for {row.validity} seconds"
    if row.keep_days is not None and not 0 <= row.keep_days <= MAX_KEEP_DAYS:
        yield f"messages of type {row.code} are kept for {row.keep_days} days"
    if row.odd is not None:
        yield f"{row.odd} of type {row.code} is neither yes nor no"


def _of_pace(row: Any) -> Iterator[str]:
    if not (isinstance(row.boottime, float) and math.isfinite(row.boottime)):
        yield f"modem {row.modem} last sent {row.boottime!r} seconds after a start of the machine"
