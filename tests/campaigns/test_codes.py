"""Every error code at every point of the dialogue: nothing doubled, nothing claimed that isn't so."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.campaigns.codes import Case, cases, check

_ALL = tuple(cases())
_BLOCK = 400


@pytest.mark.slow
@pytest.mark.parametrize("block", [_ALL[start : start + _BLOCK] for start in range(0, len(_ALL), _BLOCK)])
def test_no_code_doubles_or_loses_a_message(block: Sequence[Case]) -> None:
    assert check(block) == []
