"""What a modem receives, taken in on the database (``modem.ports.Mailbox``)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from gatewayd.clock import Clock
from gatewayd.modem.ports import ModemStatus
from gatewayd.queue import doubt, metrics
from gatewayd.queue.owed import Owed
from gatewayd.queue.receiving import take_message
from gatewayd.queue.records import turns
from gatewayd.queue.reports import follow_up, take_report
from gatewayd.queue.submitting import persistently
from gatewayd.queue.wishes import DEFAULT, Rules
from gatewayd.sms.faults import Fault
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)


def _default() -> Rules:
    return DEFAULT


class DatabaseMailbox:
    """Received messages, status reports and late answers, each one transaction."""

    def __init__(
        self, database: Runner, owed: Owed, clock: Clock, rules: Callable[[], Rules] = _default
    ) -> None:
        """``rules`` tells how received messages are understood at that moment."""
        self._database = database
        self._owed = owed
        self._clock = clock
        self._rules = rules

    async def message(self, modem: ModemStatus, octets: bytes) -> None:
        """Take in a received message part; see ``Mailbox.message``."""
        await self._database.run(
            partial(take_message, rules=self._rules()),
            modem.name,
            modem.iccid,
            octets,
            self._clock.now(),
            lane=Lane.CLAIM,
        )

    async def report(self, modem: ModemStatus, octets: bytes) -> None:
        """Take in a status report; see ``Mailbox.report``."""
        await self._database.run(
            take_report, modem.name, modem.iccid, octets, self._clock.now(), lane=Lane.CLAIM
        )

    async def late(
        self, modem: ModemStatus, stamp: float | None, mr: int | None, fault: Fault | None
    ) -> None:
        """Take in a late answer: +CMGS proves that the part was sent; an error this late proves nothing."""
        claimed = None if stamp is None else self._owed.pop(modem.name, stamp)
        log.info(
            "message.late_answer", modem=modem.name, known=claimed is not None, fault=fault and fault.name
        )
        if claimed is None or fault is not None:
            return
        metrics.late_answers.labels(modem.name).inc()
        # The modem says it once: it must not get lost to a full disk.
        await persistently(self._database, _confirm, claimed.message.seq, claimed.part, mr, self._clock.now())

    async def storage(self, modem: ModemStatus, memory: str, used: int, total: int) -> None:
        """How full a memory is: the modem side has its gauge and alarm; here nothing is owed."""


def _confirm(tx: Tx, seq: int, part: int, mr: int | None, at: datetime) -> None:
    row = turns.load.first(tx, {"seq": seq})
    if row is not None:
        doubt.settle_part(tx, row, part, mr, at)
        # Whatever its TP-MR: while that was unknown, the reports of others may have been its own as well.
        follow_up(tx, seq, at)
