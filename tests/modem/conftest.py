"""Virtual time for the modem side's tests that ask for it."""

from __future__ import annotations

import pytest
from trio.testing import MockClock


@pytest.fixture
def autojump_clock() -> MockClock:
    """Time that jumps whenever nothing else happens; not for real ports, whose answers it would jump over."""
    return MockClock(autojump_threshold=0)
