"""Which object is made of which: the only place that knows all packages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import trio
from starlette.types import ASGIApp

from gatewayd.access.people.service import People
from gatewayd.access.service import Access
from gatewayd.alerts.service import Alerts
from gatewayd.api.app import create_app
from gatewayd.api.operation import Services
from gatewayd.batches.service import Batches
from gatewayd.clock import Clock
from gatewayd.config import Config, effective
from gatewayd.events.reader import FeedReader
from gatewayd.http.proxied import BehindProxies
from gatewayd.modem.pool import Pool
from gatewayd.queue.scheduler import Scheduler
from gatewayd.queue.service import Queue
from gatewayd.queue.signals import SignalLog
from gatewayd.queue.telling import tell
from gatewayd.sealing import Keyring
from gatewayd.store.database import Database
from gatewayd.supervisor.fronts import on_demand, with_pages
from gatewayd.supervisor.keys import keyring_of
from gatewayd.supervisor.local import with_local_calls
from gatewayd.supervisor.rules import bounds_of
from gatewayd.supervisor.sending import make_sending
from gatewayd.templates.service import Templates
from gatewayd.web.configured import Configured
from gatewayd.web.services import Services as WebServices
from gatewayd.webhooks.sender import Sender
from gatewayd.webhooks.service import Webhooks
from gatewayd.webhooks.worker import WebhookWorker


class Worker(Protocol):
    """What runs for as long as the daemon does; it ends only when it is cancelled."""

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Run; ``started`` once it works."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """Every long-lived object but the database and the server; none of them runs yet."""

    pool: Pool
    scheduler: Scheduler
    queue: Queue
    access: Access
    people: People
    app: ASGIApp
    """What answers over TCP."""
    admin_app: ASGIApp | None
    """What answers at the addresses of ``[admin]``; None: administration is not apart."""
    local_app: ASGIApp
    """What answers over the Unix socket."""
    keyring: Keyring
    alerts: Alerts
    configured: Configured
    """What the page of settings shows."""
    workers: tuple[Worker, ...] = ()
    """What works on the database beside the scheduler, started after it."""
    listeners: tuple[Worker, ...] = ()
    """What serves others beside the HTTP server, stopped with it."""


def build(config: Config, database: Database, clock: Clock) -> Daemon:
    """Make the objects of ``config`` on ``database``. Opens nothing but the key file, and starts nothing.

    Raises StorageFailed where the key that seals secrets can't be had.
    """
    keyring = keyring_of(config)
    sending = make_sending(config, database, clock, keyring)
    queue, region = sending.queue, sending.region
    access = Access(database, clock, settings=config.clients, bounds=bounds_of(config))
    people = People(database, clock, keyring, config.people)
    webhooks, webhook_worker = _webhooks(config, database, clock, keyring)
    templates = Templates(database, clock, config.templates, zone=config.api.zone, region=region)
    services = Services(
        queue,
        access,
        FeedReader(database),
        clock,
        config.api,
        region,
        alerts=Alerts(database, queue, clock, config.on_call),
        people=people,
        webhooks=webhooks,
        templates=templates,
        batches=Batches(database, queue, templates, clock, config.batches),
        compat=config.compat,
    )
    configured = Configured(effective(config))
    app = create_app(services)
    front = _front(app, config, services, sending.signals, configured)
    return Daemon(
        pool=sending.pool,
        scheduler=sending.scheduler,
        queue=queue,
        access=access,
        people=people,
        app=create_app(services, administration=False) if config.admin.bind else front,
        admin_app=front if config.admin.bind else None,
        local_app=with_local_calls(app, database, access, clock, keyring),
        keyring=keyring,
        alerts=services.alerts,
        configured=configured,
        workers=(people, webhook_worker, sending.signals, services.batches, sending.retention),
        listeners=_mail_listeners(config, queue, access, region),
    )


def _front(
    api: ASGIApp, config: Config, services: Services, signals: SignalLog, configured: Configured
) -> ASGIApp:
    """``api`` and beside it the pages for people, where they are on."""
    if not config.web.enabled:
        return api
    pages = WebServices(
        queue=services.queue,
        access=services.access,
        people=services.people,
        batches=services.batches,
        templates=services.templates,
        webhooks=services.webhooks,
        feed=services.feed,
        signals=signals,
        clock=services.clock,
        settings=config.web,
        configured=configured,
        region=services.region,
    )
    return with_pages(api, BehindProxies(on_demand(partial(_make_pages, pages)), config.api.origins))


def _make_pages(services: WebServices) -> ASGIApp:
    # Jinja and Babel come with them.
    from gatewayd.web.app import create_pages

    return create_pages(services)


def _mail_listeners(config: Config, queue: Queue, access: Access, region: str) -> tuple[Worker, ...]:
    """What takes letters; nothing where no address is configured for it."""
    if not config.mail_in.bind:
        return ()
    from gatewayd.api.compat.mail.delivery import Delivery
    from gatewayd.api.compat.mail.listener import MailListener

    return (
        MailListener(config.mail_in, Delivery(queue, access, config.mail_in, config.mail_senders, region)),
    )


def _webhooks(
    config: Config, database: Database, clock: Clock, keyring: Keyring
) -> tuple[Webhooks, WebhookWorker]:
    """Webhooks for the API, and who tells them. Events are described by the queue, which they are about."""
    sender = Sender(config.webhooks, clock)
    webhooks = Webhooks(database, clock, keyring, config.webhooks, sender)
    worker = WebhookWorker(database, clock, keyring, config.webhooks, sender, tell, webhooks.positions)
    return webhooks, worker
