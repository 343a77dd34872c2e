from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gatewayd.backoff import exponential, jittered


def test_exponential_doubles_from_the_first_wait_up_to_the_cap() -> None:
    assert [exponential(n, first=1.0, cap=10.0) for n in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_exponential_with_another_factor_grows_by_it() -> None:
    assert exponential(3, first=7.0, cap=1800.0, factor=8.0) == 448.0


def test_exponential_after_a_very_long_outage_is_the_cap() -> None:
    assert exponential(1_000_000, first=0.5, cap=60.0) == 60.0


@given(st.floats(0, 86_400), st.integers(), st.floats(0, 1))
def test_jitter_only_ever_lengthens_a_wait_and_by_its_share_at_most(
    seconds: float, seed: int, share: float
) -> None:
    assert seconds <= jittered(seconds, random.Random(seed), share=share) <= seconds * (1 + share)
