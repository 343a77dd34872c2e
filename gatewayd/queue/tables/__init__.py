"""The queue's tables. Private to this package; migrations repeat them step by step."""

from gatewayd.queue.tables.messages import (
    attempt,
    backlog,
    batch,
    idempotency,
    message,
    message_type,
    part,
    spending,
)
from gatewayd.queue.tables.receiving import inbox, inbox_part, opt_out, status_report
from gatewayd.queue.tables.steering import (
    halt,
    modem_mode,
    modem_reset,
    pace,
    pin_try,
    quota_slot,
    signal,
    sim,
)
from gatewayd.queue.tables.wiping import pseudonym_key, tombstone, wiping

__all__ = [
    "attempt",
    "backlog",
    "batch",
    "halt",
    "idempotency",
    "inbox",
    "inbox_part",
    "message",
    "message_type",
    "modem_mode",
    "modem_reset",
    "opt_out",
    "pace",
    "part",
    "pin_try",
    "pseudonym_key",
    "quota_slot",
    "signal",
    "sim",
    "spending",
    "status_report",
    "tombstone",
    "wiping",
]
