"""Alerts and notifications to test with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gatewayd.alerts.notification import Alert, Notification
from gatewayd.alerts.settings import OnCallSettings

BEGUN = datetime(2026, 1, 5, 7, 30, tzinfo=UTC)
GROUP = '{}/{team="db"}:{alertname="DiskFull"}'


def alert(
    name: str = "DiskFull",
    *,
    firing: bool = True,
    begun: datetime = BEGUN,
    summary: str = "",
    **labels: str,
) -> Alert:
    """An alert; its fingerprint follows from its labels, as Alertmanager's does."""
    labels = {"alertname": name, **labels}
    fingerprint = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return Alert(fingerprint, firing, begun, labels, {"summary": summary} if summary else {})


def notification(
    *alerts: Alert, receiver: str = "sms", group: str = GROUP, truncated: int = 0
) -> Notification:
    return Notification(receiver, group, alerts, truncated)


def on_call(name: str = "ops", **settings: Any) -> OnCallSettings:
    return OnCallSettings(name=name, **{"recipients": ("+34600000001",), **settings})
