"""One modem at work: wait until it may send, claim a part, submit it, write down what became of it.

A worker sleeps on one alarm, which whatever may have given it work rings: an accepted message, a passed time, a
change of its line, an operator. It asks the database only then.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog
import trio

from gatewayd.errors import StorageFull
from gatewayd.modem.ports import Line, LinkState, Outcome, Refused
from gatewayd.queue.arming import Withdrawn
from gatewayd.queue.claim import Claim, Nothing, Seat, claim
from gatewayd.queue.evidence import LastReference
from gatewayd.queue.halting import InvariantViolation
from gatewayd.queue.health import Health
from gatewayd.queue.modes import Mode, end_draining
from gatewayd.queue.pace import Pace
from gatewayd.queue.retry import Decision, Reaction, Standing, decide
from gatewayd.queue.stranding import fail_stranded
from gatewayd.queue.submitting import Post, Submission
from gatewayd.queue.timers import CLOCK_CHECK, FULL_DISK_CHECK
from gatewayd.store.runner import Lane
from gatewayd.wakeup import Wakeup

log = structlog.get_logger(__name__)

#: Seconds before the pace is over at which the next part is claimed: late, so that an urgent message still gets
#: this turn, but early enough for the dialogue up to 0x1A.
LEAD = 0.25


class Worker:
    """The sender of one modem."""

    def __init__(
        self,
        name: str,
        post: Post,
        *,
        routes: frozenset[str],
        pace: Pace,
        reports: bool,
        on_violation: Callable[[InvariantViolation], None],
    ) -> None:
        """``on_violation`` is told of what must halt every worker."""
        self.name = name
        self.pace = pace
        self.health = Health(post.clock)
        self.wakeup = Wakeup()
        self.mode = Mode.RUNNING
        self.mode_reason: str | None = None
        self.halted = False
        self._post = post
        self._routes = routes
        self._reports = reports
        self._on_violation = on_violation
        self._submitting = trio.CancelScope()
        """Of the running, or the last, submit."""
        self._written = trio.Event()
        """Whether nothing is claimed that isn't written down to its end."""
        self._written.set()
        self._remedy: Callable[[str], Awaitable[None]] | None = None
        """What the last fault calls for, before the next claim and as soon as the line is there."""
        self._gone_since: float | None = None
        self._unplugged = False
        self._sim: str | None = None
        """ICCID of the last SIM that told it."""
        self._reference = LastReference(post.database, post.clock)

    async def run(self) -> None:
        """Serve until cancelled; a submit that has begun is finished, or written down as in doubt, first."""
        self._sim = self._post.lines.status(self.name).iccid
        self._post.lines.watch(self.name, self._line_changed)
        while True:
            claimed: Claim | None = await self._next_claim()
            while claimed is not None:
                self._post.turns.given(claimed.message.priority, claimed.message.client_id)
                if trio.current_effective_deadline() == -math.inf:
                    # Cancelled: without a pace one claim comes with the outcome of the other, and none would end it.
                    self.halted = True
                with trio.CancelScope(shield=True):
                    claimed = await self._submit(claimed)
            self._written.set()

    async def stop(self, grace: float) -> None:
        """Claim nothing any more; return once what is claimed is written, as not sent or with its outcome.

        A running submit has ``grace`` seconds to be answered.
        """
        self.halted = True
        self._submitting.deadline = trio.current_time() + grace
        await self._written.wait()

    def set_mode(self, mode: Mode, reason: str | None) -> None:
        """Take over a mode that is written down."""
        if mode is Mode.STOPPED and self.mode is not mode:
            log.error("modem.stopped", modem=self.name, reason=reason)
        running = mode is Mode.RUNNING
        if running:
            self.health.rested()
        # Why it runs again is for the audit; shown is only what keeps it from running.
        self.mode, self.mode_reason = mode, None if running else reason
        self.wakeup.ring()

    def _line_changed(self) -> None:
        status = self._post.lines.status(self.name)
        if status.state is LinkState.ABSENT:
            self._unplugged = True
            self._remedy = None  # It comes back as a new one.
        elif status.state is LinkState.READY:
            if self._unplugged:
                self._unplugged = False
                self.health.plugged_in()
            if status.iccid is not None:
                if self._sim not in (None, status.iccid):
                    self.health.rested()
                self._sim = status.iccid
        self.wakeup.ring()

    def _closed_until(self) -> float:
        """Until when (seconds on trio's clock) nothing may be claimed: past where it may; infinity: until woken."""
        if self._post.lines.line(self.name) is None:
            return self._partial_deadline()
        self._gone_since = None
        if self.halted or self.mode in (Mode.PAUSED, Mode.STOPPED):
            return math.inf
        return max(self.health.resting_until, self.pace.free_at - LEAD)

    def _partial_deadline(self) -> float:
        if self._gone_since is None:
            self._gone_since = trio.current_time()
        return self._gone_since + self._post.settings.partial_timeout

    async def _next_claim(self) -> Claim:
        while True:
            if self._remedy is not None and self._post.lines.line(self.name) is not None:
                remedy, self._remedy = self._remedy, None
                await remedy(self.name)
            closed_until = self._closed_until()
            if closed_until > trio.current_time():
                await self.wakeup.wait(closed_until)
            elif self._gone_since is not None:
                await self._give_up_stranded()
            else:
                if (line := self._post.lines.line(self.name)) is not None:
                    await self._reference.look(line)
                found = await self._ask()
                if isinstance(found, Claim):
                    return found

    async def _ask(self) -> Claim | None:
        """One look into the database; sleeps where it shows nothing to do."""
        try:
            found = await self._look()
        except InvariantViolation as violation:
            self._on_violation(violation)
            return None
        except StorageFull:
            # Nothing can be claimed, and nobody may tell when there is room again.
            await self.wakeup.wait(trio.current_time() + FULL_DISK_CHECK)
            return None
        if isinstance(found, Claim):
            return found
        if not found.again:
            await self._sleep(found)
        return None

    async def _look(self) -> Claim | Nothing:
        database, clock = self._post.database, self._post.clock
        # Who stops the worker meanwhile waits for the claim that may come of it, and for its end.
        self._written = trio.Event()
        found: Claim | Nothing | None = None
        try:
            found = await database.run(
                claim, self._seat(), self._post.turns.snapshot(), clock.now(), lane=Lane.CLAIM
            )
            return found
        finally:
            if not isinstance(found, Claim):
                self._written.set()

    async def _sleep(self, nothing: Nothing) -> None:
        until = math.inf
        if nothing.until is not None:
            seconds = (nothing.until - self._post.clock.now()) / timedelta(seconds=1)
            until = trio.current_time() + min(seconds, CLOCK_CHECK)
        elif self.mode is Mode.DRAINING:
            now = self._post.clock.now()
            try:
                await self._post.database.run(end_draining, self.name, self.set_mode, now, lane=Lane.CLAIM)
            except StorageFull:
                until = trio.current_time() + FULL_DISK_CHECK
            else:
                return
        await self.wakeup.wait(until)

    def _seat(self) -> Seat:
        iccid = self._post.lines.status(self.name).iccid
        draining = self.mode is Mode.DRAINING
        patience = timedelta(seconds=self._post.settings.partial_timeout)
        return Seat(
            modem=self.name,
            sim=iccid,
            routes=self._routes,
            limits=self._post.limits,
            partial_timeout=patience,
            draining=draining,
            honours_opt_outs=self._post.settings.honour_opt_out,
        )

    async def _give_up_stranded(self) -> None:
        """The modem has been away for so long that what was half sent through it fails."""
        try:
            patience = timedelta(seconds=self._post.settings.partial_timeout)
            failed = await self._post.database.run(fail_stranded, self.name, patience, self._post.clock.now())
        except StorageFull:
            await self.wakeup.wait(trio.current_time() + FULL_DISK_CHECK)
            return
        # Once more after as long: what was in doubt may have come back to the queue.
        self._gone_since = trio.current_time()
        if failed:
            log.warning("message.partial", modem=self.name, messages=failed)

    async def _submit(self, claimed: Claim) -> Claim | None:
        """Take a claim to its end, and return the next where it came with the outcome."""
        submission = Submission(self._post, claimed, self.pace)
        line = self._line_for(claimed)
        if isinstance(line, Withdrawn):
            await submission.write_withdrawal(line)
            return None
        self._submitting = trio.CancelScope()
        try:
            outcome = await submission.run(line, reports=self._reports, scope=self._submitting)
            if isinstance(outcome, Withdrawn):
                await submission.write_withdrawal(outcome)
                found: Claim | Nothing = Nothing()
            else:
                found = await self._conclude(submission, claimed, outcome)
        except InvariantViolation as violation:
            self._on_violation(violation)
            if not submission.released:
                with suppress(InvariantViolation):
                    await submission.write_withdrawal(Withdrawn("halted"))
            return None
        return found if isinstance(found, Claim) else None

    def _line_for(self, claimed: Claim) -> Line | Withdrawn:
        """The line, unless what the claim was made for has changed while it was written: a disk may take seconds."""
        line = self._post.lines.line(self.name)
        if line is None:
            return Withdrawn("line lost")
        if self._post.lines.status(self.name).iccid not in (None, claimed.seat.sim):
            return Withdrawn("another SIM")
        return Withdrawn("stopped") if self.halted else line

    async def _conclude(self, submission: Submission, claimed: Claim, outcome: Outcome) -> Claim | Nothing:
        row = claimed.message
        standing = Standing(
            spent=row.spent,
            faults=max(0, row.attempts - 1 - row.parts_sent),
            failing=self.health.failing,
            rejects_duplicates=row.possible_duplicate,
            repeats=self.health.repeats(outcome.fault.name if isinstance(outcome, Refused) else None),
            refused_others=self.health.refused_others(row.recipient),
        )
        self._reference.note(claimed, outcome)
        decision = decide(outcome, standing, self._post.settings, self._post.rng)
        self.health.record(decision, row.recipient)
        self._remedy = self._remedy_for(decision)
        return await submission.write_outcome(outcome, decision, self._seat_at_once(decision), self.set_mode)

    def _remedy_for(self, decision: Decision) -> Callable[[str], Awaitable[None]] | None:
        match decision.reaction:
            case Reaction.RECOVER:
                return self._post.lines.recover
            case Reaction.FREE:
                return self._post.lines.housekeep
            case _:
                return None

    def _seat_at_once(self, decision: Decision) -> Seat | None:
        """The seat for a claim in the outcome's own transaction, where the modem may go on without a pause."""
        unpaced = self.pace.interval == 0.0 and decision.reaction is Reaction.GO_ON
        if not unpaced or self.halted or self.mode is not Mode.RUNNING:
            return None
        return self._seat()
