"""kill -9 of the real daemon, at every system call that matters and at any time; the modem's ledger judges.

What a process has done to the world is what its system calls have done. So the moments before each write to the modem,
each change to a file, each fdatasync and each piece of an answer to a client are all the states in which a kill
can leave things. The daemon is killed at each of them in each stage of its life: when it starts for the first time,
sends the golden scenario, starts after a kill, and stops. The restart after it is needed anyway, and is the start of
the next round.
"""

from __future__ import annotations

import itertools
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaigns.forking import Forks
from tests.campaigns.life import Cut, Life, Stage
from tests.campaigns.tracing import killing
from tests.campaigns.verdict import Figures

#: What a call is counted on: the database, the port and the new key, or anything; and in which threads.
CALLS = {
    "write": ("port", False),
    "sendto": (None, False),
    "fsync": (None, False),
    "rename": (None, False),
    "fdatasync": (None, True),
    "pwrite64": ("database", True),
    "ftruncate": ("database", True),
    "fallocate": ("database", True),
    "unlink": ("database", True),
}
#: The calls of each stage, and into how many lives the many writes of its transactions are dealt out.
_STAGES = {
    Stage.FIRST_START: ("write fsync rename fdatasync ftruncate fallocate unlink", 6),
    Stage.SENDING: ("write sendto fdatasync", 8),
    Stage.RESTART: ("write fdatasync ftruncate fallocate", 2),
    Stage.STOPPING: ("fdatasync ftruncate unlink", 4),
}
#: Where a daemon is killed of which a restart is looked at: before the second Ctrl-Z, which is armed by then.
_INTERRUPTION = 6
#: Kills of a life whose moments are drawn.
KILLS = 25
#: Seconds within which they fall: a round takes a fifth of a second, a start one second.
_LONGEST_ROUND, _LONGEST_START = 0.3, 1.5


@dataclass(frozen=True)
class Points:
    """Kill in ``stage`` at the ``first``-th ``call``, then at every ``step``-th, until it ends unharmed."""

    stage: Stage
    call: str
    first: int = 1
    step: int = 1
    last: int | None = None
    """Where to stop, whether it ended unharmed or not."""

    def __str__(self) -> str:
        return f"{self.stage}-{self.call}-{self.first}" + (f"/{self.step}" if self.step > 1 else "")

    def run(self, defect: str | None = None) -> Result:
        """Return figures, and for each failure what went wrong and how to replay it."""
        result, points = Result(), self._points()
        while not self._live(points, result, defect):
            pass
        return result

    def _points(self) -> Iterator[int]:
        if self.last is None:
            return itertools.count(self.first, self.step)
        return iter(range(self.first, self.last + 1, self.step))

    def _live(self, points: Iterator[int], result: Result, defect: str | None) -> bool:
        """One life, which ends at the end (True) or with a failure (False)."""
        with (
            tempfile.TemporaryDirectory() as directory,
            Life(Path(directory), Forks(defect), at_call("write", _INTERRUPTION)) as life,
        ):
            life.start()
            for when in points:
                try:
                    killed = life.round(self.stage, at_call(self.call, when))
                except AssertionError as failure:
                    result.fail(failure, f"--stage {self.stage} --call {self.call} --when {when}")
                    return False
                if not killed:
                    break
            result.figures += life.figures
        return True


@dataclass(frozen=True)
class Moments:
    """Kill at ``kills`` moments drawn from ``seed``, while it sends and while it starts."""

    seed: int
    kills: int = KILLS

    def run(self) -> Result:
        """As ``Points.run``; the same seed draws the same moments, but machines differ."""
        rng, result = random.Random(self.seed), Result()
        with tempfile.TemporaryDirectory() as directory, Life(Path(directory), forks=None) as life:
            try:
                life.start()
                while life.kills < self.kills:
                    if rng.random() < 0.25:
                        life.stumble(rng.uniform(0, _LONGEST_START))
                        life.start()
                    life.round(Stage.SENDING, after(rng.uniform(0, _LONGEST_ROUND)))
                result.figures += life.figures
            except AssertionError as failure:
                result.fail(failure, f"--seed {self.seed}")
        return result


Job = Points | Moments


@dataclass
class Result:
    """What came of a job."""

    figures: Figures = field(default_factory=Figures)
    failures: list[str] = field(default_factory=list)

    def fail(self, failure: AssertionError, replay: str) -> None:
        """Note a failure and the arguments that replay it."""
        self.failures.append(f"{failure}\n  replay: python -m tests.campaigns kill {replay}")


def at_call(name: str, when: int) -> Cut:
    """Kill at the ``when``-th call ``name``, from 1."""
    target, threads = CALLS[name]

    def cut(life: Life) -> AbstractContextManager[None]:
        files = [] if target is None else getattr(life, f"{target}_files")
        return killing(life.process.pid, name, when, files=files, threads=threads)

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
    """Every point once."""
    jobs: list[Job] = []
    for stage, (calls, lives) in _STAGES.items():
        jobs += (Points(stage, "pwrite64", first=first, step=lives) for first in range(1, lives + 1))
        jobs += (Points(stage, call) for call in calls.split())
    return jobs


def long(kills: int) -> list[Job]:
    """Besides these, ``kills`` random moments."""
    return [*short(), *map(Moments, range(-(-kills // KILLS)))]


def results(jobs: Sequence[Job], lives: int) -> Iterator[Result]:
    """Run the jobs, ``lives`` at a time. Each waits half of its time, for a modem or a disk."""
    with ThreadPoolExecutor(lives) as pool:
        yield from pool.map(lambda job: job.run(), jobs)


def run(jobs: Sequence[Job]) -> bool:
    """Run the jobs on all cores; print failures with their replay, and one line of figures; return whether all held."""
    began, total, failed = time.monotonic(), Figures(), 0
    for result in results(jobs, lives=2 * (os.cpu_count() or 1)):
        total += result.figures
        failed += len(result.failures)
        for failure in result.failures:
            print(f"FAILED {failure}", flush=True)
    print(
        f"kill: {total.kills} kills, {total.messages} messages, {total.taken} parts on the air, "
        f"{total.in_doubt} held in doubt; {failed} failed; {time.monotonic() - began:.0f} s"
    )
    return failed == 0
