"""Every error code at every point of the dialogue, and proof that a gateway that believes them all would be caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gatewayd.sms.faults import Fault, FaultClass
from tests.campaigns.codes import Case, cases, check

_ALL = tuple(cases())
_BLOCK = 400


@pytest.mark.slow
@pytest.mark.parametrize("block", [_ALL[start : start + _BLOCK] for start in range(0, len(_ALL), _BLOCK)])
def test_no_code_doubles_or_loses_a_message(block: Sequence[Case]) -> None:
    assert check(block) == []


def _believe_every_code(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Fault.reaction

    def reaction(self: Fault, **more: Any) -> FaultClass:
        found = honest(self, **more)
        return FaultClass.SOON if found is FaultClass.DOUBT else found

    monkeypatch.setattr(Fault, "reaction", reaction)


def _take_every_code_for_final(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fault, "reaction", lambda _self, **_more: FaultClass.PERMANENT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "complaint"),
    [(_believe_every_code, "sent 2 times"), (_take_every_code_for_final, "failed, and was sent")],
)
def test_planted_defect_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert any(complaint in found for found in check([case for case in _ALL if case.taken][:50]))
