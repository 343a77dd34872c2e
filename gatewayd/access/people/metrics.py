"""What Prometheus sees of people."""

from __future__ import annotations

from prometheus_client import Gauge

open_sessions = Gauge("gatewayd_sessions_open", "Sessions of people that are not over.")
