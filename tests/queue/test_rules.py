"""The queue's pure rules: pace, quotas, routes, turns, and the decision after a try."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from gatewayd.clock import VirtualClock
from gatewayd.message import State
from gatewayd.modem.ports import Accepted, Phase, Refused, Unknown
from gatewayd.queue.pace import Pace, PaceRecord, remaining
from gatewayd.queue.quotas import SLOTS, Limit, QuotaScope, free_at, oldest_counted, slot
from gatewayd.queue.retry import Reaction, Standing, decide
from gatewayd.queue.routing import ANY, Routing, only
from gatewayd.queue.settings import QueueSettings, RouteSettings
from gatewayd.queue.turns import Turns
from gatewayd.sms.faults import lookup

FRESH = Standing(spent=0, faults=0, failing=0, rejects_duplicates=False)
SETTINGS = QueueSettings()


async def test_pace_charges_from_one_ctrl_z_to_the_next(autojump_clock: MockClock) -> None:
    pace = Pace(7.0, VirtualClock())
    assert pace.planned() == trio.current_time()
    pace.charge(trio.current_time())
    await trio.sleep(3)
    assert pace.planned() - trio.current_time() == pytest.approx(4.0)
    await trio.sleep(10)
    assert pace.planned() == trio.current_time()


@pytest.mark.parametrize(
    ("boot_id", "wall_age", "boot_age", "left"),
    [
        pytest.param("virtual-boot", 0, 3, 4.0, id="same boot: boot time decides"),
        pytest.param("virtual-boot", -9e6, 3, 4.0, id="same boot, clock set back: boot time decides"),
        pytest.param("other", 3, 1e6, 4.0, id="another boot: the wall clock decides"),
        pytest.param("other", 100, 0, 0.0, id="another boot, long ago: free"),
        pytest.param("other", -5, 0, 7.0, id="another boot, clock before the record: a whole interval"),
        pytest.param("virtual-boot", 0, -50, 7.0, id="never more than one interval"),
    ],
)
async def test_pace_over_restarts(
    boot_id: str, wall_age: float, boot_age: float, left: float, autojump_clock: MockClock
) -> None:
    clock = VirtualClock()
    await trio.sleep(100)
    record = PaceRecord(boot_id, clock.boottime() - boot_age, clock.now() - timedelta(seconds=wall_age))
    assert remaining(record, 7.0, clock) == pytest.approx(left)


@given(
    st.lists(st.floats(0, 10_000), min_size=1, max_size=200),
    st.integers(1, 20),
    st.sampled_from([60, 3600]),
)
def test_no_window_ever_exceeds_its_quota(gaps: list[float], most: int, window: int) -> None:
    """Admit whenever ``free_at`` says so; then look at every window with exact times."""
    limit = Limit(QuotaScope.SIM, window, most)
    now = datetime(2026, 1, 5, tzinfo=UTC)
    counts: dict[int, int] = {}
    admitted: list[datetime] = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        counted = sorted((n, c) for n, c in counts.items() if n >= oldest_counted(now, window))
        if free_at(limit, counted) is None:
            counts[slot(now, window)] = counts.get(slot(now, window), 0) + 1
            admitted.append(now)
    for start in admitted:
        end = start + timedelta(seconds=window)
        assert sum(start <= at < end for at in admitted) <= most


@given(st.integers(1, 50), st.integers(1, 60), st.integers(0, 10_000))
def test_full_quota_is_free_exactly_when_it_says(most: int, more: int, offset: int) -> None:
    limit = Limit(QuotaScope.CLIENT, 3600, most)
    now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=offset)
    counts = [(slot(now, 3600), most)]
    until = free_at(limit, counts, more)
    assert until is not None
    assert timedelta(seconds=3600) <= until - now <= timedelta(seconds=3600 + 3600 / SLOTS)
    before, at = until - timedelta(microseconds=1), until
    assert counts[0][0] >= oldest_counted(before, 3600)
    assert counts[0][0] < oldest_counted(at, 3600)


def test_first_route_that_fits_decides_and_any_modem_serves_the_rest() -> None:
    routing = Routing(
        [
            RouteSettings(name="otp", types=("otp",), modems=("fast",)),
            RouteSettings(name="pt", prefixes=("+351",), modems=("lisbon", "fast")),
        ],
        ["fast", "lisbon", "old"],
    )
    assert routing.route(recipient="+351912000001", kind="otp", client="shop") == "otp"
    assert routing.route(recipient="+351912000001", kind="x", client="shop") == "pt"
    assert routing.route(recipient="+34600000001", kind="x", client="shop") == ANY
    assert routing.serving("pt") == ("fast", "lisbon")
    assert routing.serving(ANY) == ("fast", "lisbon", "old")
    assert routing.serving(only("old")) == ("old",)
    assert routing.serving("gone") == ()


def test_who_was_silent_has_no_turns_saved_up() -> None:
    turns = Turns()
    for _ in range(100):
        turns.given(2, 1)
    order = []
    for _ in range(6):
        client = min((1, 2), key=lambda c: (turns.rank(2, c), c))
        turns.given(2, client)
        order.append(client)
    assert sorted(order) == [1, 1, 1, 2, 2, 2]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=50))
def test_snapshot_of_turns_ranks_alike_and_stays(given_turns: list[tuple[int, int]]) -> None:
    turns = Turns()
    for priority, client in given_turns:
        turns.given(priority, client)
    copy = turns.snapshot()
    ranks = [(p, c, turns.rank(p, c)) for p in range(4) for c in range(1, 6)]
    assert [(p, c, copy.rank(p, c)) for p, c, _ in ranks] == ranks
    turns.given(0, 1)
    assert [(p, c, copy.rank(p, c)) for p, c, _ in ranks] == ranks


def _decide(kind: str, code: int, phase: Phase, seconds: float, standing: Standing = FRESH):  # type: ignore[no-untyped-def]
    stamp = 0.0 if phase is Phase.SUBMITTED else None
    outcome = Refused(lookup(kind, code), phase, stamp, seconds)  # type: ignore[arg-type]
    return decide(outcome, standing, SETTINGS, random.Random(1))


def test_acceptance_is_sent_and_gives_the_modem_its_credit_back() -> None:
    decision = decide(Accepted(7, 0.0, 2.0), FRESH, SETTINGS, random.Random(1))
    assert (decision.state, decision.failing, decision.reaction) == (State.SENT, False, Reaction.GO_ON)


def test_silence_is_in_doubt_after_ctrl_z_and_a_new_try_before_it() -> None:
    for phase in Phase:
        decision = decide(Unknown(phase, "timeout", None, 180.0), FRESH, SETTINGS, random.Random(1))
        expected = State.IN_DOUBT if phase is Phase.SUBMITTED else State.QUEUED
        assert (decision.state, decision.spent) == (expected, False)


@pytest.mark.parametrize("kind", ["cms", "cme"])
def test_no_code_ever_leads_to_a_second_send_of_what_may_have_been_sent(kind: str) -> None:
    """Every code, before and after Ctrl-Z, early and late: late answers are always in doubt, early ones per table."""
    for code in range(601 if kind == "cms" else 256):
        fault = lookup(kind, code)  # type: ignore[arg-type]
        late = _decide(kind, code, Phase.SUBMITTED, 35.0)
        assert late.state is State.IN_DOUBT, code
        early = _decide(kind, code, Phase.SUBMITTED, 2.0)
        assert (early.state is State.IN_DOUBT) == fault.doubtful(2.0), code
        for phase in (Phase.COMMAND, Phase.PDU):
            before = _decide(kind, code, phase, 100.0)
            assert before.state in (State.QUEUED, State.FAILED), code


@pytest.mark.parametrize("kind", ["cms", "cme"])
def test_faults_of_sim_and_modem_never_spend_an_attempt(kind: str) -> None:
    for code in range(601 if kind == "cms" else 256):
        fault = lookup(kind, code)  # type: ignore[arg-type]
        for failing in (0, 3):
            standing = Standing(spent=0, faults=0, failing=failing, rejects_duplicates=False)
            decision = _decide(kind, code, Phase.COMMAND, 1.0, standing)
            if fault.scope in ("sim", "modem") and fault.fault_class != "permanent":
                assert not decision.spent, code
            if fault.scope == "network" and failing:
                assert not decision.spent, code
                assert decision.reaction is not Reaction.GO_ON, code


@given(st.integers(0, 600), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_decisions_are_sane_whatever_happened_before(
    code: int, spent: int, faults: int, failing: int
) -> None:
    standing = Standing(spent=spent, faults=faults, failing=failing, rejects_duplicates=False)
    decision = _decide("cms", code, Phase.SUBMITTED, 2.0, standing)
    assert 0.0 <= decision.rest <= 300.0
    assert 0.0 <= decision.delay <= SETTINGS.retry_delays[-1] * 1.1
    if decision.spent and spent + 1 >= SETTINGS.attempts:
        assert decision.state is State.FAILED
    if decision.state is State.FAILED:
        assert decision.error


def test_code_197_is_sent_only_where_we_had_asked_to_reject_duplicates() -> None:
    marked = Standing(spent=0, faults=0, failing=0, rejects_duplicates=True)
    assert _decide("cms", 197, Phase.SUBMITTED, 2.0, marked).state is State.SENT
    assert _decide("cms", 197, Phase.SUBMITTED, 2.0).state is not State.SENT
