"""All workers and the timers: started after recovery, woken by what happens, stopped within a grace."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
import trio

from gatewayd.access.limits import LIMITS_TOPIC
from gatewayd.clock import Clock
from gatewayd.modem.ports import BELIEVED, Lines
from gatewayd.queue import metrics
from gatewayd.queue.halting import InvariantViolation, halt, halted
from gatewayd.queue.lifecycle import DUE_TOPIC, TOPIC
from gatewayd.queue.modes import Mode, all_modes
from gatewayd.queue.owed import Owed
from gatewayd.queue.pace import Pace
from gatewayd.queue.quotas import Limit, limits
from gatewayd.queue.records import control
from gatewayd.queue.recovery import Recovered, recover
from gatewayd.queue.rerouting import keep_routed
from gatewayd.queue.restoring import hold_restored
from gatewayd.queue.routing import Routing
from gatewayd.queue.settings import QueueSettings, QuotasSettings
from gatewayd.queue.submitting import Post, find_pace, persistently
from gatewayd.queue.timers import Timers
from gatewayd.queue.turns import Turns
from gatewayd.queue.worker import Worker
from gatewayd.store.runner import Lane, Runner

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ModemTerms:
    """What the queue has to know of a modem's configuration."""

    name: str
    interval: float
    """Least seconds from one submit to the next."""
    reports: bool
    """Whether to ask the network for delivery reports."""


class Scheduler:
    """Sends what waits. ``run`` serves until cancelled."""

    def __init__(
        self,
        database: Runner,
        lines: Lines,
        clock: Clock,
        *,
        settings: QueueSettings,
        quotas: QuotasSettings,
        routing: Routing,
        modems: Sequence[ModemTerms],
        rng: random.Random | None = None,
    ) -> None:
        self.workers: dict[str, Worker] = {}
        self.halted: str | None = None
        self._database = database
        self._clock = clock
        self._routing = routing
        self.routes = routing.known()
        self._modems = modems
        self.owed = Owed(clock)
        self._post = Post(
            database, lines, clock, settings, limits(quotas), Turns(), self.owed, rng or random.SystemRandom()
        )
        keep = timedelta(days=settings.idempotency_days)
        self._timers = Timers(
            database,
            clock,
            promoted=self._ring,
            limits=self._post.limits,
            keep_answers=keep,
            attempts=settings.attempts,
        )
        self._nursery: trio.Nursery | None = None
        metrics.count_by(settings.operator_prefixes)
        for limit in self._post.limits:
            metrics.quota.labels(limit.scope, str(limit.window)).set(limit.parts)

    async def run(self, *, task_status: trio.TaskStatus[Recovered] = trio.TASK_STATUS_IGNORED) -> None:
        """Recover, then serve until cancelled. Started with what recovery found."""
        restored = await hold_restored(self._database, self._clock.now())
        if restored is not None:
            log.warning(
                "queue.restored",
                copied_at=restored.copied_at.isoformat(),
                held=restored.held,
                release="gatewayd db release",
            )
        recovered = await self._database.run(recover, self._clock.now(), lane=Lane.OUTCOME)
        if recovered.withdrawn or recovered.in_doubt or recovered.staged:
            log.warning(
                "queue.recovered",
                not_sent=recovered.withdrawn,
                in_doubt=recovered.in_doubt,
                unanswered=recovered.staged,
            )
        everywhere = frozenset(modem.name for modem in self._modems)
        await self._hire(recovered.armed_modems if restored is None else everywhere)
        topics = self._database.topics
        with (
            topics.subscribed(TOPIC, self._ring_workers),
            topics.subscribed(DUE_TOPIC, self._timers.wakeup.ring),
            topics.subscribed(LIMITS_TOPIC, self._ring_workers),
        ):
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(keep_routed, self._database, self._routing, self._clock)
                self._nursery.start_soon(self._timers.run)
                for worker in self.workers.values():
                    self._nursery.start_soon(worker.run)
                task_status.started(recovered)

    async def _hire(self, armed_modems: frozenset[str]) -> None:
        """Make the workers; those of ``armed_modems`` begin with a full interval."""
        await self._suspect(armed_modems)
        modes = await self._database.read(all_modes)
        self.halted = await self._database.read(halted)
        metrics.halted.set(self.halted is not None)
        for terms in self._modems:
            record = await self._database.read(find_pace, terms.name)
            pace = Pace(terms.interval, self._clock, record)
            if terms.name in armed_modems:
                pace.hold()
            worker = Worker(
                terms.name,
                self._post,
                routes=frozenset(self._routing.served_by(terms.name)),
                pace=pace,
                reports=terms.reports,
                on_violation=self._violated,
            )
            worker.halted = self.halted is not None
            if (row := modes.get(terms.name)) is not None:
                worker.set_mode(Mode(row.mode), row.reason)
            metrics.interval.labels(terms.name).set(terms.interval)
            self.workers[terms.name] = worker

    async def _suspect(self, armed_modems: frozenset[str]) -> None:
        """Answers to what an earlier process submitted may still come, and must not be taken for answers to ours."""
        since = self._clock.now() - timedelta(seconds=BELIEVED)
        rows = await self._database.read(partial(control.unanswered_since.all, values={"since": since}))
        configured = {terms.name for terms in self._modems}
        for name in configured & (armed_modems | {row.modem for row in rows}):
            self._post.lines.suspect(name)

    @property
    def quotas(self) -> tuple[Limit, ...]:
        """The configured limits of SIMs, recipients and clients."""
        return self._post.limits

    def _ring(self) -> None:
        self._timers.wakeup.ring()
        self._ring_workers()

    def _ring_workers(self) -> None:
        for worker in self.workers.values():
            worker.wakeup.ring()

    async def drain(self, grace: float) -> None:
        """Claim nothing any more and wait until every running submit is written down: ``grace`` seconds at most, and
        then as long as writing takes.
        """
        async with trio.open_nursery() as nursery:
            for worker in self.workers.values():
                nursery.start_soon(worker.stop, grace)

    def set_interval(self, modem: str, interval: float) -> None:
        """Change a modem's pace (seconds between submits), from its next submit on. Raises KeyError."""
        self.workers[modem].pace.interval = interval
        metrics.interval.labels(modem).set(interval)

    def unhalt(self) -> None:
        """The halt was ended by a person, who has it written down."""
        self.halted = None
        metrics.halted.set(0)
        for worker in self.workers.values():
            worker.halted = False
        self._ring()

    def _violated(self, violation: InvariantViolation) -> None:
        """Stop submitting at once, then write the halt down."""
        log.critical("queue.halted", reason=str(violation))
        self.halted = self.halted or str(violation)
        metrics.halted.set(1)
        for worker in self.workers.values():
            worker.halted = True
        if self._nursery is not None:
            self._nursery.start_soon(self._write_halt, str(violation))

    async def _write_halt(self, reason: str) -> None:
        with trio.CancelScope(shield=True):
            await persistently(self._database, halt, reason, self._clock.now())
