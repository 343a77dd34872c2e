"""What must be true of a message's parts and of the attempts at them: each follows from the other. Pure.

A part is written down by the attempt that sent it, or may have: the last one at it, since a part that is written down
is tried no more. So what is known of a part is proven by that attempt, or by evidence that came after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from gatewayd.message import SENT_STATES, State
from gatewayd.modem.ports import Phase
from gatewayd.queue.restoring import ERROR as RESTORED
from gatewayd.sms.reports import Delivery, delivery

#: TP-MR and TP-ST are octets.
_OCTET: Final = range(256)
_PART_STATES: Final = frozenset({"sent", "assumed", "in_doubt"})
_IN_QUEUE: Final = frozenset({State.QUEUED, State.SENDING})
_ANY_PHASE: Final = frozenset(Phase)
#: Refused as a copy of itself (TP-RD), which proves the first one; only what may be a duplicate asks for that.
_REFUSED_AS_COPY: Final = "+CMS 197"


class _Shape(NamedTuple):
    """What an attempt with some outcome has."""

    phases: frozenset[Phase] | frozenset[None]
    fault: bool | None
    """None: it may have one."""
    text: bool
    mr: bool
    """Whether it may have a TP-MR."""


_SHAPES: Final = {
    "accepted": _Shape(frozenset({Phase.SUBMITTED}), fault=False, text=False, mr=True),
    "refused": _Shape(_ANY_PHASE, fault=True, text=True, mr=False),
    "unknown": _Shape(_ANY_PHASE, fault=None, text=True, mr=True),
    "withdrawn": _Shape(frozenset({None}), fault=True, text=False, mr=False),
}


def broken_parts(message: Any, parts: Sequence[Any], attempts: Sequence[Any]) -> Iterator[str]:
    """What is wrong with the message's parts."""
    if any(not 1 <= part.number <= message.parts for part in parts):
        yield f"it has {message.parts} parts, and yet parts {[part.number for part in parts]}"
    states = [part.state for part in parts]
    if unknown := set(states) - _PART_STATES:
        yield f"a part of it is {min(unknown)!r}"
    yield from _counted(message, len(parts), states.count("in_doubt"))
    yield from _reports(message, parts)
    makers = {attempt.part: attempt for attempt in attempts if attempt.outcome != "withdrawn"}
    for part in parts:
        if (maker := makers.get(part.number)) is not None:
            yield from _proven(message, part, maker)


def _counted(message: Any, written: int, doubted: int) -> Iterator[str]:
    """Whether as many parts are sent, or in doubt, as the message's state says."""
    # A person may say of a restored message that it was sent, of which there are no rows then.
    settled = message.error == RESTORED and message.state in SENT_STATES
    if message.parts_sent != written - doubted and not settled:
        yield f"{message.parts_sent} parts are counted as sent, and {written - doubted} are"
    if message.state in SENT_STATES:
        if doubted:
            yield f"it is {message.state}, and a part of it is in doubt"
        if written < message.parts and not settled:
            yield f"it is {message.state}, and {message.parts - written} parts of it are not sent"
    if not doubted:
        if message.state == State.IN_DOUBT and message.error != RESTORED:
            yield "it is in doubt, and no part of it is"
        if message.doubt_until is not None:
            yield "evidence is waited for, and no part of it is in doubt"


def _reports(message: Any, parts: Sequence[Any]) -> Iterator[str]:
    """Whether the reports make sense, and the message's state is what they come to."""
    for part in parts:
        if part.mr is not None and part.mr not in _OCTET:
            yield f"part {part.number} has the reference {part.mr}"
        if part.report_status is None:
            if part.report is not None or part.reported_at is not None:
                yield f"part {part.number} is reported {part.report}, without a status"
        elif part.report_status not in _OCTET or part.report != delivery(part.report_status):
            yield f"part {part.number} is reported {part.report!r}, with the status {part.report_status}"
        elif part.reported_at is None:
            yield f"part {part.number} is reported {part.report}, at no time"
    if message.state == State.DELIVERED and any(part.report != Delivery.DELIVERED for part in parts):
        yield "it is delivered, and not every part is reported so"
    if message.state == State.UNDELIVERED and all(part.report != Delivery.FAILED for part in parts):
        yield "it is undelivered, and no part is reported so"


def _proven(message: Any, part: Any, maker: Any) -> Iterator[str]:
    """Whether ``part`` is what ``maker``, the last attempt at it, has made of it."""
    accepted = maker.outcome == "accepted"
    if part.state == "sent":
        copy = maker.outcome == "refused" and maker.fault == _REFUSED_AS_COPY and message.possible_duplicate
        if not (accepted or copy or maker.outcome == "unknown"):
            yield f"part {part.number} is sent, and the attempt at it is {maker.outcome}"
    elif part.state in _PART_STATES and maker.outcome != "unknown":
        yield f"part {part.number} is {part.state}, and the attempt at it is {maker.outcome}"
    if accepted and part.mr != maker.mr:
        yield f"part {part.number} was accepted as {maker.mr}, and its reference is {part.mr}"
    if part.modem != maker.modem or part.sim not in (maker.sim, message.sim):
        yield f"part {part.number} is not on the modem and the SIM that it was submitted by"
    if part.at != maker.finished_at:
        yield f"part {part.number} is of another time than the attempt at it"


def broken_attempts(message: Any, parts: Sequence[Any], attempts: Sequence[Any]) -> Iterator[str]:
    """What is wrong with the attempts at the message."""
    unsettled = counted = 0
    for attempt in attempts:
        counted += attempt.outcome != "withdrawn"
        unsettled += attempt.finished_at is None
        if not 1 <= attempt.part <= message.parts:
            yield f"it has {message.parts} parts, and an attempt is at part {attempt.part}"
        if (attempt.finished_at is None) != (attempt.outcome is None):
            yield "an attempt at it is settled without an outcome, or has one without being settled"
        elif attempt.outcome is not None:
            yield from _shaped(attempt)
    if unsettled > 1:
        yield f"{unsettled} attempts at it are under way at once"
    if unsettled and message.state != State.SENDING:
        yield f"it is {message.state}, and an attempt at it is under way"
    if message.attempts != counted:
        yield f"{message.attempts} tries are counted, and {counted} were made"
    if not 0 <= message.spent <= message.attempts:
        yield f"{message.spent} tries count against it, of {message.attempts}"
    yield from _written_down(message, parts, attempts)


def _shaped(attempt: Any) -> Iterator[str]:
    """Whether a settled attempt has what its outcome needs, and nothing else: so no outcome passes for another."""
    shape = _SHAPES.get(attempt.outcome)
    if shape is None:
        yield f"an attempt at it is {attempt.outcome!r}"
        return
    if (
        attempt.phase not in shape.phases
        or (shape.fault is not None and shape.fault != (attempt.fault is not None))
        or shape.text != (attempt.fault_text is not None)
        or (attempt.mr is not None and not (shape.mr and attempt.mr in _OCTET))
    ):
        yield (
            f"an attempt at it is {attempt.outcome}, with the phase {attempt.phase}, the fault {attempt.fault} "
            f"and the reference {attempt.mr}"
        )


def _written_down(message: Any, parts: Sequence[Any], attempts: Sequence[Any]) -> Iterator[str]:
    """Whether each part that left was armed before, and each that left, or may have, is written down."""
    written = {part.number for part in parts}
    left: set[int] = set()
    accepted: Counter[int] = Counter()
    for attempt in attempts:
        if attempt.outcome == "accepted":
            accepted[attempt.part] += 1
            if attempt.armed_at is None:
                yield f"part {attempt.part} was accepted and never armed"
            if attempt.part not in written:
                yield f"part {attempt.part} was accepted, and is not written down"
        elif (
            attempt.outcome == "unknown"
            and attempt.part not in written
            and _would_leave_again(message, attempt)
        ):
            yield f"part {attempt.part} may have left, and is not written down"
        if attempt.armed_at is not None or attempt.outcome == "unknown":
            left.add(attempt.part)
    for part, times in accepted.items():
        if times > 1 and not message.possible_duplicate:
            yield f"part {part} was accepted {times} times, and it is not marked as a possible duplicate"
    for number in sorted(written - left):
        yield f"part {number} is written down as sent or in doubt, and was never armed"


def _would_leave_again(message: Any, attempt: Any) -> bool:
    """Whether a part that may have left would be sent a second time, unmarked."""
    return attempt.phase == Phase.SUBMITTED and message.state in _IN_QUEUE and not message.possible_duplicate
