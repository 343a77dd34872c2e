"""What metrics count numbers under."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from gatewayd.queue import metrics
from gatewayd.queue.prefixes import Prefixes

from .conftest import Setup


@pytest.mark.parametrize(
    ("recipient", "prefix"),
    [
        ("+34600123456", "+34600"),
        ("+34601123456", "+346"),
        ("+34910123456", "+34"),
        ("+351912345678", "+351"),
        ("+12025550123", "+1"),
        ("1234", "short"),
    ],
)
def test_number_counts_under_its_longest_configured_prefix_or_its_country(
    recipient: str, prefix: str
) -> None:
    assert Prefixes(["+346", "+34600"]).of(recipient) == prefix


@pytest.fixture
def counted_by() -> Iterator[None]:
    yield
    metrics.count_by(())


def count(state: str, prefix: str) -> float:
    return (
        REGISTRY.get_sample_value("gatewayd_messages_settled_total", {"state": state, "prefix": prefix}) or 0
    )


async def test_message_is_counted_once_for_each_state_that_it_comes_to(
    setup: Setup, counted_by: None
) -> None:
    setup.settings = setup.settings.model_copy(update={"operator_prefixes": ("+34600",)})
    before = count("cancelled", "+34600"), count("queued", "+34600")
    async with setup.running() as queue:
        for _ in range(2):
            name = await setup.send(queue, "hello", send_at=setup.clock.now() + timedelta(days=1))
            await queue.cancel(None, name, actor="test")
    assert (count("cancelled", "+34600"), count("queued", "+34600")) == (before[0] + 2, before[1])
