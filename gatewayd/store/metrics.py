"""What the store tells Prometheus."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from prometheus_client import Gauge, Histogram

group_members = Histogram(
    "gatewayd_store_group_members",
    "Transactions that shared one COMMIT",
    buckets=(1, 2, 4, 8, 16, 32, 64),
)
transaction_seconds = Histogram(
    "gatewayd_store_transaction_seconds",
    "Seconds from BEGIN to after COMMIT of a group of transactions, waiting for the disk included",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
database_bytes = Gauge(
    "gatewayd_store_database_bytes",
    "Size of the database file and its write-ahead log",
)


def watch_size(path: Path) -> None:
    """Let ``database_bytes`` tell of this database, whenever it is asked for."""
    database_bytes.set_function(lambda: _size(path) + _size(path.with_name(path.name + "-wal")))


def _size(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_size
    return 0.0
