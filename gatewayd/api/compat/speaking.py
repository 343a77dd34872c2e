"""The calls of those APIs of others that are switched on."""

from __future__ import annotations

from gatewayd.api.compat.settings import CompatSettings
from gatewayd.api.operation import Operation


def operations(settings: CompatSettings) -> tuple[Operation, ...]:
    """Return their rows of the route table; the modules of what is off are not even loaded."""
    rows: list[Operation] = []
    if settings.kannel:
        from gatewayd.api.compat.kannel import sendsms

        rows += sendsms.OPERATIONS
    if settings.smsgate:
        from gatewayd.api.compat.smsgate import messages as smsgate
        from gatewayd.api.compat.smsgate import surroundings, webhooks

        rows += (*smsgate.OPERATIONS, *surroundings.OPERATIONS, *webhooks.OPERATIONS)
    if settings.twilio:
        from gatewayd.api.compat.twilio import messages as twilio

        rows += twilio.OPERATIONS
    return tuple(rows)
