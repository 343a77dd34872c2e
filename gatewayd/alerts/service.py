"""Alertmanager's notifications, taken in: each list that they fit is told what is new to it, once.

What a list knows of a group is written in the transaction that queues the messages. So a notification that comes again
(because an answer got lost, or from another member of a cluster) finds it; or else nothing has happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gatewayd.access.scopes import Principal
from gatewayd.alerts import metrics, records
from gatewayd.alerts.deciding import Decision, decide
from gatewayd.alerts.matching import nobody, takes
from gatewayd.alerts.news import Known
from gatewayd.alerts.notification import Alert, Notification
from gatewayd.alerts.settings import OnCallSettings
from gatewayd.alerts.view import GroupView, Result, Skipped, Told
from gatewayd.alerts.wording import text_of
from gatewayd.clock import Clock
from gatewayd.errors import Conflict, InvalidRequest, NotFound
from gatewayd.log import get_logger
from gatewayd.message import Doubt, Priority
from gatewayd.phone import masked
from gatewayd.queue.accepting import Ready
from gatewayd.queue.cancelling import cancel
from gatewayd.queue.draft import Draft, Receipt
from gatewayd.queue.service import Queue
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx

#: For how long a group is remembered after Alertmanager last spoke of it. It speaks of one that fires every
#: ``repeat_interval``, which is hours.
KEPT = timedelta(days=30)
#: Messages' type, for searching and for routes.
TYPE = "alert"
#: Characters of a group's key that are kept for people.
_NAME = 200

_log = get_logger("gatewayd.alerts")


class _Stale(Exception):
    """What was decided upon has changed meanwhile."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be done for one list."""

    settings: OnCallSettings
    before: Known | None
    decision: Decision
    ready: tuple[Ready, ...]
    skipped: tuple[Skipped, ...]

    @property
    def undeliverable(self) -> bool:
        """Whether there is something to say and nobody to say it to."""
        return self.decision.speaks and not self.ready


class Alerts:
    """The on-call lists on the database ``runner``."""

    def __init__(self, runner: Runner, queue: Queue, clock: Clock, lists: Sequence[OnCallSettings]) -> None:
        self._runner = runner
        self._queue = queue
        self._clock = clock
        self._lists = tuple(lists)

    def use(self, lists: Sequence[OnCallSettings]) -> None:
        """Take over other lists; what is queued stays."""
        self._lists = tuple(lists)

    async def notify(self, principal: Principal, notification: Notification) -> list[Told]:
        """Tell every list that the notification fits what is new to it; on disk when this returns.

        Raises InvalidRequest where it fits no list that ``principal`` may alert, or where nobody on the lists may be
        sent to; StorageFull.
        """
        open_to = [each for each in self._lists if _is_open(each, principal)]
        fitting = [(each, alerts) for each in open_to if (alerts := takes(each, notification))]
        if not fitting:
            metrics.unmatched.inc()
            _log.warning("alerts.unmatched", receiver=notification.receiver[:_NAME])
            raise InvalidRequest([nobody(open_to, notification)])
        while True:
            now = self._clock.now()
            known = await self._runner.read(records.of_group, principal.client_id, notification.digest)
            steps = [
                await self._step(principal, notification, each, alerts, known.get(each.name), now)
                for each, alerts in fitting
            ]
            if all(step.undeliverable for step in steps):
                raise InvalidRequest(
                    [error for step in steps for each in step.skipped for error in each.errors]
                )
            # Another notification of the same group came in between: look again at what is known now.
            with suppress(_Stale):
                return await self._runner.run(self._write, principal, notification, steps, now)

    async def groups(self, client_id: int | None, limit: int) -> list[GroupView]:
        """Up to ``limit`` groups of one client (None: of all), last heard of first."""
        return await self._runner.read(records.newest, client_id, limit)

    async def _step(
        self,
        principal: Principal,
        notification: Notification,
        settings: OnCallSettings,
        alerts: tuple[Alert, ...],
        before: Known | None,
        now: datetime,
    ) -> _Step:
        decision = decide(settings, before or Known(), alerts, now)
        if not decision.speaks:
            return _Step(settings, before, decision, (), ())
        text = text_of(decision.news, settings, notification.truncated)
        ready, skipped = [], []
        for place, recipient in enumerate(settings.recipients):
            draft = _draft(settings, decision, notification, recipient, text, now)
            try:
                ready.append(await self._queue.ready(principal.client_id, [draft]))
            except InvalidRequest as invalid:
                # One who can't be sent to must not keep the others from knowing.
                where = f"on_call.{settings.name}.recipients.{place}"
                errors = tuple(
                    replace(e, field=where if e.field == "to" else e.field) for e in invalid.errors
                )
                skipped.append(Skipped(masked(recipient), errors))
        return _Step(settings, before, decision, tuple(ready), tuple(skipped))

    def _write(
        self, tx: Tx, principal: Principal, notification: Notification, steps: Sequence[_Step], now: datetime
    ) -> list[Told]:
        client_id, digest = principal.client_id, notification.digest
        known = records.of_group(tx, client_id, digest)
        if any(known.get(step.settings.name) != step.before for step in steps):
            raise _Stale
        told = [self._carry_out(tx, principal, step, now) for step in steps]
        for step, done in zip(steps, told, strict=True):
            key = (client_id, step.settings.name, digest)
            if done.result is Result.UNCHANGED:
                records.seen(tx, key, now)
            elif done.result is not Result.UNDELIVERABLE:
                records.save(
                    tx, key, notification.group_key[:_NAME], _after(step, done, now), done.result, now
                )
        records.forget(tx, now - KEPT)
        tx.after_commit(lambda: _report(told))
        return told

    def _carry_out(self, tx: Tx, principal: Principal, step: _Step, now: datetime) -> Told:
        decision = step.decision
        if step.undeliverable:
            return Told(
                step.settings.name, Result.UNDELIVERABLE, len(decision.news.firing), skipped=step.skipped
            )
        cancelled = [name for name in decision.takes_back if _take_back(tx, principal, name, now)]
        receipts = [result for ready in step.ready for result in self._queue.accept(tx, ready).results]
        return Told(
            step.settings.name,
            decision.result,
            len(decision.news.firing),
            tuple(receipt.id for receipt in receipts if isinstance(receipt, Receipt)),
            tuple(cancelled),
            decision.known.held_until,
            step.skipped,
        )


def _is_open(settings: OnCallSettings, principal: Principal) -> bool:
    return settings.client is None or settings.client == principal.client or principal.is_admin


def _draft(
    settings: OnCallSettings,
    decision: Decision,
    notification: Notification,
    recipient: str,
    text: str,
    now: datetime,
) -> Draft:
    leaves = decision.known.held_until
    return Draft(
        to=recipient,
        text=text,
        type=TYPE,
        priority=Priority.HIGH if decision.critical else Priority.NORMAL,
        send_at=leaves,
        expires_at=(leaves or now) + timedelta(seconds=settings.validity),
        reference=f"alert:{notification.digest[:12]}",
        in_doubt=Doubt(settings.in_doubt),
    )


def _take_back(tx: Tx, principal: Principal, name: str, now: datetime) -> bool:
    # A person may have cancelled it, or it was given up: then it leaves no more either.
    with suppress(Conflict, NotFound):
        cancel(tx, principal.client_id, name, remaining=False, actor=principal.actor, at=now)
        return True
    return False


def _after(step: _Step, done: Told, now: datetime) -> Known:
    """What the list knows once this is done."""
    known = step.decision.known
    if not done.messages:
        return known
    return replace(known, messages=done.messages, notices=known.notices + 1, told_at=now)


def _report(told: Sequence[Told]) -> None:
    for each in told:
        metrics.notifications.labels(each.list, each.result).inc()
        log = _log.error if each.result is Result.UNDELIVERABLE else _log.info
        log(
            "alerts.notified",
            list=each.list,
            result=each.result.value,
            firing=each.firing,
            messages=len(each.messages),
            cancelled=len(each.cancelled),
            skipped=[skipped.recipient for skipped in each.skipped],
        )
