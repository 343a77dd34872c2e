"""For how long texts and numbers are kept, and taking out what is older, once a day.

The age of a message is the time since its state last changed: one that was planned a year ahead is new when it is
sent. What waits, is under way or in doubt keeps its text, whatever its age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
import trio

from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.phone import masked
from gatewayd.queue import metrics, types, wiping
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.records import wiping as records
from gatewayd.queue.settings import RetentionSettings
from gatewayd.store.prepared import Prepared
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(days=1)
#: Rows of one transaction: some 5 ms [measured], so that submits get between.
_AT_ONCE: Final = 50
#: Seconds after the start before a round that was missed: the start has enough to do.
_START_REST: Final = 60.0
#: Seconds between two looks at the wall clock, which may be set, and between two tries on a full disk.
_LOOK: Final = 600.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round took out."""

    ran_at: datetime
    texts: int = 0
    """Messages that lost their text."""
    numbers: int = 0
    """Messages that lost their number."""
    received: int = 0
    """Received messages that lost both."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One kind of thing that is taken out of messages."""

    next_type: Prepared
    old: Prepared
    wipe: Callable[[Tx, Any], bool]
    days: int
    """For messages whose type says nothing."""


class Retention:
    """Wipes what is kept no longer on the database ``runner``; ``pseudonyms`` are made ready with it."""

    def __init__(
        self, runner: Runner, clock: Clock, settings: RetentionSettings, pseudonyms: Pseudonyms
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._settings = settings
        self._pseudonyms = pseudonyms

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Do a round a day until cancelled; one that is overdue, soon after the start."""
        try:
            await self._pseudonyms.ready()
        except StorageFull:
            log.info("pseudonyms.key_not_made", reason="disk full")
        last = await self.last()
        if last is not None:
            metrics.retention_ran.set(last.ran_at.timestamp())
        task_status.started()
        await trio.sleep(_START_REST)
        while True:
            last = await self.last()
            if last is None or not timedelta() <= self._clock.now() - last.ran_at < EVERY:
                try:
                    await self.round()
                except StorageFull:
                    # What is old stays old.
                    log.info("retention.put_off", reason="disk full")
            await trio.sleep(_LOOK)

    async def last(self) -> Round | None:
        """The last round; None: there was none yet."""
        row = await self._runner.read(lambda tx: records.last_round.first(tx, {}))
        return None if row is None else Round(row.ran_at, row.texts, row.numbers, row.received)

    async def round(self) -> Round:
        """Take out everything that is too old now. Raises StorageFull."""
        now, settings = self._clock.now(), self._settings
        kept = {type_.code: type_.keep_days for type_ in await self._runner.read(types.every)}
        text = _Step(records.next_type_with_text, records.old_texts, wiping.wipe_text, settings.text_days)
        number = _Step(
            records.next_type_with_number, records.old_numbers, wiping.wipe_number, settings.number_days
        )
        done = Round(
            now,
            texts=await self._wipe_messages(text, kept, now),
            numbers=await self._wipe_messages(number, kept, now),
        )
        before = now - timedelta(days=settings.inbox_days)
        while wiped := await self._runner.run(_wipe_received, before, lane=Lane.BULK):
            done = replace(done, received=done.received + wiped)
        await self._runner.run(_save, done, lane=Lane.BULK)
        metrics.retention_ran.set(now.timestamp())
        for what in ("texts", "numbers", "received"):
            metrics.wiped.labels(what).inc(getattr(done, what))
        log.info("retention.round", texts=done.texts, numbers=done.numbers, received=done.received)
        return done

    async def _wipe_messages(self, step: _Step, kept: dict[str, int | None], now: datetime) -> int:
        """Take one thing out of the messages of every type; return of how many."""
        wiped, type_ = 0, await self._next_type(step, "")
        while type_ is not None:
            days = kept.get(type_)
            before = now - timedelta(days=step.days if days is None else days)
            while some := await self._runner.run(_wipe_some, step, type_, before, lane=Lane.BULK):
                wiped += some
            type_ = await self._next_type(step, type_)
        return wiped

    async def _next_type(self, step: _Step, after: str) -> str | None:
        return await self._runner.read(lambda tx: step.next_type.scalar(tx, {"after": after}))


def _wipe_some(tx: Tx, step: _Step, type_: str, before: datetime) -> int:
    rows = step.old.all(tx, {"type": type_, "before": before, "limit": _AT_ONCE})
    return sum(step.wipe(tx, row) for row in rows)


def _wipe_received(tx: Tx, before: datetime) -> int:
    # Their parts are forgotten by then.
    rows = records.old_received.all(tx, {"before": before, "limit": _AT_ONCE})
    return wipe_received(tx, rows)


def wipe_received(tx: Tx, rows: list[Any]) -> int:
    """Take text and sender out of the received messages ``rows`` (``seq`` and ``sender``); return how many."""
    for row in rows:
        records.wipe_received.change(tx, {"b_seq": row.seq, "b_sender": masked(row.sender)})
    return len(rows)


def _save(tx: Tx, done: Round) -> None:
    records.save_round.change(
        tx,
        {
            "id": 1,
            "ran_at": done.ran_at,
            "texts": done.texts,
            "numbers": done.numbers,
            "received": done.received,
        },
    )
