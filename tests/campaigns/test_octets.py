"""Every fault at every octet of a submit's dialogue, and proof that a wrong reader of answers would be caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gatewayd.modem import at
from gatewayd.modem.ports import Phase, Unknown
from gatewayd.modem.submission import _Submission
from tests.campaigns.octets import Case, cases, check
from tests.campaigns.wire import Direction, Fault

PARTS = 8


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_fault_at_any_octet_makes_an_outcome_untrue(part: int) -> None:
    assert check(list(cases())[part::PARTS]) == []


def test_case_reads_back_from_how_it_is_written() -> None:
    case = Case("refused", Direction.TO_HOST, 7, Fault.UNSOLICITED, 3)
    assert Case.parse(str(case)) == case


def _take_any_line_with_ok_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = at._final
    monkeypatch.setattr(at, "_final", lambda line: at.Final("ok") if "OK" in line else honest(line))


def _take_silence_for_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(self: Any, reason: str) -> Unknown:
        return Unknown(Phase.PDU, reason, self._exchange.stamp, 0.0)

    monkeypatch.setattr(_Submission, "_unknown", unknown)


@pytest.mark.slow
@pytest.mark.parametrize("plant", [_take_any_line_with_ok_for_the_end, _take_silence_for_not_sent])
def test_planted_defect_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert any(check([case]) for case in cases() if case.direction is Direction.TO_HOST)
