"""Runs a courier for each enabled webhook, and tells them what happens.

The feed's end is read once for all of them: a courier that has told everything reads again only when something
happened that concerns it. One that is behind, or waits for its next try, isn't disturbed at all.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

import trio

from gatewayd import events
from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.log import get_logger
from gatewayd.sealing import Keyring
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx
from gatewayd.wakeup import Wakeup
from gatewayd.webhooks import deadletters, records
from gatewayd.webhooks.courier import Courier, Means, read_patiently
from gatewayd.webhooks.delivering import TOPIC
from gatewayd.webhooks.payload import Describe
from gatewayd.webhooks.progress import Terms
from gatewayd.webhooks.secrets import Sealer
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.settings import WebhooksSettings

#: Seconds between two looks at the feed's end, so that a burst of commits costs few reads.
_GAP: Final = 0.02
#: Events of one look.
_AT_ONCE: Final = 1000
#: Of another package, and known by name only: a client was shut out, or let in again.
_CLIENTS: Final = "access.clients"
#: Seconds between two rounds of throwing old dead letters away.
_ROUND: Final = 3600.0

_log = get_logger("gatewayd.webhooks")


class WebhookWorker:
    """The couriers of all webhooks.

    Args:
        runner: the database.
        clock: where the time comes from.
        keyring: what opens the webhooks' secrets.
        settings: the operator's.
        sender: makes the connections.
        describe: says more about an event than the feed does.
        positions: where couriers leave how far they have come.
        rng: for the jitter.
    """

    def __init__(
        self,
        runner: Runner,
        clock: Clock,
        keyring: Keyring,
        settings: WebhooksSettings,
        sender: Sender,
        describe: Describe,
        positions: dict[int, int],
        *,
        rng: random.Random | None = None,
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._keep = timedelta(days=settings.dead_letter_days)
        terms = Terms(
            settings.breaker_failures,
            timedelta(seconds=settings.breaker_pause),
            timedelta(days=settings.disable_after_days),
        )
        self._means = Means(
            runner, clock, Sealer(keyring), sender, describe, terms, rng or random.SystemRandom(), positions
        )
        self._couriers: dict[int, Courier] = {}
        self._changes = Wakeup()
        self._heard = 0
        """Events up to this one are known to the couriers."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Tell all webhooks until cancelled."""
        with (
            events.watching(self._runner) as grown,
            self._runner.topics.subscribed(TOPIC, self._changes.ring),
            self._runner.topics.subscribed(_CLIENTS, self._changes.ring),
        ):
            async with trio.open_nursery() as nursery:
                await self._staff(nursery)
                nursery.start_soon(self._listen, grown)
                nursery.start_soon(self._clean)
                task_status.started()
                while True:
                    await self._changes.wait()
                    await self._staff(nursery)

    async def _staff(self, nursery: trio.Nursery) -> None:
        """Have a courier for each enabled webhook, and let those there are look again."""
        for courier in self._couriers.values():
            courier.change()
        last, enabled = await read_patiently(self._runner, _overview)
        if not self._couriers:
            self._heard = last
        if enabled and not self._couriers:
            self._means.sender.prepare()
        for id_ in enabled:
            if id_ not in self._couriers:
                self._couriers[id_] = Courier(id_, self._means)
                nursery.start_soon(self._employ, id_, self._couriers[id_])

    async def _employ(self, id_: int, courier: Courier) -> None:
        await courier.run()
        del self._couriers[id_]
        # It may have been enabled again just then.
        self._changes.ring()

    async def _listen(self, grown: Wakeup) -> None:
        """Tell the couriers what happens."""
        while True:
            await grown.wait()
            while self._couriers:
                heard = self._heard
                happened = await read_patiently(self._runner, events.read_after, heard, _AT_ONCE)
                if happened and heard == self._heard:
                    self._heard = happened[-1].seq
                    for courier in self._couriers.values():
                        courier.hear(happened)
                if len(happened) < _AT_ONCE:
                    break
            await trio.sleep(_GAP)

    async def _clean(self) -> None:
        """Throw away what nobody wanted to be sent again."""
        while True:
            try:
                await self._runner.run(_forget, self._clock.now() - self._keep, lane=Lane.BULK)
            except StorageFull:
                _log.info("webhook.dead_letters_not_removed")
            await trio.sleep(_ROUND)


def _overview(tx: Tx) -> tuple[int, list[int]]:
    return events.last(tx), [row.id for row in records.enabled_ids.all(tx, {})]


def _forget(tx: Tx, before: datetime) -> None:
    deadletters.forget(tx, before)
