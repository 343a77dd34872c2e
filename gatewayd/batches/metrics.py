"""What managed batches count."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

open_batches = Gauge("gatewayd_batches_open", "Managed batches that are not over, by state", ["state"])
rows_checked = Counter(
    "gatewayd_batch_rows_checked_total", "Rows of managed batches checked, by verdict", ["verdict"]
)
rows_submitted = Counter(
    "gatewayd_batch_rows_submitted_total", "Rows of managed batches that became messages"
)
