"""What must be true of every message, as far as its rows tell. Pure.

Each rule yields a sentence about what is broken. ``message``, ``parts`` and ``attempts`` are rows; ``history`` are
the states that the message's events tell, oldest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from gatewayd.message import SENT_STATES, TRANSITIONS, Doubt, Order, State
from gatewayd.queue.checksum import intact
from gatewayd.queue.restoring import ERROR as RESTORED
from gatewayd.queue.wiping import NEEDS_NO_TEXT, NO_TEXT, Erased

_STATES = frozenset(State)
_POLICIES = frozenset(Doubt)
_ORDERS = frozenset(Order)
_IN_QUEUE = frozenset({State.QUEUED, State.SENDING})
#: With a part in doubt, whose evidence is waited for.
_MAY_BE_IN_DOUBT = _IN_QUEUE | {State.IN_DOUBT}
#: What is parked for one of these is woken by somebody, at no known time.
_WOKEN = frozenset({"order", "paused"})


def broken(
    message: Any, parts: Sequence[Any], attempts: Sequence[Any], history: Sequence[str]
) -> Iterator[str]:
    """Everything that is wrong with one message."""
    if message.state not in _STATES:
        yield f"its state is {message.state!r}"
        return
    if not intact(message):
        yield "it is not what was accepted: recipient, text or another lasting column was changed"
    if message.in_doubt not in _POLICIES:
        yield f"its policy for doubts is {message.in_doubt!r}"
    if message.ordering not in _ORDERS:
        yield f"its order is {message.ordering!r}"
    yield from _erased(message)
    yield from _place(message)
    yield from _times(message)
    yield from _parts(message, parts)
    yield from _attempts(message, attempts)
    yield from _parts_of_attempts(parts, attempts)
    yield from _history(message, history)


def _erased(message: Any) -> Iterator[str]:
    """Whether what is said to be gone is, and nothing is gone of what may still be sent."""
    if message.erased not in (None, *Erased):
        yield f"what is erased of it is {message.erased!r}"
    elif (message.erased is None) != (message.text != NO_TEXT):
        yield f"its text is {'gone' if message.erased is None else 'there'}, and it is not marked so"
    if message.erased is not None and message.state not in NEEDS_NO_TEXT:
        yield f"it is {message.state}, and its text is gone"


def _place(message: Any) -> Iterator[str]:
    """Whether its place in the queue fits its state."""
    if (message.ready is not None) != (message.state in _IN_QUEUE):
        yield f"it is {message.state} and {'out of' if message.ready is None else 'in'} the queue"
    if message.ready and message.state == State.SENDING:
        yield "it is at a modem and yet ready for another"
    if message.ready and (message.wait_reason or message.not_before):
        yield "it is ready and yet waits"
    if message.ready is False and message.state == State.QUEUED:
        if message.wait_reason is None:
            yield "it is parked for no reason"
        elif message.not_before is None and message.wait_reason not in _WOKEN:
            yield f"it is parked for {message.wait_reason}, and nothing would ever wake it"
    if message.doubt_until is not None and message.state not in _MAY_BE_IN_DOUBT:
        yield f"it is {message.state} and yet evidence is waited for"


def _times(message: Any) -> Iterator[str]:
    sent = message.state in SENT_STATES
    if sent != (message.sent_at is not None):
        yield f"it is {message.state} and has {'no' if sent else 'a'} time of sending"
    if (message.state == State.DELIVERED) != (message.delivered_at is not None):
        yield f"it is {message.state} and has {'a' if message.delivered_at else 'no'} time of delivery"


def _parts(message: Any, parts: Sequence[Any]) -> Iterator[str]:
    if any(not 1 <= part.number <= message.parts for part in parts):
        yield f"it has {message.parts} parts, and yet parts {[part.number for part in parts]}"
    states = Counter(part.state for part in parts)
    if unknown := set(states) - {"sent", "assumed", "in_doubt"}:
        yield f"a part of it is {min(unknown)!r}"
    # A person may say of a restored message that it was sent, of which there are no rows then.
    settled = message.error == RESTORED and message.state in SENT_STATES
    if message.parts_sent != len(parts) - states["in_doubt"] and not settled:
        yield f"{message.parts_sent} parts are counted as sent, and {len(parts) - states['in_doubt']} are"
    if message.state in SENT_STATES:
        if states["in_doubt"]:
            yield f"it is {message.state}, and a part of it is in doubt"
        if len(parts) < message.parts and not settled:
            yield f"it is {message.state}, and {message.parts - len(parts)} parts of it are not sent"
    if message.state == State.IN_DOUBT and not states["in_doubt"] and message.error != RESTORED:
        yield "it is in doubt, and no part of it is"


def _attempts(message: Any, attempts: Sequence[Any]) -> Iterator[str]:
    unsettled = [attempt for attempt in attempts if attempt.finished_at is None]
    if len(unsettled) > 1:
        yield f"{len(unsettled)} attempts at it are under way at once"
    if unsettled and message.state != State.SENDING:
        yield f"it is {message.state}, and an attempt at it is under way"
    if any((attempt.finished_at is None) != (attempt.outcome is None) for attempt in attempts):
        yield "an attempt at it is settled without an outcome, or has one without being settled"
    counted = sum(attempt.outcome != "withdrawn" for attempt in attempts)
    if message.attempts != counted:
        yield f"{message.attempts} tries are counted, and {counted} were made"
    if message.spent > message.attempts:
        yield f"{message.spent} tries count against it, of {message.attempts}"
    accepted = Counter(attempt.part for attempt in attempts if attempt.outcome == "accepted")
    for part, times in accepted.items():
        if times > 1 and not message.possible_duplicate:
            yield f"part {part} was accepted {times} times, and it is not marked as a possible duplicate"


def _parts_of_attempts(parts: Sequence[Any], attempts: Sequence[Any]) -> Iterator[str]:
    """Whether each part that left was armed before, and each that was accepted is written down."""
    written = {part.number for part in parts}
    left = set()
    for attempt in attempts:
        if attempt.outcome == "accepted":
            if attempt.armed_at is None:
                yield f"part {attempt.part} was accepted and never armed"
            if attempt.part not in written:
                yield f"part {attempt.part} was accepted, and is not written down"
        if attempt.armed_at is not None or attempt.outcome == "unknown":
            left.add(attempt.part)
    for part in sorted(written - left):
        yield f"part {part} is written down as sent or in doubt, and was never armed"


def _history(message: Any, history: Sequence[str]) -> Iterator[str]:
    if message.state == State.STAGED:
        if history:
            yield "it is not accepted yet, and events tell of it"
        return
    if not history:
        yield "no event tells of it"
        return
    if history[0] != State.QUEUED:
        yield f"its first event is {history[0]}"
    for before, after in pairwise(history):
        if (before, after) not in TRANSITIONS:
            yield f"its events go from {before} to {after}"
    if history[-1] != message.state:
        yield f"it is {message.state}, and its last event is {history[-1]}"
