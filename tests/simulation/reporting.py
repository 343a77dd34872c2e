"""Status reports as a service centre writes them (3GPP TS 23.040 §9.2.2.3)."""

from __future__ import annotations

from datetime import datetime

from gatewayd.sms.address import encode_number
from gatewayd.sms.timestamp import write_timestamp

_STATUS_REPORT = 0x02


def status_report(
    *, reference: int, recipient: str, scts: datetime, discharged: datetime, status: int
) -> bytes:
    """An SMS-STATUS-REPORT with an empty SMSC part."""
    return (
        bytes([0, _STATUS_REPORT, reference])
        + encode_number(recipient)
        + write_timestamp(scts)
        + write_timestamp(discharged)
        + bytes([status])
    )
