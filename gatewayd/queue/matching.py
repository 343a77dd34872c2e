"""Which part a status report is about. Pure: the rules, and nothing else.

A report carries the part's TP-MR, its recipient as the network writes it, and the time at which the service centre
got the part (TP-SCTS, 3GPP TS 23.040 §9.2.2.3). None of them is sure. TP-MR comes round again after 256 parts, and
sooner where a modem forgets it; numbers are rewritten; service centres err by whole time zones. So a report is given
to a part only where no other can be meant, and else to none: no match costs a state, a wrong one tells a lie.

The clock of the service centre is what tells parts of the same TP-MR apart:

* A part that had a report before knows its TP-SCTS. Every further report of it carries the same.
* Where the SIM's last reports agree on how far that clock is off (``clock_error``), the parts that fit are few. Else a
  lone candidate is taken if it is off by 26 hours at most, and of several the one that fits a clock that is right.
* A part that a clock in another zone would mean still makes it ambiguous: a network has several service centres.

Our own clock may be set at any moment, so nothing is told from when a report came: a part that was tried later, by the
order of the attempts, is not meant, whatever the clock said.

A part in doubt has no TP-MR to compare, and to be taken for sent on a report's word asks for more: the service
centre got it within 180 s after its 0x1A, by a clock that isn't merely assumed to be wrong by some zone, and no
other part could be meant by a clock that is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gatewayd.queue.rewriting import same_number

#: How far our clock and a service centre's may differ, wrong zones apart.
SKEW: Final = timedelta(seconds=60)
#: After 0x1A: the radio's own repeats end (TR1M <= 45 s, four times; 3GPP TS 23.040 §9.2.3.6).
ON_THE_AIR: Final = timedelta(seconds=180)
#: From the farthest zone to the other, and a little.
ZONES: Final = timedelta(hours=26)
#: What zones differ by.
QUARTER: Final = timedelta(minutes=15)
#: Reports that must agree before the service centre's clock is believed to be known.
AGREEING: Final = 3


class Stage(enum.StrEnum):
    """What is known of a candidate."""

    SENT = "sent"
    DOUBTFUL = "doubtful"
    """Nobody knows whether the network took it."""
    UNDER_WAY = "under_way"
    """Its 0x1A is written, or about to be, and not answered."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a status report says that tells its part."""

    sim: str
    """The SIM that it came to."""
    mr: int
    recipient: str
    """As the network wrote it."""
    scts: datetime | None
    """When the service centre got the part, by its clock; None where it wrote no date."""
    after: int
    """``seq`` of the last attempt that had begun when it came: no report comes before its part was submitted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One submit of a part that a report may be about."""

    message: int
    """``seq`` of its message."""
    part: int
    attempt: int
    """``seq`` of that submit."""
    stage: Stage
    sim: str
    mr: int | None
    """None: unknown; it may be any."""
    recipient: str
    """E.164."""
    armed_at: datetime
    """The service centre did not get it before."""
    answered_at: datetime
    """The service centre had it by then."""
    scts: datetime | None = None
    """What an earlier report of it said."""
    closed: bool = False
    """Whether it had its final report."""


class Kind(enum.StrEnum):
    """What the search came to."""

    ONE = "one"
    NONE = "none"
    """No part fits, or the one that may fit is still under way."""
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Choice:
    """The part that a report is about, if it can be told."""

    kind: Kind
    candidate: Candidate | None = None
    open: bool = False
    """Of several parts that fit, one is in doubt: once it is settled, by its TP-MR, they may be fewer."""


_NONE: Final = Choice(Kind.NONE)


def choose(report: Report, candidates: Iterable[Candidate], clock_error: timedelta | None) -> Choice:
    """The candidate that ``report`` is about.

    ``candidates`` are all submits of that SIM that may be meant, those under way included: which part is meant can
    only be told from all of them. ``clock_error`` is as ``agreed_error`` gives it.
    """
    same = [candidate for candidate in candidates if _may_be(report, candidate)]
    scts = report.scts
    if scts is None:
        return _only(same)
    known = [candidate for candidate in same if candidate.scts == scts]
    if known:
        return _only(known)
    fresh = [candidate for candidate in same if candidate.scts is None and not candidate.closed]
    near = [c for c in fresh if abs(scts - c.armed_at) <= ZONES]
    typical = [c for c in near if _fits(scts, c, _nearest_zone(scts, c))]
    if clock_error is None and _parts(near) <= 1:
        choice = _only(near)
    else:
        fitting = [c for c in fresh if _fits(scts, c, clock_error or timedelta(0))]
        # A network has several service centres, and one of them may be wrong about its zone where the others agree.
        choice = _only(fitting) if _parts([*fitting, *typical]) <= 1 or not fitting else _ambiguous(near)
    found = choice.candidate
    if found is None or found.stage is not Stage.DOUBTFUL:
        return choice
    if not _fits(scts, found, clock_error or timedelta(0)):
        return _NONE
    return choice if _parts(near) <= 1 else _ambiguous(near)


def agreed_error(errors: Sequence[timedelta]) -> timedelta | None:
    """How far the service centre's clock is off, from what its last reports showed; None where they don't agree."""
    if len(errors) < AGREEING:
        return None
    middle = sorted(errors)[len(errors) // 2]
    return middle if all(abs(error - middle) <= SKEW for error in errors) else None


def zone_error(scts: datetime, armed_at: datetime) -> timedelta:
    """By how many quarters of an hour the service centre's clock is off."""
    return QUARTER * round((scts - armed_at) / QUARTER)


def _may_be(report: Report, candidate: Candidate) -> bool:
    return (
        candidate.sim == report.sim
        and candidate.attempt <= report.after
        and candidate.mr in (None, report.mr)
        and same_number(report.recipient, candidate.recipient)
    )


def _fits(scts: datetime, candidate: Candidate, error: timedelta) -> bool:
    return candidate.armed_at - SKEW <= scts - error <= candidate.answered_at + SKEW


def _nearest_zone(scts: datetime, candidate: Candidate) -> timedelta:
    return zone_error(scts, candidate.armed_at + (candidate.answered_at - candidate.armed_at) / 2)


def _parts(candidates: Sequence[Candidate]) -> int:
    return len({(candidate.message, candidate.part) for candidate in candidates})


def _ambiguous(candidates: Sequence[Candidate]) -> Choice:
    if any(candidate.stage is Stage.UNDER_WAY for candidate in candidates):
        return _NONE
    return Choice(Kind.AMBIGUOUS, open=any(candidate.stage is Stage.DOUBTFUL for candidate in candidates))


def _only(candidates: Sequence[Candidate]) -> Choice:
    """The part that all of them are, in its best known submit; one that is under way has to be waited for."""
    if _parts(candidates) > 1:
        return _ambiguous(candidates)
    if not candidates or any(candidate.stage is Stage.UNDER_WAY for candidate in candidates):
        return _NONE
    return Choice(Kind.ONE, min(candidates, key=lambda candidate: candidate.stage is Stage.DOUBTFUL))
