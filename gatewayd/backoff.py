"""Exponential back-off with jitter, as a pure function of the number of failures."""

from __future__ import annotations

import random


def exponential(failures: int, *, first: float, cap: float, factor: float = 2.0) -> float:
    """Seconds to wait after ``failures`` failures in a row (1 or more).

    ``first``, then ``factor`` times more at each further one, up to ``cap``.
    """
    # The exponent is capped too: 2.0 ** 2000 overflows after a long outage.
    return min(cap, first * factor ** min(failures - 1, 64))


def jittered(seconds: float, rng: random.Random, *, share: float = 0.1) -> float:
    """``seconds`` plus up to ``share`` of it at random: never less, a wait isn't cut below what was asked for."""
    return seconds * (1.0 + share * rng.random())
