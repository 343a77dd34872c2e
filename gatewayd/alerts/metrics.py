"""What Prometheus sees of the alerts."""

from __future__ import annotations

from prometheus_client import Counter

notifications = Counter(
    "gatewayd_alert_notifications_total",
    "Notifications of Alertmanager, by on-call list and by what became of them.",
    ["list", "result"],
)
unmatched = Counter(
    "gatewayd_alert_notifications_unmatched_total",
    "Notifications of Alertmanager that no on-call list takes.",
)
