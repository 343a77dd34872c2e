"""What the store tells Prometheus."""

from __future__ import annotations

import math
import shutil
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


wal_bytes = Gauge("gatewayd_store_wal_bytes", "Size of the write-ahead log alone")
disk_free_bytes = Gauge("gatewayd_store_disk_free_bytes", "Free space where the database is, for its user")
disk_bytes = Gauge("gatewayd_store_disk_bytes", "Size of the file system where the database is")
full = Gauge("gatewayd_store_full", "1 while the disk is full, so that nothing is accepted or sent")


def watch_size(path: Path) -> None:
    """Let the gauges of sizes tell of this database, whenever they are asked for."""
    wal = path.with_name(path.name + "-wal")
    database_bytes.set_function(lambda: _size(path) + _size(wal))
    wal_bytes.set_function(lambda: _size(wal))
    disk_free_bytes.set_function(lambda: _disk(path)[1])
    disk_bytes.set_function(lambda: _disk(path)[0])


def _disk(path: Path) -> tuple[float, float]:
    """Size and free space of the file system, in bytes; NaN where it can't be had."""
    try:
        usage = shutil.disk_usage(path.parent)
    except OSError:
        return math.nan, math.nan
    return usage.total, usage.free


def _size(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_size
    return 0.0
