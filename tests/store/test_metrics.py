"""What the store tells Prometheus of its files and its disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from gatewayd.store.metrics import watch_size


def gauge(name: str) -> float:
    value = REGISTRY.get_sample_value(f"gatewayd_store_{name}")
    assert value is not None
    return value


def test_sizes_are_those_of_the_files_and_of_their_disk(tmp_path: Path) -> None:
    database = tmp_path / "gatewayd.db"
    database.write_bytes(bytes(1000))
    database.with_name("gatewayd.db-wal").write_bytes(bytes(200))
    watch_size(database)
    assert (gauge("database_bytes"), gauge("wal_bytes")) == (1200, 200)
    assert gauge("disk_bytes") == shutil.disk_usage(tmp_path).total
    assert 0 < gauge("disk_free_bytes") < gauge("disk_bytes")


def test_disk_that_can_not_be_asked_costs_no_other_metric(tmp_path: Path) -> None:
    watch_size(tmp_path / "gone" / "gatewayd.db")
    assert gauge("disk_free_bytes") == pytest.approx(float("nan"), nan_ok=True)
    assert gauge("database_bytes") == 0
