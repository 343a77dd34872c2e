"""The stateful model, in its short form, and proof that it would notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis.errors import Flaky

from gatewayd.message import State
from gatewayd.queue import recovery, submitting
from gatewayd.queue.arming import withdraw
from tests.campaigns.stateful import run


@pytest.mark.slow
def test_queue_agrees_with_its_model_whatever_happens() -> None:
    run(examples=300, steps=50)


def _take_silence_for_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = submitting.Submission.write_outcome

    async def write_outcome(self: Any, outcome: Any, decision: Any, *more: Any) -> Any:
        if decision.state is State.IN_DOUBT:
            decision = replace(decision, state=State.QUEUED, delay=7.0, wait_reason="retry")
        return await honest(self, outcome, decision, *more)

    monkeypatch.setattr(submitting.Submission, "write_outcome", write_outcome)


def _send_again_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def impound(tx: Any, attempt: Any, _reason: str, at: Any, *_more: Any) -> None:
        withdraw(tx, attempt, "restart", at)

    monkeypatch.setattr(recovery, "impound", impound)


@pytest.mark.slow
@pytest.mark.parametrize("plant", [_take_silence_for_a_refusal, _send_again_after_a_crash])
def test_planted_defect_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    # A defect may also make two runs of the same life differ, which hypothesis reports in its own words.
    with pytest.raises((AssertionError, Flaky)):
        run(examples=300, steps=50, planted=True)
