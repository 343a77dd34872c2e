"""Tells one webhook of what happens: a task of its own, so that no receiver waits for another one."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar, TypeVarTuple

import trio

from gatewayd.backoff import jittered
from gatewayd.clock import Clock
from gatewayd.errors import SearchTooLong, StorageFull
from gatewayd.events import Event
from gatewayd.log import get_logger
from gatewayd.sealing import SealBroken
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.topics import SPACE
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup
from gatewayd.webhooks import delivering, metrics
from gatewayd.webhooks.delivering import Delivery, Page
from gatewayd.webhooks.outcome import Outcome, Result
from gatewayd.webhooks.payload import Describe
from gatewayd.webhooks.progress import Death, Endpoint, Happened, Terms, failed, failed_again, succeeded
from gatewayd.webhooks.secrets import UNOPENED, Sealer
from gatewayd.webhooks.sender import Sender

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: Seconds of deliveries that are written down together: a crash may repeat them, and the last one before a call that
#: hangs.
_SAVE_EVERY: Final = 0.5
#: Seconds after which a webhook that nothing concerned has its place written down all the same.
_REST: Final = 60.0
#: Seconds that writing it down at the end may take.
_GRACE: Final = 3.0
#: Seconds after which a disk that is too slow for a look along an index is asked again.
_SLOW_DISK: Final = 5.0

_log = get_logger("gatewayd.webhooks")


@dataclass(frozen=True, slots=True)
class Means:
    """What every courier works with."""

    runner: Runner
    clock: Clock
    sealer: Sealer
    sender: Sender
    describe: Describe
    terms: Terms
    rng: random.Random
    positions: dict[int, int]
    """Where couriers leave how far they have come, for the views."""


async def read_patiently(runner: Runner, function: Callable[[Tx, *Ts], T], *args: *Ts) -> T:
    """Read; where the disk is too slow for that, later. Nobody waits for an answer."""
    while True:
        try:
            return await runner.read(function, *args)
        except SearchTooLong:
            _log.warning("webhook.waits_for_disk")
        await trio.sleep(_SLOW_DISK)


class Courier:
    """Works on the webhook with the number ``id_``."""

    def __init__(self, id_: int, means: Means) -> None:
        self._id = id_
        self._means = means
        self._line = means.sender.line()
        self._alarm = Wakeup()
        self._changed = False
        self._at_end = False
        self._endpoint: Endpoint | None = None
        self._dirty = False
        self._saved_at = 0.0

    # --- what others tell it ---

    def change(self) -> None:
        """The webhook was changed from outside, or may have been: look at it again."""
        self._changed = True
        self._alarm.ring()

    def hear(self, happened: Sequence[Event]) -> None:
        """These events, in a row, have happened. Most concern others: then nothing is read for them."""
        endpoint = self._endpoint
        if endpoint is None:
            return
        if any(endpoint.interest.wants(event.kind, event.client_id) for event in happened):
            self._alarm.ring()
        elif self._at_end and happened[0].seq - 1 <= endpoint.cursor < happened[-1].seq:
            self._move(replace(endpoint, cursor=happened[-1].seq))

    # --- its work ---

    async def run(self) -> None:
        """Until the webhook is disabled or gone."""
        try:
            while (endpoint := await self._load()) is not None:
                self._move(endpoint, dirty=False)
                await self._work()
                await self._save()
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(_GRACE):
                await self._line.aclose()
                await self._save()
            self._means.positions.pop(self._id, None)

    async def _load(self) -> Endpoint | None:
        # First, so that a change that is committed after this look leads to another one.
        self._changed = False
        return await read_patiently(self._means.runner, delivering.load, self._id)

    async def _work(self) -> None:
        """Until the webhook was changed from outside, or disabled itself."""
        while not self._changed:
            endpoint = self._mine
            if not endpoint.enabled:
                return
            if endpoint.client_disabled:
                # It rings when the client is let in again.
                await self._alarm.wait(trio.current_time() + _REST)
                return
            if (seconds := self._seconds_to_wait(endpoint)) > 0:
                await self._save()
                await self._alarm.wait(trio.current_time() + seconds)
                continue
            page = await read_patiently(
                self._means.runner, delivering.next_page, endpoint, self._means.describe
            )
            if page.wanted is not None:
                await self._resend(page.wanted, page.resend)
            elif await self._deliver_all(page) and page.end:
                await self._rest(page)

    def _seconds_to_wait(self, endpoint: Endpoint) -> float:
        due = endpoint.due_at()
        return 0.0 if due is None else (due - self._means.clock.now()).total_seconds()

    async def _rest(self, page: Page) -> None:
        """Everything is told: write that down, and wait for more."""
        if page.deliveries:
            await self._save()
            return  # Much may have happened meanwhile.
        self._at_end = True
        if not await self._alarm.wait(trio.current_time() + _REST):
            await self._save()
        self._at_end = False

    async def _deliver_all(self, page: Page) -> bool:
        """Tell one event after the other; False where one isn't taken, or the webhook was changed."""
        for delivery in page.deliveries:
            if not await self._deliver(delivery) or self._changed:
                return False
        if page.cursor > self._mine.cursor:
            self._move(replace(self._mine, cursor=page.cursor))
        return True

    async def _deliver(self, delivery: Delivery) -> bool:
        result = await self._send(delivery)
        now = self._means.clock.now()
        if result.delivered:
            self._move(succeeded(self._mine, delivery.event.seq, result.status, now))
            if trio.current_time() - self._saved_at >= _SAVE_EVERY:
                await self._save()
            return True
        stretch = jittered(1.0, self._means.rng)
        step = failed(self._mine, delivery.event, result, now, self._means.terms, stretch)
        self._move(step.endpoint)
        await self._save([step.death] if step.death else [])
        return False

    async def _resend(self, event: Happened, delivery: Delivery | None) -> None:
        """Send a dead letter once more, as a person asked."""
        endpoint, now = self._mine, self._means.clock.now()
        if delivery is None:
            words = "its event is kept no more, or no longer for this webhook"
            await self._write(delivering.not_revived, endpoint, event.seq, None, words, now)
            return
        result = await self._send(delivery)
        now = self._means.clock.now()
        if result.delivered:
            self._move(succeeded(endpoint, endpoint.cursor, result.status, now), dirty=False)
            await self._write(delivering.revived, self._mine, event.seq, now)
        else:
            self._move(failed_again(endpoint, result, now, self._means.terms), dirty=False)
            await self._write(delivering.not_revived, self._mine, event.seq, result.status, result.error, now)

    async def _send(self, delivery: Delivery) -> Result:
        endpoint, means = self._mine, self._means
        try:
            secrets = means.sealer.signing(
                endpoint.public_id,
                endpoint.secret,
                endpoint.old_secret,
                endpoint.old_secret_until,
                means.clock.now(),
            )
        except SealBroken:
            result = Result(Outcome.UNSIGNED, 0.0, error=UNOPENED)
        else:
            result = await self._line.send(endpoint.url, delivery.id, delivery.body, secrets)
        metrics.deliveries.labels(result.outcome).inc()
        if result.delivered:
            metrics.seconds.observe(result.seconds)
        else:
            _log.warning(
                "webhook.not_delivered",
                webhook=endpoint.public_id,
                event_id=delivery.id,
                failures=endpoint.failures + 1,
                result=result.outcome,
                error=result.error,
            )
        return result

    # --- how far it has come ---

    @property
    def _mine(self) -> Endpoint:
        assert self._endpoint is not None  # noqa: S101 - loaded before any work
        return self._endpoint

    def _move(self, endpoint: Endpoint, *, dirty: bool = True) -> None:
        self._endpoint = endpoint
        self._dirty = dirty
        self._means.positions[endpoint.id] = endpoint.cursor

    async def _save(self, deaths: Sequence[Death] = ()) -> None:
        """Write down how far it has come, where that isn't known yet."""
        if not self._dirty:
            return
        self._dirty = False
        self._saved_at = trio.current_time()
        if not await self._write(delivering.save, self._mine, deaths, self._means.clock.now()):
            self._changed = True

    async def _write(self, function: Callable[..., T], *args: object) -> T:
        """Run a transaction; while the disk is full there is nothing else to do."""
        runner = self._means.runner
        space = Wakeup()
        with runner.topics.subscribed(SPACE, space.ring):
            while True:
                try:
                    return await runner.run(lambda tx: function(tx, *args), lane=Lane.BULK)
                except StorageFull:
                    _log.warning("webhook.waits_for_disk", webhook=self._id)
                await space.wait()
