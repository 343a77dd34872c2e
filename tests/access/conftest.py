"""A database in memory, and access on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gatewayd.access.service import Access
from gatewayd.clock import VirtualClock
from gatewayd.store.inline import InlineDatabase


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def access(database: InlineDatabase, clock: VirtualClock) -> Access:
    return Access(database, clock)
