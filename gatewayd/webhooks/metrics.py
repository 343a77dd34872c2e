"""What Prometheus sees of webhooks. No label names one: there may be any number, and pages show each."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from gatewayd.webhooks.outcome import Outcome

deliveries = Counter("gatewayd_webhook_deliveries_total", "Tries to tell a webhook, by result.", ["result"])
for _outcome in Outcome:
    # There from the start: an alert on a rate needs a first value.
    deliveries.labels(_outcome)
seconds = Histogram(
    "gatewayd_webhook_seconds",
    "From the look-up of the receiver's name to the end of its answer, of the tries that it took.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30),
)
died = Counter("gatewayd_webhook_given_up_total", "Events that were given up after their last try.")
disabled = Counter(
    "gatewayd_webhook_disabled_total", "Webhooks disabled by themselves: failing for days, or 410 Gone."
)
webhooks = Gauge("gatewayd_webhooks", "Webhooks by how they fare.", ["condition"])
pending = Gauge(
    "gatewayd_webhook_pending_events",
    "Events that enabled webhooks have before them, at most: some may be none of theirs.",
)
dead_letters = Gauge("gatewayd_webhook_dead_letters", "Dead letters that wait for a person.")
oldest_seconds = Gauge(
    "gatewayd_webhook_oldest_undelivered_seconds",
    "Age of the oldest event that an enabled webhook has not been told of.",
)
