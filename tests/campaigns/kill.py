"""kill -9 of the real daemon, at every system call that matters and at any time; the modem's ledger judges.

What a process has done to the world is what its system calls have done. So the moments before each write to the modem,
each write to the disk, each fdatasync and each piece of an answer to a client are all the states in which a kill
can leave things. Each round of a ``Life`` sends the golden scenario and is killed on the way; the restart after it is
needed anyway, and is the start of the next round. How a first start and an orderly stop end is looked at from an
empty directory each time.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.life import Cut, Life, Scenario
from tests.campaigns.tracing import from_the_start, killing
from tests.campaigns.verdict import Figures
from tests.e2e.gateway import COMMAND

SCENARIOS: dict[str, Scenario] = {
    "golden": ("first", "second: " + "olá " * 45, "third", ["in an array", "in the same array"]),
    # For the many writes of each transaction.
    "one": ("alone",),
}
#: Calls of a running daemon: whether they count on the modem's port only, and whether another thread makes them.
CALLS = {
    "write": (True, False),
    "sendto": (False, False),
    "fdatasync": (False, True),
    "pwrite64": (False, True),
}
#: The first write to the disk after the acceptance of a message alone, or a little before: it takes some 55.
_CLAIM = 48
#: Kills of a life whose moments are drawn.
KILLS = 25
#: Seconds within which they fall: a round takes half a second, a start a second.
_LONGEST_ROUND, _LONGEST_START = 0.8, 1.5


@dataclass(frozen=True)
class Points:
    """Kill at the ``first``-th call ``name`` of the scenario, then every ``step``-th, until it ends unharmed."""

    name: str
    scenario: str = "golden"
    first: int = 1
    step: int = 1
    last: int | None = None
    """Where to stop, whether it ended unharmed or not."""

    def run(self, command: tuple[str, ...] = COMMAND) -> Result:
        """Return figures, and for each failure what went wrong and how to replay it."""
        result = Result()
        points = _points(self.first, self.step, self.last)
        while not self._live(points, result, command):
            pass
        return result

    def _live(self, points: Iterator[int], result: Result, command: tuple[str, ...]) -> bool:
        """One life, which ends at the end (True) or with a failure (False)."""
        with tempfile.TemporaryDirectory() as directory, Life(Path(directory), command) as life:
            life.start()
            for when in points:
                try:
                    killed = life.round(SCENARIOS[self.scenario], at_call(self.name, when))
                except AssertionError as failure:
                    replay = f"--call {self.name} --when {when} --scenario {self.scenario}"
                    result.fail(failure, replay)
                    return False
                if not killed:
                    break
            result.figures += life.figures
        return True


@dataclass(frozen=True)
class FirstStarts:
    """Kill at every call ``name`` of a first start, a message and a stop, in an empty directory each time."""

    name: str
    first: int = 1
    last: int | None = None

    def run(self, command: tuple[str, ...] = COMMAND) -> Result:
        """As ``Points.run``."""
        result = Result()
        for when in _points(self.first, 1, self.last):
            with tempfile.TemporaryDirectory() as directory, Life(Path(directory), command) as life:
                try:
                    killed = life.first_start(from_the_start(self.name, when), SCENARIOS["one"])
                    result.figures += life.figures
                except AssertionError as failure:
                    result.fail(failure, f"--first-start {self.name} --when {when}")
                    killed = True
            if not killed:
                break
        return result


@dataclass(frozen=True)
class Moments:
    """Kill at ``kills`` moments drawn from ``seed``, while it sends and while it starts."""

    seed: int
    kills: int = KILLS

    def run(self, command: tuple[str, ...] = COMMAND) -> Result:
        """As ``Points.run``; the same seed draws the same moments, but machines differ."""
        rng, result = random.Random(self.seed), Result()
        with tempfile.TemporaryDirectory() as directory, Life(Path(directory), command) as life:
            try:
                life.start()
                while life.kills < self.kills:
                    if rng.random() < 0.25:
                        life.stumble(rng.uniform(0, _LONGEST_START))
                        life.start()
                    life.round(SCENARIOS["golden"], after(rng.uniform(0, _LONGEST_ROUND)))
                result.figures += life.figures
            except AssertionError as failure:
                result.fail(failure, f"--seed {self.seed}")
        return result


Job = Points | FirstStarts | Moments


def _points(first: int, step: int, last: int | None) -> Iterator[int]:
    return itertools.count(first, step) if last is None else iter(range(first, last + 1, step))


class Result:
    """What came of a job."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.failures: list[str] = []

    def fail(self, failure: AssertionError, replay: str) -> None:
        """Note a failure and the arguments that replay it."""
        self.failures.append(f"{failure}\n  replay: python -m tests.campaigns kill {replay}")


def at_call(name: str, when: int) -> Cut:
    """Kill at the ``when``-th call ``name``, from 1."""
    on_port, threads = CALLS[name]

    def cut(life: Life) -> AbstractContextManager[None]:
        file = life.phone.port.resolve() if on_port else None
        return killing(life.process.pid, name, when, file=file, threads=threads)

    return cut


def after(seconds: float) -> Cut:
    """Kill so many seconds after the round has begun, unless it is over by then."""

    @contextmanager
    def cut(life: Life) -> Iterator[None]:
        timer = threading.Timer(seconds, life.process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    return cut


def short() -> list[Job]:
    """Every point from the claim on, in pieces of about half a minute: what `make test` can afford."""
    return [
        *(Points("write", first=first, step=2) for first in (1, 2)),
        *(Points("fdatasync", first=first, step=2) for first in (1, 2)),
        Points("sendto"),
        # The writes before are those of the acceptance, which `make campaign` looks at.
        *(Points("pwrite64", "one", first=_CLAIM + offset, step=2) for offset in (0, 1)),
        *map(FirstStarts, ("unlink", "ftruncate", "fallocate")),
    ]


def long(kills: int) -> list[Job]:
    """Besides these: every write of every transaction, every fdatasync of a first start, ``kills`` random moments."""
    writes = (Points("pwrite64", first=first, step=16) for first in range(1, 17))
    return [*short(), *writes, FirstStarts("fdatasync"), *map(Moments, range(-(-kills // KILLS)))]


def _run(job: Job) -> Result:
    return job.run()


def run(jobs: Sequence[Job]) -> bool:
    """Run the jobs on all cores; print failures with their replay, and one line of figures; return whether all held."""
    began, total, failed = time.monotonic(), Figures(), 0
    with multiprocessing.Pool() as pool:
        for result in pool.imap_unordered(_run, jobs):
            total += result.figures
            failed += len(result.failures)
            for failure in result.failures:
                print(f"FAILED {failure}", flush=True)
    print(
        f"kill: {total.kills} kills, {total.messages} messages, {total.taken} parts on the air, "
        f"{total.in_doubt} held in doubt; {failed} failed; {time.monotonic() - began:.0f} s"
    )
    return failed == 0
