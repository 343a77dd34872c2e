"""Delivery reports for tests of the queue, and what is counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import REGISTRY

from gatewayd.modem.simulator.deliveries import encode_report
from gatewayd.queue.records import reports as records
from gatewayd.queue.reports import take_report
from gatewayd.queue.service import Queue

from .conftest import Setup

LONG = "abcdefghij" * 40
TO = "+34600000001"
HANDSET, STILL_TRYING, EXPIRED = 0x00, 0x22, 0x46


def report(
    setup: Setup,
    mr: int,
    status: int = HANDSET,
    *,
    to: str = TO,
    sent: datetime | None = None,
    sim: str | None = "",
) -> None:
    """A report comes to phone1, of a part that the service centre got at ``sent`` (now unless given)."""
    octets = encode_report(mr=mr, to=to, smsc="+34609090909", at=sent or setup.clock.now(), status=status)
    iccid = setup.air.status("phone1").iccid if sim == "" else sim
    setup.database.transact(take_report, "phone1", iccid, octets, setup.clock.now())


def counted(result: str) -> float:
    labels = {"modem": "phone1", "result": result}
    return REGISTRY.get_sample_value("gatewayd_reports_total", labels) or 0.0


def waiting(setup: Setup) -> int:
    iccid = setup.air.status("phone1").iccid
    values = {"sim": iccid, "mr": None, "lately": setup.clock.now()}
    return len(setup.database.transact(records.waiting.all, values))


async def kinds(queue: Queue, name: str) -> Sequence[str]:
    return [change.kind.removeprefix("message.") for change in (await queue.detail(None, name)).timeline]
