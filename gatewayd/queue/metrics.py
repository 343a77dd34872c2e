"""What Prometheus sees of the queue."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from gatewayd.message import FINAL_STATES, State
from gatewayd.queue.prefixes import Prefixes

accepted = Counter("gatewayd_messages_accepted_total", "Messages accepted.", ["priority"])
refused = Counter(
    "gatewayd_messages_refused_total",
    "Requests that were refused because of a limit of their client, by reason.",
    ["client", "reason"],
)
settled = Counter(
    "gatewayd_messages_settled_total",
    "Messages that came to a state other than queued or sending, by the beginning of the recipient's number.",
    ["state", "prefix"],
)
outcomes = Counter("gatewayd_submits_total", "Submits by outcome.", ["modem", "outcome"])
submit_seconds = Histogram(
    "gatewayd_submit_seconds",
    "From 0x1A to the modem's answer.",
    ["modem"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 120, 180),
)
turnaround_seconds = Histogram(
    "gatewayd_turnaround_seconds",
    "From the claim of a part to its 0x1A, waiting for the pace included.",
    ["modem"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
withdrawn = Counter(
    "gatewayd_withdrawn_total", "Claims taken back before 0x1A, by reason.", ["modem", "reason"]
)
waiting = Gauge("gatewayd_messages_waiting", "Messages queued or being sent.", ["priority"])
waiting_parts = Gauge("gatewayd_parts_waiting", "Parts of the messages that wait.", ["priority"])
oldest_seconds = Gauge(
    "gatewayd_oldest_waiting_seconds", "Age of the oldest message that could go now.", ["priority"]
)
client_waiting = Gauge(
    "gatewayd_client_parts_waiting", "Parts of the client's messages that wait.", ["client"]
)
client_spent = Gauge(
    "gatewayd_client_money_spent", "What the client's parts of this month (UTC) cost.", ["client"]
)
in_doubt = Gauge("gatewayd_messages_in_doubt", "Messages of which nobody knows whether they were sent.")
late_answers = Counter("gatewayd_late_answers_total", "Late +CMGS that settled a doubt.", ["modem"])
halted = Gauge("gatewayd_halted", "1 while the queue is halted and a person has to look.")
interval = Gauge("gatewayd_modem_interval_seconds", "Configured least time between two submits.", ["modem"])
quota = Gauge("gatewayd_quota_parts", "Configured most parts in a window.", ["scope", "window_seconds"])
retention_ran = Gauge(
    "gatewayd_retention_last_run_timestamp_seconds",
    "When what is kept no longer was last wiped (Unix time).",
)
wiped = Counter("gatewayd_wiped_total", "Texts and numbers that were wiped because of their age.", ["what"])
modem_mode = Gauge("gatewayd_modem_mode", "1 for the mode that the modem is in.", ["modem", "mode"])
received = Counter("gatewayd_received_total", "Messages received, put together.", ["modem"])
received_again = Counter(
    "gatewayd_received_again_total", "Received parts that had been received before.", ["modem"]
)
modem_failing = Gauge("gatewayd_modem_failing", "Faults of SIM, modem or network in a row.", ["modem"])
modem_resting = Gauge(
    "gatewayd_modem_resting", "1 while the modem rests by itself after such faults.", ["modem"]
)
reports = Counter("gatewayd_reports_total", "Delivery reports by what became of them.", ["modem", "result"])
report_seconds = Histogram(
    "gatewayd_report_seconds",
    "From 0x1A to the delivery report.",
    ["modem"],
    buckets=(2, 3, 5, 10, 20, 30, 60, 120, 300, 900, 3600, 4 * 3600, 86_400, 3 * 86_400),
)

_SETTLED = FINAL_STATES | {State.SENT, State.IN_DOUBT}
_prefixes = Prefixes()
_begun: set[str] = set()


def count_by(prefixes: Iterable[str]) -> None:
    """Let ``settled`` count these beginnings of numbers by themselves, and all others by country code."""
    global _prefixes
    _prefixes = Prefixes(prefixes)
    _begun.clear()


def count_settled(state: State, recipient: str) -> None:
    """Count a message to ``recipient`` (E.164) that has come to ``state``."""
    prefix = _prefixes.of(recipient)
    if prefix not in _begun:
        # All from 0 on: Prometheus can't see the first increase of a series that begins with it.
        _begun.add(prefix)
        for possible in _SETTLED:
            settled.labels(possible, prefix)
    settled.labels(state, prefix).inc()
