"""What the reports of its parts make of a message: DELIVERED, UNDELIVERED, or nothing yet.

DELIVERED takes every part. One part that never arrives is enough for UNDELIVERED, at once: the handset can't put the
message together without it, whatever becomes of the others.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd.message import State
from gatewayd.queue.lifecycle import move
from gatewayd.queue.matching import zone_error
from gatewayd.queue.records import reports as records
from gatewayd.sms.reports import Delivery, status_text
from gatewayd.store.transaction import Tx


def conclude(tx: Tx, row: Any, at: datetime) -> None:
    """Take the message ``row`` (as loaded in this transaction) on, where it is SENT and its reports say enough."""
    if row.state != State.SENT:
        return
    reports = records.reports_of.all(tx, {"message_seq": row.seq})
    failed = [report for report in reports if report.report == Delivery.FAILED]
    if failed:
        status = failed[0].report_status
        facts: dict[str, Any] = {"error": f"TP-ST 0x{status:02X}", "error_text": status_text(status)}
        move(tx, row, State.UNDELIVERED, at, **facts)
    elif len(reports) == row.parts and all(report.report == Delivery.DELIVERED for report in reports):
        move(tx, row, State.DELIVERED, at, delivered_at=max(report.reported_at for report in reports))


def handset_time(report: Any, armed_at: datetime) -> datetime:
    """When the handset got the part, or the service centre last tried, by our clock.

    That is TP-DT without the error of the service centre's zone, as TP-SCTS shows it; never before the part was
    submitted nor after the report came.
    """
    received: datetime = report.received_at
    if report.scts is None or report.discharged is None:
        return received
    stated: datetime = report.discharged - zone_error(report.scts, armed_at)
    return min(max(stated, armed_at), received)
