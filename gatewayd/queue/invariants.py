"""What must be true of every message, as far as its rows tell. Pure.

Each rule yields a sentence about what is broken. ``message``, ``parts`` and ``attempts`` are rows, attempts oldest
first; ``history`` are the states that the message's events tell, oldest first. What must be true of parts and attempts
is in ``proofs``.

A rule must never call sound rows damaged: texts may be erased, a copy may be restored, a verdict may have been given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from gatewayd.message import SENT_STATES, TRANSITIONS, Doubt, Order, Priority, State
from gatewayd.queue import proofs
from gatewayd.queue.checksum import intact
from gatewayd.queue.routing import only
from gatewayd.queue.wiping import NEEDS_NO_TEXT, NO_TEXT, Erased

_STATES = frozenset(State)
_POLICIES = frozenset(Doubt)
_ORDERS = frozenset(Order)
_PRIORITIES = frozenset(Priority)
_IN_QUEUE = frozenset({State.QUEUED, State.SENDING})
#: With a part in doubt, whose evidence is waited for.
_MAY_BE_IN_DOUBT = _IN_QUEUE | {State.IN_DOUBT}
#: What is parked for one of these is woken by somebody, at no known time.
_WOKEN = frozenset({"order", "paused"})
_REASONS = _WOKEN | {"scheduled", "retry", "quota", "sim", "doubt"}
#: Over without having been sent, as far as anybody knows: its client gets back what it paid for the rest.
_UNSENT = frozenset({State.FAILED, State.EXPIRED, State.CANCELLED})
_RESENT = (State.IN_DOUBT, State.QUEUED)
_CORRECTED = frozenset({(State.FAILED, State.SENT), (State.EXPIRED, State.SENT)})


def broken(
    message: Any,
    parts: Sequence[Any],
    attempts: Sequence[Any],
    history: Sequence[str],
    *,
    decided: bool = False,
    restored: bool = False,
) -> Iterator[str]:
    """Everything that is wrong with one message.

    ``decided``: whether an event tells who had a doubt about it count as sent. ``restored``: whether the database is,
    or was, a copy.
    """
    if message.state not in _STATES:
        yield f"its state is {message.state!r}"
        return
    if not intact(message):
        yield "it is not what was accepted: recipient, text or another lasting column was changed"
    yield from _words(message)
    yield from _erased(message)
    yield from _place(message)
    yield from _times(message)
    yield from _last_try(message, parts, attempts)
    yield from _paid(message)
    yield from proofs.broken_parts(message, parts, attempts)
    yield from proofs.broken_attempts(message, parts, attempts)
    if not decided and any(part.state == "assumed" for part in parts):
        yield "a part of it is assumed to be sent, and no event tells by whom"
    yield from _history(message, history, restored)


def _words(message: Any) -> Iterator[str]:
    """Whether each column with a few known values has one of them."""
    if message.in_doubt not in _POLICIES:
        yield f"its policy for doubts is {message.in_doubt!r}"
    if message.ordering not in _ORDERS:
        yield f"its order is {message.ordering!r}"
    if message.priority not in _PRIORITIES:
        yield f"its priority is {message.priority!r}"
    if message.wait_reason is not None and message.wait_reason not in _REASONS:
        yield f"it waits for {message.wait_reason!r}"
    if message.pinned is not None and message.route != only(message.pinned):
        yield f"it was pinned to {message.pinned}, and its route is {message.route!r}"
    if message.managed and message.batch_id is None:
        yield "it is of a batch that people steer, and of no batch"


def _erased(message: Any) -> Iterator[str]:
    """Whether what is said to be gone is, and nothing is gone of what may still be sent."""
    if message.erased not in (None, *Erased):
        yield f"what is erased of it is {message.erased!r}"
    elif (message.erased is None) != (message.text != NO_TEXT):
        yield f"its text is {'gone' if message.erased is None else 'there'}, and it is not marked so"
    if message.erased is not None and message.state not in NEEDS_NO_TEXT:
        yield f"it is {message.state}, and its text is gone"
    if message.secret and message.erased is None and message.state in NEEDS_NO_TEXT:
        yield f"it is {message.state}, and its text is a secret and still there"


def _place(message: Any) -> Iterator[str]:
    """Whether its place in the queue fits its state."""
    if (message.ready is not None) != (message.state in _IN_QUEUE):
        yield f"it is {message.state} and {'out of' if message.ready is None else 'in'} the queue"
    if message.ready and message.state == State.SENDING:
        yield "it is at a modem and yet ready for another"
    waits = message.wait_reason or message.not_before
    if message.ready and waits:
        yield "it is ready and yet waits"
    if waits and message.state not in (State.QUEUED, State.STAGED):
        # What is due is made ready whatever its state, and would be claimed.
        yield f"it is {message.state} and yet waits"
    if message.ready is False and message.state == State.QUEUED:
        yield from _parked(message)
    if message.doubt_until is not None and message.state not in _MAY_BE_IN_DOUBT:
        yield f"it is {message.state} and yet evidence is waited for"
    if message.cancel_requested and not message.attempts and message.state in _IN_QUEUE:
        # One that was never tried is cancelled at once.
        yield "it is to be stopped, and was never begun"


def _parked(message: Any) -> Iterator[str]:
    if message.wait_reason is None:
        yield "it is parked for no reason"
    elif message.not_before is None and message.wait_reason not in _WOKEN:
        yield f"it is parked for {message.wait_reason}, and nothing would ever wake it"
    elif message.wait_reason == "scheduled" and message.not_before != message.send_at:
        yield f"it is planned for {message.send_at}, and waits until {message.not_before}"
    elif message.wait_reason == "paused" and not message.managed:
        yield "it is held with its batch, and is of none that people steer"


def _times(message: Any) -> Iterator[str]:
    sent = message.state in SENT_STATES
    if sent != (message.sent_at is not None):
        yield f"it is {message.state} and has {'no' if sent else 'a'} time of sending"
    if (message.state == State.DELIVERED) != (message.delivered_at is not None):
        yield f"it is {message.state} and has {'a' if message.delivered_at else 'no'} time of delivery"


def _last_try(message: Any, parts: Sequence[Any], attempts: Sequence[Any]) -> Iterator[str]:
    """Whether it stands at the modem, and on the SIM, where it was tried: its other parts follow there."""
    modem = attempts[-1].modem if attempts else None
    if message.modem != modem:
        yield f"its modem is {message.modem}, and it was last tried by {modem}"
    elif message.state == State.QUEUED and parts and message.route != only(modem or ""):
        yield f"some of its parts are out by {modem}, and its route is {message.route!r}"
    if message.sim is not None and all(attempt.sim != message.sim for attempt in attempts):
        yield f"its SIM is {message.sim}, and it was never tried there"


def _paid(message: Any) -> Iterator[str]:
    """Whether its client pays for as many parts as it may have; messages of earlier releases cost nothing."""
    charged = message.charged
    if message.price is not None and message.price < 0:
        yield f"a part of it costs {message.price}"
    if charged is None or charged == message.parts:
        return
    if message.state not in _UNSENT or not 0 <= charged < message.parts:
        yield f"it is {message.state}, and {charged} of its {message.parts} parts are paid for"


def _history(message: Any, history: Sequence[str], restored: bool) -> Iterator[str]:
    if message.state == State.STAGED:
        if history:
            yield "it is not accepted yet, and events tell of it"
        return
    if not history:
        yield "no event tells of it"
        return
    if history[0] != State.QUEUED:
        yield f"its first event is {history[0]}"
    resent = corrected = False
    for step in pairwise(history):
        if step not in TRANSITIONS:
            yield f"its events go from {step[0]} to {step[1]}"
        resent = resent or step == _RESENT
        corrected = corrected or step in _CORRECTED
    if history[-1] != message.state:
        yield f"it is {message.state}, and its last event is {history[-1]}"
    if resent and not message.possible_duplicate:
        yield "it is sent again from doubt, and not marked as a possible duplicate"
    # A person may have sent another message again of which a part had left, or gone on with the batch of a copy.
    asked = message.retry_of is not None or (message.managed and restored)
    if message.possible_duplicate and not resent and not asked:
        yield "it is marked as a possible duplicate, and was never in doubt"
    if message.corrected != corrected:
        yield f"it was {'' if corrected else 'not '}given up before it was proven sent, and marked otherwise"
