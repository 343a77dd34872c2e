"""500 simulated days in `make test`, and proof that the simulation would notice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest

from tests.simulation import defects
from tests.simulation.judge import Violation
from tests.simulation.running import simulate

SEEDS = 500
BLOCK = 20
#: Seeds in which each planted defect is looked for: those whose weather brings what it needs are among them.
PLANTED = range(50)
#: Seeds that once found a defect. They stay, though what a seed brings changes with the faults there are.
ONCE_FAILED = (
    *(5, 13, 16, 27, 49, 67, 68, 72, 99, 104, 116, 147, 150, 155, 166, 174, 190, 200, 278, 401),
    *(742, 1246, 1317, 1345, 1410, 1422, 1473, 1487, 1571, 1575, 1598, 2015, 2048, 2514, 3008, 3275),
    *(3378, 4246, 5542, 5940, 6663, 7280, 8401),
)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_nothing_is_lost_doubled_or_made_up_in_any_simulated_day(first: int) -> None:
    _simulate_all(range(first, first + BLOCK))


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_seed_that_once_failed_passes(seed: int) -> None:
    simulate(seed)


def test_seed_replays_exactly() -> None:
    assert simulate(2) == simulate(2)


#: What is planted, what the judge has to say of it, and the seeds in which it says so first.
DEFECTS: list[tuple[Callable[[pytest.MonkeyPatch], None], str, tuple[int, ...]]] = [
    (defects.arm_after_the_write, "times and armed", ()),
    (defects.forget_the_pace, "sent twice within", ()),
    (defects.resend_without_a_mark, "without a mark", ()),
    (defects.take_silence_for_a_refusal, "without a mark", ()),
    (defects.give_up_what_is_in_doubt, "the database does not know", ()),
    (defects.assume_that_what_is_held_was_sent, "nobody said so", ()),
    (defects.resend_without_end, "were asked for|without an answer", (28,)),
    (defects.match_reports_without_the_recipient, "a report that was not about it", (10,)),
    (defects.delete_before_the_commit, "was lost", (7,)),
    (defects.forget_what_came_before, "is in the inbox", ()),
    (defects.ignore_stop, "after STOP", ()),
    (defects.honour_stop_only_for_what_is_queued, "after STOP", (4, 10)),
    (defects.ignore_the_quotas_of_clients, "client .* had more than", (10, 13)),
    (defects.let_everybody_pass, "isn't marked as overtaken", (2, 4)),
    (defects.take_strict_order_for_relaxed, "the order was strict", (4, 31)),
    (defects.keep_a_step_to_itself, "from queued to sent", ()),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "complaint", "soonest"), [pytest.param(*row, id=row[0].__name__) for row in DEFECTS]
)
def test_planted_defect_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None],
    complaint: str,
    soonest: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant(monkeypatch)
    assert any(re.search(complaint, _verdict(seed)) for seed in (*soonest, *PLANTED))


def _verdict(seed: int) -> str:
    try:
        simulate(seed)
    except Violation as violation:
        return str(violation)
    return ""


def _simulate_all(seeds: Iterable[int]) -> None:
    for seed in seeds:
        simulate(seed)
