"""What Prometheus sees of the modems."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from gatewayd.modem.ports import Outcome

UP = Gauge("gatewayd_modem_up", "1 while the modem is set up and answers", ["modem"])
REGISTERED = Gauge(
    "gatewayd_modem_registered", "1 while the modem is registered on a network it may use", ["modem"]
)
SIGNAL = Gauge("gatewayd_modem_signal_dbm", "Received signal strength in dBm; NaN where unknown", ["modem"])
COMMANDS = Counter("gatewayd_modem_commands_total", "AT commands by outcome", ["modem", "outcome"])
SUBMIT_SECONDS = Histogram(
    "gatewayd_modem_submit_seconds",
    "From Ctrl-Z to the answer, by outcome",
    ["modem", "outcome"],
    # The radio's own timer ends at 35 to 45 s, the last of its repeats at 180 s (3GPP TS 24.011 §10.1).
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 15, 30, 45, 60, 120, 180, 420),
)
STORAGE_USED = Gauge(
    "gatewayd_modem_storage_used", "Messages in a memory of the modem or its SIM", ["modem", "memory"]
)
STORAGE_CAPACITY = Gauge(
    "gatewayd_modem_storage_capacity", "Messages that such a memory can hold", ["modem", "memory"]
)
RECEIVED = Counter(
    "gatewayd_modem_received_total",
    "Received messages and status reports, by how they came",
    ["modem", "kind", "way"],
)
RESETS = Counter("gatewayd_modem_resets_total", "Rungs of the reset ladder that were used", ["modem", "rung"])


def observe_submit(modem: str, outcome: Outcome) -> None:
    """Record how long an answer took; only of a submit whose 0x1A was written."""
    SUBMIT_SECONDS.labels(modem, type(outcome).__name__.lower()).observe(outcome.seconds)
