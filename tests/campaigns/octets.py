"""A fault at every octet of a submit's dialogue, both ways; the ledger of the simulated network judges.

The real link speaks with the core of the simulator over a line in memory, in virtual time. A fault may cost the
outcome, never the truth: Accepted means that the network has the part, a refusal that it hasn't, and whatever happens
nothing goes out twice, and the line recovers.
"""

from __future__ import annotations

import functools
import multiprocessing
import random
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio
from trio.testing import MockClock

from gatewayd.clock import VirtualClock
from gatewayd.modem.link import Link
from gatewayd.modem.ports import Accepted, Outcome, Phase, Refused, Unknown
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.simulator import parse_all
from gatewayd.sms.pdu import Pdu, encode_submit
from gatewayd.sms.segments import segment
from tests.campaigns.wire import Direction, Fault, Plan, Wire
from tests.modem.peer import Letterbox, Notebook, armed
from tests.simulation.running import schedule_by

#: What the line still owed comes together with the answer to the next submit: then that is in doubt too.
_TWO_ANSWERS = "two answers"
#: Seconds within which a line must be good for the next submit: it may have to wait for the answer that is owed, and
#: then for the modem to boot.
RECOVERY = 1800.0

#: What a modem may say unasked.
_LINES = (
    b'\r\n+CMTI: "SM",1\r\n',
    b"\r\n+CDS: 25\r\n0006070B914306000010F062112341000080621123410000800000\r\n",
    b'\r\n+CUSD: 0,"OK",15\r\n',
    b"\r\nNO CARRIER\r\n",
    b"\r\nRING\r\n",
    b"\r\n+CREG: 1\r\n",
)

#: The recipients of the submit that is struck, and of the one after it.
STRUCK, OTHER = "+34600000001", "+34600000002"
#: How the network answers the first.
ANSWERS = {"accepted": (), "refused": tuple(parse_all([f"38@{STRUCK}"]))}
#: Seconds before another try, where a submit came to nothing.
_PAUSE = 5.0


@dataclass(frozen=True)
class Case:
    """One fault at one octet."""

    answer: str
    direction: Direction
    place: int
    fault: Fault
    seed: int = 0

    def plan(self) -> Plan:
        rng = random.Random(str(self))
        return Plan(
            self.fault,
            self.direction,
            self.place,
            replacement=rng.randrange(256),
            seconds=rng.uniform(1.5, 9) if self.fault is Fault.DELAY else rng.uniform(200, 400),
            line=rng.choice(_LINES),
        )

    def __str__(self) -> str:
        return f"{self.answer}:{self.direction}:{self.place}:{self.fault}:{self.seed}"

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read it back."""
        answer, direction, place, fault, seed = text.split(":")
        return cls(answer, Direction(direction), int(place), Fault(fault), int(seed))


@dataclass
class _Bench:
    link: Link
    wire: Wire
    mailbox: Letterbox

    async def until_free(self) -> None:
        while not self.link.can_submit:  # noqa: ASYNC110 - virtual time
            await trio.sleep(0.05)


@asynccontextmanager
async def _bench(answer: str) -> AsyncIterator[_Bench]:
    async with trio.open_nursery() as nursery:
        wire = Wire(nursery, ANSWERS[answer])
        link = Link(
            ModemSettings.model_validate({"name": "m", "port": wire.name}),
            wire,
            journal=Notebook(),
            clock=VirtualClock(),
            on_change=lambda: None,
        )
        bench = _Bench(link, wire, Letterbox())
        link.receiver.mailbox = bench.mailbox
        nursery.start_soon(link.run)
        nursery.start_soon(link.receiver.run)
        await bench.until_free()
        yield bench
        nursery.cancel_scope.cancel()


@functools.cache
def _lengths(answer: str) -> dict[Direction, int]:
    """Octets of the dialogue when nothing goes wrong."""

    async def count() -> dict[Direction, int]:
        async with _bench(answer) as bench:
            bench.wire.lay(None)
            await bench.link.submit(_pdu(STRUCK), arm=armed)
            return dict(bench.wire.counts)

    return trio.run(count, clock=MockClock(autojump_threshold=0))


def _pdu(to: str) -> Pdu:
    (part,) = segment("olá").parts
    return encode_submit(to, part, validity=None, report=False)


def cases(seeds: Iterable[int] = (0,)) -> Iterator[Case]:
    """All of them, for each seed."""
    for seed in seeds:
        for answer in ANSWERS:
            for direction, length in _lengths(answer).items():
                for place in range(length):
                    for fault in Fault:
                        yield Case(answer, direction, place, fault, seed)


async def _live(case: Case) -> list[str]:
    """A submit with the fault in it, then one without; return what is wrong with how they ended."""
    async with _bench(case.answer) as bench:
        bench.wire.lay(case.plan())
        outcome = await bench.link.submit(_pdu(STRUCK), arm=armed)
        at_outcome = len(bench.wire.taken)
        bench.wire.lay(None)
        wrong = await _recover(bench)
        await trio.sleep(1)
        first = sum(entry.to != OTHER for entry in bench.wire.taken)
        return wrong + _judge(outcome, at_outcome, first) + _judge_late(outcome, bench.mailbox, first)


async def _recover(bench: _Bench) -> list[str]:
    """Submit another message until it is accepted; return what is wrong with that."""
    said: Outcome | None = None
    with trio.move_on_after(RECOVERY):
        while True:
            await bench.until_free()
            said = await bench.link.submit(_pdu(OTHER), arm=armed)
            taken = sum(entry.to == OTHER for entry in bench.wire.taken)
            if taken == 1 and (isinstance(said, Accepted) or said.reason == _TWO_ANSWERS):
                await bench.until_free()
                return []
            if isinstance(said, Accepted) or _possible(said) or taken:
                return [f"the next submit: {said}, and {taken} taken"]
            await trio.sleep(_PAUSE)
    return [f"the line never recovered: {bench.link.status.reason}, {said}"]


def _judge(outcome: Outcome, at_outcome: int, taken: int) -> list[str]:
    """Hold the outcome against what the network had taken when it was given, and when the line was free again."""
    wrong = []
    if taken > 1:
        wrong.append(f"taken {taken} times")
    if isinstance(outcome, Accepted) and at_outcome != 1:
        wrong.append(f"{outcome}, and it was never taken")
    if not _possible(outcome) and taken:
        wrong.append(f"{outcome}, and it was taken")
    return wrong


def _possible(outcome: Outcome) -> bool:
    """Whether the part may have been taken, as far as the outcome tells."""
    match outcome:
        case Refused():
            return outcome.phase is Phase.SUBMITTED and outcome.fault.doubtful(outcome.seconds)
        case Unknown():
            return outcome.phase is Phase.SUBMITTED
    return True


def _judge_late(outcome: Outcome, mailbox: Letterbox, taken: int) -> list[str]:
    return [
        f"{outcome}, and later +CMGS: {mr}, and it was never taken"
        for stamp, mr, fault in mailbox.late_results
        if stamp is not None and stamp == outcome.stamp and fault is None and not taken
    ]


def check(block: Iterable[Case]) -> list[str]:
    """Live through the cases; return what went wrong, and in which."""
    wrong: list[str] = []
    for case in block:
        schedule_by(case.seed)
        complaints = trio.run(_live, case, clock=MockClock(autojump_threshold=0))
        wrong += [f"{case}: {complaint}" for complaint in complaints]
    return wrong


def _check_one(case: Case) -> list[str]:
    return check([case])


def run(chosen: Sequence[Case]) -> bool:
    """Check on all cores; print failures with their replay, and one line of figures; return whether all held."""
    began, failed = time.monotonic(), 0
    with multiprocessing.Pool() as pool:
        for case, wrong in zip(chosen, pool.imap(_check_one, chosen, chunksize=32), strict=True):
            failed += bool(wrong)
            for complaint in wrong:
                print(
                    f"FAILED {complaint}\n  replay: python -m tests.campaigns octets --case {case}",
                    flush=True,
                )
    print(f"octets: {len(chosen)} faults; {failed} failed; {time.monotonic() - began:.0f} s")
    return failed == 0
