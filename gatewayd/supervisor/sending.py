"""The side of the modems: what takes messages, sends them, and receives others."""

from __future__ import annotations

from dataclasses import dataclass

from gatewayd.batches.erasing import erase as erase_rows
from gatewayd.clock import Clock
from gatewayd.config import Config
from gatewayd.modem.pool import Pool
from gatewayd.queue.journal import DatabaseJournal
from gatewayd.queue.mailbox import DatabaseMailbox
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.retention import Retention
from gatewayd.queue.scheduler import ModemTerms, Scheduler
from gatewayd.queue.service import Queue
from gatewayd.queue.signals import SignalLog
from gatewayd.sealing import Keyring
from gatewayd.store.database import Database
from gatewayd.supervisor.rules import admission_of, routing_of


@dataclass(frozen=True, slots=True)
class Sending:
    """The modems, the queue, and who works on what they leave behind."""

    pool: Pool
    scheduler: Scheduler
    queue: Queue
    signals: SignalLog
    retention: Retention
    region: str
    """Where numbers without a country code belong, as ``ES``."""


def make_sending(config: Config, database: Database, clock: Clock, keyring: Keyring) -> Sending:
    """Make them, with the mailbox that the modems' messages go to."""
    pool = Pool(config.modems, journal=DatabaseJournal(database, clock), clock=clock)
    scheduler = Scheduler(
        database,
        pool,
        clock,
        settings=config.queue,
        quotas=config.quotas,
        routing=routing_of(config),
        modems=[ModemTerms(modem.name, modem.interval, modem.reports == "ask") for modem in config.modems],
    )
    admission = admission_of(config)
    pseudonyms = Pseudonyms(database, clock, keyring)
    queue = Queue(database, scheduler, admission, pool, clock, config.queue, pseudonyms)
    queue.eraser.elsewhere.append(erase_rows)
    pool.deliver_to(DatabaseMailbox(database, scheduler.owed, clock, queue.receiving_rules))
    return Sending(
        pool=pool,
        scheduler=scheduler,
        queue=queue,
        signals=SignalLog(database, pool, clock),
        retention=Retention(database, clock, config.retention, pseudonyms),
        region=admission.region,
    )
