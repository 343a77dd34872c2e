"""Simulated days, as many as wanted, on all cores."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Iterable
from dataclasses import fields

import structlog

from tests.simulation.judge import Figures
from tests.simulation.running import simulate


def _quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _one(seed: int) -> tuple[int, Figures | None, str]:
    try:
        return seed, simulate(seed), ""
    except Exception as failure:  # noqa: BLE001 - whatever it is, the seed failed
        return seed, None, repr(failure)


def run(seeds: Iterable[int]) -> bool:
    """Simulate ``seeds``; print failures with their replay, and one line of figures; return whether all held."""
    began = time.monotonic()
    total = {"days": 0, **{field.name: 0 for field in fields(Figures)}}
    failed = 0
    with multiprocessing.Pool(initializer=_quiet) as pool:
        for seed, figures, failure in pool.imap_unordered(_one, seeds, chunksize=4):
            total["days"] += 1
            if figures is None:
                failed += 1
                print(f"FAILED {failure}\n  replay: python -m tests.campaigns simulation --seed {seed}")
                continue
            for name in total.keys() - {"days"}:
                total[name] += getattr(figures, name)
    seconds = time.monotonic() - began
    print(
        f"simulation: {total['days']} days, {total['accepted']} messages, {total['taken']} parts on the air, "
        f"{total['received']} received, {total['crashes']} crashes, {total['marked_doubles']} marked doubles, "
        f"{total['in_doubt']} held in doubt, {total['unnoticed']} delivered without our noticing; "
        f"{failed} failed; {seconds:.0f} s"
    )
    return failed == 0
