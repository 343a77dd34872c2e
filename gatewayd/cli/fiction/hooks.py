"""The webhook of the fictitious month: its receiver was down for some days, and some events were given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gatewayd.cli.fiction.calendar import Calendar
from gatewayd.cli.fiction.plan import Plan
from gatewayd.config import Config
from gatewayd.store.database import Database
from gatewayd.store.transaction import Tx
from gatewayd.supervisor.wiring import Daemon
from gatewayd.webhooks import delivering
from gatewayd.webhooks.progress import PLAN, Death, Happened
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.service import Webhooks
from gatewayd.webhooks.view import Caller, Draft

#: The port of the discard service, where nobody listens.
_URL: Final = "http://127.0.0.1:9/gatewayd"
_NUMBER: Final = 1
_GIVEN_UP: Final = 4


class Hooks:
    """Plans what becomes of one webhook."""

    def __init__(
        self, config: Config, daemon: Daemon, database: Database, calendar: Calendar, plan: Plan
    ) -> None:
        sender = Sender(config.webhooks, calendar)
        self._webhooks = Webhooks(database, calendar, daemon.keyring, config.webhooks, sender)
        self._plan = plan

    async def set_up(self) -> None:
        """Add it."""
        wanted = Draft(
            _URL,
            events=("message.failed", "message.expired", "message.in_doubt", "modem.*"),
            description="Pager of the operations centre",
        )
        await self._webhooks.create(Caller("user:ana", None, True), wanted)

    def spread(self, end: datetime) -> None:
        """Plan its outage, and that it caught up since."""
        outage = end - timedelta(days=6)
        self._plan.add(outage, partial(_catch_up, leave=_GIVEN_UP, at=outage))
        for index in range(_GIVEN_UP):
            at = outage + timedelta(hours=9 * index)
            self._plan.add(at, partial(_give_up, at=at))
        caught_up = end - timedelta(seconds=30)
        self._plan.add(caught_up, partial(_catch_up, leave=1, at=caught_up))


def _catch_up(tx: Tx, *, leave: int, at: datetime) -> None:
    """Everything was taken but the last events: ``leave`` of them."""
    endpoint = delivering.load(tx, _NUMBER)
    taken: list[int] = []
    reached = endpoint
    while reached is not None and (event := delivering.next_event(tx, reached)) is not None:
        taken.append(event.seq)
        reached = replace(reached, cursor=event.seq)
    if endpoint is not None and len(taken) > leave:
        caught_up = replace(endpoint, cursor=taken[-leave - 1], last_success_at=at, last_status=204)
        delivering.save(tx, caught_up, (), at)


def _give_up(tx: Tx, *, at: datetime) -> None:
    """One event was tried for days and never taken."""
    endpoint = delivering.load(tx, _NUMBER)
    event = None if endpoint is None else delivering.next_event(tx, endpoint)
    if endpoint is None or event is None:
        return
    death = Death(Happened(event.seq, event.kind, event.at), len(PLAN), 503, "HTTP 503 Service Unavailable")
    failed = replace(endpoint, cursor=event.seq, last_failure_at=at, last_status=503)
    delivering.save(tx, failed, (death,), at)
