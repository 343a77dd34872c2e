"""Every fault at every octet of a submit's dialogue, and proof that a wrong reader of answers would be caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatewayd.modem import at
from gatewayd.modem.ports import Accepted, Outcome, Phase, Unknown
from gatewayd.modem.submission import _Submission
from tests.campaigns.octets import Case, cases, check
from tests.campaigns.wire import Direction, Fault

PARTS = 8
#: Found by longer runs.
ONCE_FAILED = (
    "refused:to-modem:23:garble:3",
    "accepted:to-modem:41:garble:4",
    "accepted:to-modem:49:garble:4",
    "accepted:to-modem:35:garble:5",
)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_fault_at_any_octet_makes_an_outcome_untrue(part: int) -> None:
    assert check(list(cases())[part::PARTS]) == []


@pytest.mark.parametrize("case", ONCE_FAILED)
def test_case_that_once_failed_holds(case: str) -> None:
    assert check([Case.parse(case)]) == []


def test_case_reads_back_from_how_it_is_written() -> None:
    case = Case("refused", Direction.TO_HOST, 7, Fault.UNSOLICITED, 3)
    assert Case.parse(str(case)) == case


def _take_ok_alone_for_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = _Submission._outcome

    def outcome(self: Any) -> Outcome:
        found = honest(self)
        ended = self._exchange.final == at.Final("ok")
        return Accepted(None, self._exchange.stamp, 0.0) if ended and isinstance(found, Unknown) else found

    monkeypatch.setattr(_Submission, "_outcome", outcome)


def _take_silence_for_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(self: Any, reason: str, *, note: str | None = None) -> Unknown:
        return Unknown(Phase.PDU, reason, self._exchange.stamp, 0.0)

    monkeypatch.setattr(_Submission, "_unknown", unknown)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "direction"),
    [(_take_ok_alone_for_proof, Direction.TO_MODEM), (_take_silence_for_not_sent, Direction.TO_HOST)],
)
def test_planted_defect_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], direction: Direction, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert any(check([case]) for case in cases() if case.direction is direction)
