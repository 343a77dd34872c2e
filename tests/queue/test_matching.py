"""Which part a report is about: the right one or none, never a wrong one (reliability, invariant 13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from gatewayd.queue import matching
from gatewayd.queue.matching import AGREEING, Candidate, Choice, Kind, Report, Stage, agreed_error, choose
from gatewayd.queue.rewriting import same_number, tail

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
RECIPIENT = "+34600000001"
SECOND = timedelta(seconds=1)
#: When the reports come, where that doesn't matter: after every attempt.
LATER = 1_000
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def candidate(number: int, at: datetime = NOON, **more: object) -> Candidate:
    """A part that was sent ``at`` that instant and answered two seconds later."""
    made = Candidate(number, 1, number, Stage.SENT, "sim", 7, RECIPIENT, at, at + 2 * SECOND)
    return replace(made, **more)  # type: ignore[arg-type]


def report(scts: datetime | None = NOON + SECOND, **more: object) -> Report:
    return replace(Report("sim", 7, RECIPIENT, scts, LATER), **more)  # type: ignore[arg-type]


def doubtful(number: int, at: datetime = NOON) -> Candidate:
    return candidate(number, at, stage=Stage.DOUBTFUL, mr=None, answered_at=at + 180 * SECOND)


def under_way(number: int, at: datetime = NOON) -> Candidate:
    return replace(doubtful(number, at), stage=Stage.UNDER_WAY)


def found(choice: Choice) -> int | None:
    return None if choice.candidate is None else choice.candidate.message


@pytest.mark.parametrize(
    "written",
    [
        "+34600000001",
        "34600000001",
        "0034600000001",
        "01134600000001",
        "600000001",
        "0600000001",
        "+340600000001",
    ],
)
def test_number_is_known_however_networks_write_it(written: str) -> None:
    assert same_number(written, RECIPIENT)
    assert RECIPIENT.endswith(tail(written))


@pytest.mark.parametrize(
    ("written", "recipient"),
    [
        pytest.param("+33600000001", "+34600000001", id="another country"),
        pytest.param("+34600000002", "+34600000001", id="another number"),
        pytest.param("0000001", "+34600000001", id="a mere tail"),
        pytest.param("Vodafone", "+34600000001", id="a name"),
        pytest.param("", "+34600000001", id="nothing"),
        pytest.param("02020", "2020", id="a short code is never rewritten"),
    ],
)
def test_number_of_somebody_else_is_not_taken_for_it(written: str, recipient: str) -> None:
    assert not same_number(written, recipient)


@pytest.mark.parametrize("what", [{"sim": "other"}, {"mr": 8}, {"recipient": "+34600000002"}])
def test_report_that_differs_in_one_thing_fits_no_part(what: dict[str, Any]) -> None:
    assert choose(report(**what), [candidate(1)], None).kind is Kind.NONE


def test_lone_part_is_found_whatever_the_zone() -> None:
    for error in (-26 * HOUR, timedelta(minutes=-15), timedelta(0), timedelta(minutes=7), 25 * HOUR):
        assert found(choose(report(NOON + error), [candidate(1)], None)) == 1


def test_part_of_another_day_is_not_found() -> None:
    assert choose(report(NOON + 27 * HOUR), [candidate(1)], None).kind is Kind.NONE


def test_of_several_parts_the_one_that_fits_a_right_clock_is_found_though_no_clock_is_known() -> None:
    others = [candidate(2, NOON - 37 * MINUTE), candidate(3, NOON + 52 * MINUTE)]
    assert found(choose(report(), [candidate(1), *others], None)) == 1


def test_wrong_zone_is_not_believed_of_one_part_where_others_may_be_meant() -> None:
    """Our own clock may have been set by those 37 minutes since, so that the others are as likely."""
    others = [candidate(2, NOON - 37 * MINUTE), candidate(3, NOON + 52 * MINUTE)]
    assert choose(report(NOON + HOUR), [candidate(1), *others], None).kind is Kind.NONE


@pytest.mark.parametrize("clock_error", [None, timedelta(0), HOUR])
def test_parts_a_zone_apart_are_ambiguous_though_the_last_clock_is_known(
    clock_error: timedelta | None,
) -> None:
    """A network has several service centres: the one that agreed so far need not be the one that reports now."""
    parts = [candidate(1), candidate(2, NOON + HOUR)]
    assert choose(report(NOON + HOUR), parts, clock_error).kind is Kind.AMBIGUOUS


def test_parts_that_are_no_zone_apart_are_told_apart() -> None:
    parts = [candidate(1), candidate(2, NOON + 7 * MINUTE)]
    assert found(choose(report(NOON + 7 * MINUTE), parts, timedelta(0))) == 2
    assert found(choose(report(NOON + HOUR), parts, HOUR)) == 1


def test_other_zones_are_not_believed_of_a_clock_that_is_known() -> None:
    assert choose(report(NOON + HOUR), [candidate(1)], timedelta(0)).kind is Kind.NONE


def test_clock_is_known_once_enough_reports_agree() -> None:
    assert agreed_error([HOUR] * (AGREEING - 1)) is None
    assert agreed_error([HOUR, HOUR + SECOND, HOUR - SECOND]) == HOUR
    assert agreed_error([HOUR, HOUR, timedelta(0)]) is None


def test_doubled_report_finds_its_own_part_again_and_not_the_next_of_that_reference() -> None:
    first = candidate(1, scts=NOON + SECOND, closed=True)
    second = candidate(2, NOON + HOUR)
    assert found(choose(report(), [first, second], None)) == 1
    assert found(choose(report(NOON + HOUR + SECOND), [first, second], None)) == 2


def test_report_without_a_date_finds_a_lone_part_only() -> None:
    assert found(choose(report(None), [candidate(1)], None)) == 1
    closed = candidate(2, closed=True)
    assert choose(report(None), [candidate(1), closed], None).kind is Kind.AMBIGUOUS


def test_part_in_doubt_needs_the_service_centre_to_have_had_it_in_time() -> None:
    assert found(choose(report(NOON + 179 * SECOND), [doubtful(1)], None)) == 1
    assert choose(report(NOON + 250 * SECOND), [doubtful(1)], None).kind is Kind.NONE
    assert choose(report(NOON + HOUR), [doubtful(1)], None).kind is Kind.NONE
    assert found(choose(report(NOON + HOUR), [doubtful(1)], HOUR)) == 1


def test_two_parts_in_doubt_are_ambiguous() -> None:
    assert choose(report(), [doubtful(1), doubtful(2, NOON + 30 * SECOND)], None).kind is Kind.AMBIGUOUS


def test_part_under_way_makes_its_report_wait() -> None:
    assert choose(report(), [under_way(1)], None).kind is Kind.NONE
    assert choose(report(), [under_way(1), candidate(2, NOON - HOUR)], None).kind is Kind.NONE


# --- at random -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Air:
    """What happened: parts in their order, and how far the one service centre's clock is off."""

    parts: tuple[Candidate, ...]
    times: tuple[datetime, ...]
    """When the service centre got each, by a true clock."""
    error: timedelta


_RECIPIENTS = ("+34600000001", "+34600000002", "+351600000001", "+393600000001")


@st.composite
def airs(draw: st.DrawFn) -> Air:
    """Up to 12 parts to few recipients with few references: a SIM whose modem forgets its TP-MR all the time."""
    error = timedelta(minutes=15) * draw(st.integers(-96, 96)) + SECOND * draw(st.integers(-20, 20))
    at, parts, times = NOON, [], []
    for number in range(draw(st.integers(1, 12))):
        at += SECOND * draw(st.sampled_from([3, 8, 60, 450, 900, 1800, 3600, 3 * 3600]))
        stage = draw(st.sampled_from([Stage.SENT] * 6 + [Stage.DOUBTFUL, Stage.UNDER_WAY]))
        took = draw(st.integers(0, 30))
        part = Candidate(
            message=number,
            part=1,
            attempt=number,
            stage=stage,
            sim="sim",
            mr=draw(st.integers(0, 2)) if stage is Stage.SENT else None,
            recipient=draw(st.sampled_from(_RECIPIENTS)),
            armed_at=at,
            answered_at=at + SECOND * (took if stage is Stage.SENT else 180),
        )
        parts.append(part)
        times.append(at + SECOND * draw(st.integers(0, took)))
    return Air(tuple(parts), tuple(times), error)


def _rewritten(draw: st.DrawFn, number: str) -> str:
    digits = number[1:]
    country = 3 if digits.startswith("351") else 2
    ways = [number, digits, "00" + digits, digits[country:], "0" + digits[country:]]
    return draw(st.sampled_from(ways))


@given(st.data(), airs(), st.booleans())
def test_report_goes_to_its_own_part_or_to_none(data: st.DataObject, air: Air, known: bool) -> None:
    """Reports of all parts in any order, some twice, each found part remembering its report."""
    parts = list(air.parts)
    clock = air.error if known else None
    order = data.draw(st.lists(st.integers(0, len(parts) - 1), min_size=1, max_size=20))
    for number in order:
        truth = parts[number]
        mr = truth.mr if truth.mr is not None else data.draw(st.integers(0, 2))
        written = data.draw(st.composite(_rewritten)(truth.recipient))
        scts = air.times[number] + air.error
        choice = choose(Report("sim", mr, written, scts, LATER), parts, clock)
        event(f"{choice.kind}, clock known: {known}")
        if choice.candidate is None:
            continue
        assert choice.candidate.message == number
        parts[number] = replace(truth, stage=Stage.SENT, mr=mr, scts=scts, closed=True)


@given(airs(), st.data())
def test_report_of_a_part_with_a_reference_of_its_own_is_always_found(air: Air, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(air.parts) - 1))
    sent = [replace(p, stage=Stage.SENT, mr=p.message) for p in air.parts]
    about = Report("sim", number, sent[number].recipient, air.times[number] + air.error, LATER)
    assert found(choose(about, sent, None)) == number


@given(airs(), st.data(), st.booleans())
def test_report_of_a_stranger_goes_to_nobody(air: Air, data: st.DataObject, known: bool) -> None:
    """Another program's message through the same SIM, or another SIM's: whatever its time, it is none of ours."""
    number = data.draw(st.integers(0, len(air.parts) - 1))
    scts = air.times[number] + air.error
    about = Report("sim", 0, air.parts[number].recipient, scts, LATER)
    stranger = data.draw(st.sampled_from([{"sim": "other"}, {"mr": 9}, {"recipient": "+34611111111"}]))
    answered = [part for part in air.parts if part.mr is not None]
    choice = choose(replace(about, **stranger), answered, air.error if known else None)  # type: ignore[arg-type]
    assert choice.kind is Kind.NONE


def test_report_that_came_before_a_part_was_submitted_is_not_about_it() -> None:
    early = report(after=4)
    assert choose(early, [candidate(5)], None).kind is Kind.NONE
    assert choose(early, [doubtful(5)], None).kind is Kind.NONE
    assert found(choose(early, [candidate(4), doubtful(5)], None)) == 4


@pytest.mark.parametrize("error", [None, timedelta(0)])
def test_part_in_doubt_is_not_proven_by_a_report_that_may_be_another_parts(error: timedelta | None) -> None:
    other = candidate(2, NOON + timedelta(hours=5))
    assert choose(report(), [doubtful(1)], error).kind is Kind.ONE
    assert choose(report(), [doubtful(1), other], error).candidate is None


def test_planted_matching_without_the_recipient_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "same_number", lambda _ours, _theirs: True)
    with pytest.raises(AssertionError):
        test_report_of_a_stranger_goes_to_nobody()
