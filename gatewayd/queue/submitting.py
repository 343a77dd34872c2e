"""One claimed part on its way through the modem: arm, 0x1A, outcome.

All of it runs behind the worker's shield. What cuts it short is only the grace at the end of the process; what is
known then is written down like any other outcome.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, TypeVarTuple

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.message import State
from gatewayd.modem.ports import Accepted, Line, Lines, NotArmed, Outcome, Phase, Refused, Unknown
from gatewayd.queue import metrics
from gatewayd.queue.arming import Withdrawn, arm, charge_pace, settle, withdraw
from gatewayd.queue.checksum import require_intact
from gatewayd.queue.claim import Claim, Nothing, Seat, claim
from gatewayd.queue.composing import compose
from gatewayd.queue.halting import InvariantViolation
from gatewayd.queue.impounding import impound
from gatewayd.queue.modes import Mode, TakeOver, set_mode
from gatewayd.queue.owed import Owed
from gatewayd.queue.pace import Pace, PaceRecord
from gatewayd.queue.quotas import Limit
from gatewayd.queue.records import outcomes
from gatewayd.queue.reports import follow_up
from gatewayd.queue.retry import Decision, Reaction
from gatewayd.queue.settings import QueueSettings
from gatewayd.queue.turns import Turns
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.topics import SPACE
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Post:
    """What every worker of a scheduler shares."""

    database: Runner
    lines: Lines
    clock: Clock
    settings: QueueSettings
    limits: tuple[Limit, ...]
    turns: Turns
    owed: Owed
    rng: random.Random


class Submission:
    """One try to submit one part."""

    def __init__(self, post: Post, claimed: Claim, pace: Pace) -> None:
        self._post = post
        self._claim = claimed
        self._pace = pace
        self._began = post.clock.monotonic()
        self.released = False
        """Whether ``arm`` returned, so that 0x1A may have been written."""

    async def run(self, line: Line, *, reports: bool, scope: trio.CancelScope) -> Outcome | Withdrawn:
        """Submit; ``scope`` is what the end of the grace cancels.

        Raises what ``arm`` raises but for Withdrawn, and InvariantViolation for a row that was changed on the disk.
        """
        message = self._claim.message
        require_intact(message)
        pdu = compose(message, self._claim.part, self._post.clock.now(), reports=reports)
        with scope:
            try:
                return await line.submit(pdu, arm=self._arm)
            except NotArmed as refusal:
                return refusal if isinstance(refusal, Withdrawn) else Withdrawn("not armed")
            except StorageFull:
                return Withdrawn("disk full")
        reason = "gatewayd was stopped before the modem answered"
        return Unknown(Phase.SUBMITTED, reason, None, 0.0) if self.released else Withdrawn("stopped")

    async def _arm(self) -> None:
        stamp = self._pace.planned()
        record = self._pace.record(stamp)
        await self._post.database.run(arm, self._claim, self._post.clock.now(), record, lane=Lane.OUTCOME)
        await trio.sleep_until(self._pace.free_at)
        metrics.turnaround_seconds.labels(self._claim.seat.modem).observe(
            self._post.clock.monotonic() - self._began
        )
        self.released = True

    async def write_withdrawal(self, withdrawn: Withdrawn) -> None:
        """The part goes back, as not sent."""
        attempt = _AttemptName(self._claim.attempt, self._claim.message.seq, self._claim.part)
        metrics.withdrawn.labels(self._claim.seat.modem, withdrawn.reason).inc()
        await persistently(
            self._post.database, _withdraw, attempt, withdrawn.reason, self._post.clock.now(), withdrawn.until
        )

    async def write_outcome(
        self, outcome: Outcome, decision: Decision, seat: Seat | None, take_over: TakeOver
    ) -> Claim | Nothing:
        """Write down what happened and, for a ``seat``, claim its next part in the same transaction.

        ``take_over`` is told where that stops the modem.
        """
        self._observe(outcome)
        if outcome.stamp is not None:
            self._pace.charge(outcome.stamp)
            if decision.state is State.IN_DOUBT:
                self._post.owed.remember(self._claim.seat.modem, outcome.stamp, self._claim)
        now = self._post.clock.now()
        pace = None if outcome.stamp is None else self._pace.record(outcome.stamp)
        until = now + timedelta(seconds=decision.delay)
        written = _Written(self._claim, outcome, decision, now, until, pace, take_over)
        database, turns = self._post.database, self._post.turns.snapshot()
        if seat is not None:
            # Where the claim is at fault, the outcome is still worth a transaction of its own.
            with suppress(InvariantViolation):
                return await persistently(database, _write, written, seat, turns)
        try:
            return await persistently(database, _write, written, None, turns)
        except InvariantViolation as violation:
            if outcome.stamp is not None:
                await persistently(database, _impound, written, str(violation))
            raise

    def _observe(self, outcome: Outcome) -> None:
        modem = self._claim.seat.modem
        name, fault = "accepted", None
        match outcome:
            case Accepted():
                metrics.submit_seconds.labels(modem).observe(outcome.seconds)
            case Refused():
                name, fault = "refused", outcome.fault.name
            case Unknown():
                name, fault = "unknown", outcome.reason
        metrics.outcomes.labels(modem, name).inc()
        log.info(
            "message.submit",
            message=self._claim.message.id,
            part=self._claim.part,
            modem=modem,
            outcome=name,
            fault=fault,
            seconds=round(outcome.seconds, 3),
            # When 0x1A was written, on this process's monotonic clock: differences are the gaps that were kept.
            ctrl_z=None if outcome.stamp is None else round(outcome.stamp, 6),
        )


@dataclass(frozen=True, slots=True)
class _AttemptName:
    seq: int
    message_seq: int
    part: int


@dataclass(frozen=True, slots=True)
class _Written:
    claim: Claim
    outcome: Outcome
    decision: Decision
    at: datetime
    until: datetime
    pace: PaceRecord | None
    take_over: TakeOver


def _write(tx: Tx, written: _Written, seat: Seat | None, turns: Turns) -> Claim | Nothing:
    settle(tx, written.claim, written.outcome, written.decision, written.at, written.until)
    modem = written.claim.seat.modem
    if written.pace is not None:
        charge_pace(tx, modem, written.pace)
    # Reports that came meanwhile waited for it; of a message that is sent again, for any of its submits.
    again = written.claim.message.possible_duplicate
    mr = None if again else getattr(written.outcome, "mr", None)
    follow_up(tx, written.claim.message.seq, written.at, mr=mr)
    if written.decision.reaction is Reaction.STOP:
        reason = written.decision.stop_reason
        set_mode(tx, modem, Mode.STOPPED, written.take_over, actor="gatewayd", reason=reason, at=written.at)
    return Nothing() if seat is None else claim(tx, seat, turns, written.at)


def _withdraw(tx: Tx, attempt: _AttemptName, reason: str, at: datetime, until: datetime | None) -> None:
    withdraw(tx, attempt, reason, at, until)
    follow_up(tx, attempt.message_seq, at)


def _impound(tx: Tx, written: _Written, why: str) -> None:
    """The outcome can't be written as it is; at least the part must not leave a second time unseen."""
    attempt = _AttemptName(written.claim.attempt, written.claim.message.seq, written.claim.part)
    outcome = written.outcome
    mr = getattr(outcome, "mr", None)
    impound(tx, attempt, f"halted: {why}", written.at, mr=mr, dialogue=outcome.dialogue)
    if written.pace is not None:
        charge_pace(tx, written.claim.seat.modem, written.pace)


async def persistently(database: Runner, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
    """Run an outcome's transaction until it is written: while the disk is full there is nothing else to do."""
    space = Wakeup()
    with database.topics.subscribed(SPACE, space.ring):
        while True:
            try:
                return await database.run(function, *args, lane=Lane.OUTCOME)
            except StorageFull:
                log.warning("outcome.waits_for_disk")
            await space.wait()


def find_pace(tx: Tx, modem: str) -> PaceRecord | None:
    """What was written down of the modem's last 0x1A."""
    row = outcomes.find_pace.first(tx, {"modem": modem})
    return None if row is None else PaceRecord(row.boot_id, row.boottime, row.wall)
