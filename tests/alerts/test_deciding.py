"""What a list is told, and what not: repeats, changes, ends, quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatewayd.alerts.deciding import Decision, decide
from gatewayd.alerts.news import Kind, Known
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.view import Result

from .builders import BEGUN, alert, on_call

DAY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 1, 5, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 1, 6, 7, 0, tzinfo=UTC)
A, B = alert(instance="a"), alert(instance="b")
CRITICAL = alert("HostDown", severity="critical")
QUIET = on_call(quiet_hours="22:00-07:00")


def over(of: Alert) -> Alert:
    return Alert(of.fingerprint, False, of.started_at, of.labels, of.annotations)


def told(*alerts: Alert, settings: OnCallSettings = QUIET, at: datetime = DAY) -> Known:
    """What a list knows after it was told, or is going to be told, of these."""
    return after(decide(settings, Known(), alerts, at))


def after(decision: Decision, name: str = "m1") -> Known:
    known = decision.known
    return Known(known.firing, known.told, known.held_until, (name,) if decision.speaks else ())


def said(decision: Decision) -> tuple[Result, Kind]:
    return decision.result, decision.news.kind


def test_group_that_is_not_known_is_told() -> None:
    assert said(decide(QUIET, Known(), (A,), DAY)) == (Result.TOLD, Kind.FIRING)


def test_group_that_fires_as_before_is_not_told_again() -> None:
    assert said(decide(QUIET, told(A, B), (B, A), DAY)) == (Result.UNCHANGED, Kind.NOTHING)


def test_alert_that_joins_is_an_update_that_names_it_first() -> None:
    decision = decide(QUIET, told(A), (A, B), DAY)
    assert said(decision) == (Result.TOLD, Kind.UPDATED)
    assert decision.news.firing == (B, A)
    assert decision.news.new == (B,)


def test_alert_that_ends_while_others_fire_is_an_update() -> None:
    decision = decide(QUIET, told(A, B), (A, over(B)), DAY)
    assert said(decision) == (Result.TOLD, Kind.UPDATED)
    assert (decision.news.gone, decision.news.ended) == ((over(B),), 1)


def test_alert_that_is_left_out_counts_as_ended() -> None:
    decision = decide(QUIET, told(A, B), (A,), DAY)
    assert said(decision) == (Result.TOLD, Kind.UPDATED)
    assert (decision.news.gone, decision.news.ended) == ((), 1)


def test_group_that_ends_is_resolved_once() -> None:
    resolved = decide(QUIET, told(A, B), (over(A), over(B)), DAY)
    assert said(resolved) == (Result.TOLD, Kind.RESOLVED)
    assert said(decide(QUIET, after(resolved), (over(A), over(B)), DAY)) == (Result.UNCHANGED, Kind.NOTHING)


def test_resolved_group_that_was_never_told_is_nothing() -> None:
    assert decide(QUIET, Known(), (over(A),), DAY).result is Result.UNCHANGED


def test_alert_that_fires_once_more_with_a_new_beginning_is_told_again() -> None:
    again = Alert(A.fingerprint, True, BEGUN + timedelta(hours=1), A.labels, A.annotations)
    assert said(decide(QUIET, told(A), (again,), DAY)) == (Result.TOLD, Kind.FIRING)


def test_end_is_not_told_where_the_list_does_not_want_it() -> None:
    silent = on_call(resolved=False)
    ended = decide(silent, told(A, B, settings=silent), (over(A), over(B)), DAY)
    assert ended.result is Result.UNWANTED
    assert decide(silent, after(ended), (A, B), DAY).result is Result.TOLD


def test_alert_in_quiet_hours_is_held_until_they_end() -> None:
    decision = decide(QUIET, Known(), (A,), NIGHT)
    assert (decision.result, decision.known.held_until) == (Result.HELD, MORNING)


def test_critical_alert_does_not_wait() -> None:
    decision = decide(QUIET, Known(), (A, CRITICAL), NIGHT)
    assert (decision.result, decision.critical, decision.known.held_until) == (Result.TOLD, True, None)


def test_end_of_a_critical_alert_does_not_wait() -> None:
    decision = decide(QUIET, told(CRITICAL, at=NIGHT), (over(CRITICAL),), NIGHT)
    assert said(decision) == (Result.TOLD, Kind.RESOLVED)


def test_common_alert_that_joins_a_critical_one_waits() -> None:
    assert decide(QUIET, told(CRITICAL, at=NIGHT), (CRITICAL, A), NIGHT).result is Result.HELD


def test_held_alert_that_ends_by_then_is_dropped() -> None:
    decision = decide(QUIET, told(A, at=NIGHT), (over(A),), NIGHT)
    assert said(decision) == (Result.DROPPED, Kind.NOTHING)
    assert decision.takes_back == ("m1",)


@pytest.mark.parametrize("resolved", [True, False])
def test_held_update_is_dropped_back_to_what_was_told(resolved: bool) -> None:
    settings = on_call(quiet_hours="22:00-07:00", resolved=resolved)
    held = after(decide(settings, told(A), (A, B), NIGHT), "m2")
    assert held.holds(NIGHT)
    decision = decide(settings, held, (A, over(B)), NIGHT)
    assert (decision.result, decision.takes_back) == (Result.DROPPED, ("m2",))
    assert decide(settings, after(decision), (A,), MORNING).result is Result.UNCHANGED


def test_held_notice_gives_way_to_one_that_says_all() -> None:
    decision = decide(QUIET, told(A, at=NIGHT), (A, B), NIGHT)
    assert said(decision) == (Result.HELD, Kind.FIRING)
    assert (decision.takes_back, decision.news.new) == (("m1",), (A, B))


def test_held_notice_gives_way_to_a_critical_one_that_leaves_at_once() -> None:
    decision = decide(QUIET, told(A, at=NIGHT), (A, CRITICAL), NIGHT)
    assert (decision.result, decision.takes_back) == (Result.TOLD, ("m1",))


def test_notice_whose_hour_has_come_is_taken_as_told() -> None:
    decision = decide(QUIET, told(A, at=NIGHT), (over(A),), MORNING)
    assert said(decision) == (Result.TOLD, Kind.RESOLVED)
    assert decision.takes_back == ()


def test_held_end_is_taken_back_where_the_alert_never_really_ended() -> None:
    held = after(decide(QUIET, told(A), (over(A),), NIGHT), "m2")
    decision = decide(QUIET, held, (A,), NIGHT)
    assert (decision.result, decision.takes_back) == (Result.DROPPED, ("m2",))
