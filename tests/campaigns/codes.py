"""Every +CMS and +CME code, at every point of the dialogue, through the real queue; the ledger judges."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import trio
from trio.testing import MockClock

from gatewayd.message import State
from gatewayd.modem.ports import Outcome, Phase, Refused
from gatewayd.sms.faults import Fault, Kind, lookup
from gatewayd.sms.pdu import Pdu
from gatewayd.store.inline import InlineDatabase
from tests.queue.air import AirLine
from tests.queue.conftest import Setup

#: Cases that one process lives through at a time.
_PART = 100

KINDS: tuple[tuple[Kind, range], ...] = (("cms", range(601)), ("cme", range(256)))
#: When the code comes: before the prompt, after it, and so many seconds after 0x1A.
POINTS: tuple[tuple[Phase, float], ...] = (
    (Phase.COMMAND, 1.0),
    (Phase.PDU, 1.0),
    (Phase.SUBMITTED, 2.0),
    (Phase.SUBMITTED, 35.0),
)


@dataclass(frozen=True)
class Case:
    """One code at one point; ``taken``: whether the network had taken the part all the same."""

    kind: Kind
    code: int
    phase: Phase
    seconds: float
    taken: bool

    @property
    def fault(self) -> Fault:
        return lookup(self.kind, self.code)

    def __str__(self) -> str:
        return (
            f"+{self.kind.upper()} {self.code} {self.phase} {self.seconds} s{' taken' if self.taken else ''}"
        )


def cases() -> Iterator[Case]:
    """All of them. After 0x1A a code that proves nothing may hide an acceptance, so both are tried."""
    for (kind, codes), (phase, seconds) in itertools.product(KINDS, POINTS):
        for code in codes:
            doubtful = phase is Phase.SUBMITTED and lookup(kind, code).doubtful(seconds)
            for taken in (False, True) if doubtful else (False,):
                yield Case(kind, code, phase, seconds, taken)


class _FaultyLine(AirLine):
    """Fails the first submit of each case as the case says; all others are accepted."""

    case: Case | None = None

    async def submit(self, pdu: Pdu, *, arm: Callable[[], Awaitable[None]]) -> Outcome:
        case, self.case = self.case, None
        if case is None:
            return await super().submit(pdu, arm=arm)
        stamp = None
        if case.phase is Phase.SUBMITTED:
            if case.taken:
                await super().submit(pdu, arm=arm)
            else:
                await arm()
            stamp = trio.current_time()
        await trio.sleep(case.seconds)
        return Refused(case.fault, case.phase, stamp, case.seconds)


async def _live(setup: Setup, block: Sequence[Case]) -> list[str]:
    """A day for each case: one message, whose first try ends so. Return what went wrong."""
    line = _FaultyLine("phone1", setup.air.ledger, latency=0.5)
    setup.air.lines["phone1"] = line
    wrong = []
    async with setup.running() as queue:
        for number, case in enumerate(block):
            line.case = case
            name = await setup.send(queue, str(number), to=f"+346{number:08d}")
            for _ in range(6):
                await trio.sleep(4 * 3600)
                if (await queue.modem("phone1")).mode == "stopped":
                    await queue.set_mode("phone1", "running", actor="test", reason="go on")
            taken = setup.air.texts().count(str(number))
            if (complaint := _judge(await setup.state(queue, name), taken)) is not None:
                wrong.append(f"{case}: {complaint}")
    return wrong


def _judge(state: State, taken: int) -> str | None:
    if taken > 1:
        return f"sent {taken} times"
    if state is State.SENT and taken != 1:
        return "counts as sent, and was not"
    if state in (State.FAILED, State.QUEUED) and taken:
        return f"{state}, and was sent"
    if state not in (State.SENT, State.FAILED, State.IN_DOUBT):
        return f"still {state} after a day"
    return None


def check(block: Sequence[Case]) -> list[str]:
    """Live through the cases, one after the other; return what is wrong with how they ended."""
    with InlineDatabase() as database:
        return trio.run(_live, Setup(database), block, clock=MockClock(autojump_threshold=0))


def run(only: str | None = None) -> bool:
    """Check all on all cores, or ``only`` one; print failures with their replay, and one line of figures."""
    chosen = [case for case in cases() if only in (None, str(case))]
    began, failed = time.monotonic(), 0
    parts = [chosen[start : start + _PART] for start in range(0, len(chosen), _PART)]
    with multiprocessing.Pool() as pool:
        for wrong in pool.imap_unordered(check, parts):
            failed += len(wrong)
            for complaint in wrong:
                case = complaint.partition(":")[0]
                print(f"FAILED {complaint}\n  replay: python -m tests.campaigns codes --case '{case}'")
    print(f"codes: {len(chosen)} codes and moments; {failed} failed; {time.monotonic() - began:.0f} s")
    return failed == 0
