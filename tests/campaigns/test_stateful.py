"""The stateful model, in its short form."""

from __future__ import annotations

import pytest

from tests.campaigns.stateful import run


@pytest.mark.slow
def test_queue_agrees_with_its_model_whatever_happens() -> None:
    run(examples=300, steps=50)
