"""A kill at every point once, and proof that a daemon which arms too late would be caught."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gatewayd.modem.simulator import Entry
from tests.campaigns import tracing
from tests.campaigns.defective import DEFECTS
from tests.campaigns.kill import Points, results, short
from tests.campaigns.life import Stage
from tests.campaigns.verdict import Violation, judge

#: Tests among which the points are dealt out, for the workers to share.
PARTS = 18

#: httpx2 forgets a Unix socket on which it found nobody, and here the daemon often isn't there.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def _strace() -> None:
    if not tracing.works():
        pytest.skip("needs `strace` to work")


@pytest.mark.slow
@pytest.mark.usefixtures("_strace")
@pytest.mark.parametrize("part", range(PARTS))
def test_kill_at_any_system_call_loses_and_doubles_nothing(part: int) -> None:
    found = list(results(short()[part::PARTS], lives=2))
    assert [failure for result in found for failure in result.failures] == []
    assert all(result.figures.kills > 0 for result in found)


@pytest.mark.slow
@pytest.mark.usefixtures("_strace")
@pytest.mark.parametrize("defect", DEFECTS)
def test_planted_defect_is_caught(defect: str) -> None:
    # From about where the first message is claimed, in steps shorter than the transaction with its outcome.
    points = (Points(Stage.SENDING, "pwrite64", when, last=when) for when in range(60, 260, 5))
    failures = (point.run(defect).failures for point in points)
    assert any("was sent twice without a mark" in complaint for found in failures for complaint in found)


def _message(state: str = "sent", **changes: Any) -> dict[str, Any]:
    return {"to": "+34600000001", "state": state, "parts": 1, "possible_duplicate": False} | changes


def _taken() -> Entry:
    return Entry(
        at=datetime.now(UTC), monotonic=0, event="accepted", modem="m", imei="", iccid="", to="+34600000001"
    )


def test_judge_is_content_with_what_was_sent_once() -> None:
    judge([_message()], [_taken()], {"+34600000001"}, 0)


def test_judge_is_content_with_a_doubt_after_a_kill() -> None:
    judge([_message("in_doubt")], [], {"+34600000001"}, 1)


@pytest.mark.parametrize(
    ("messages", "taken", "complaint"),
    [
        ([], [], "has vanished"),
        ([], [_taken()], "not in the database"),
        ([_message()], [], "the network took"),
        ([_message(parts=2)], [_taken()], "the network took"),
        ([_message()], [_taken(), _taken()], "twice"),
        ([_message("in_doubt")], [_taken()], "in doubt after 0 kills"),
        ([_message("failed")], [], "for no reason"),
        ([_message(), _message()], [_taken()], "there twice"),
    ],
)
def test_judge_names_what_was_broken(
    messages: list[dict[str, Any]], taken: list[Entry], complaint: str
) -> None:
    with pytest.raises(Violation, match=complaint):
        judge(messages, taken, {"+34600000001"}, 0)
