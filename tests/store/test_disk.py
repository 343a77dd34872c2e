"""A disk that is really full, and one that really fails: each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatewayd.clock import SystemClock
from gatewayd.store.database import open_database
from gatewayd.store.settings import StoreSettings
from tests.store.conftest import texts

PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[2]


def result_of(command: list[str | Path]) -> Any:
    """Run a program to its end and return the JSON of its last line."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def needs(*command: str) -> None:
    """Skip (in CI: fail) where this can't be run here."""
    if shutil.which(command[0]) is None or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip(f"needs `{' '.join(command)}` to work")


def test_full_disk_refuses_submits_keeps_outcomes_and_recovers_when_there_is_space(tmp_path: Path) -> None:
    # A mount name space of its own: nothing stays mounted. Who isn't root needs a user name space for it.
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    needs(*alone, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path))
    assert result_of([*alone, sys.executable, PROGRAMS / "full_disk.py", tmp_path]) == {
        "accepted": True,
        "full_before_outcomes": True,
        "full_after_outcomes": True,
        "refused_while_full": True,
        "full_at_end": False,
        "nothing_lost": True,
    }


@pytest.mark.parametrize(
    ("call", "when", "suffix"),
    [
        # Past the opening and some commits, then at every call: a disk that is gone doesn't come back.
        ("fdatasync", "100+", "-wal"),
        ("pwrite64", "400+", "-wal"),
        # Once, at a checkpoint, where SQLite by itself would hide it: the fsync of the database file.
        ("fdatasync", "3", ""),
    ],
)
async def test_failing_disk_refuses_everybody_and_keeps_what_was_accepted(
    tmp_path: Path, call: str, when: str, suffix: str
) -> None:
    needs("strace", "-o", "/dev/null", "true")
    path = tmp_path / "failing.db"
    inject = f"inject={call}:error=EIO:when={when}"
    only = ["-P", f"{path}{suffix}"]
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", *only, "-e", f"trace={call}", "-e", inject]
    said = result_of([*strace, sys.executable, PROGRAMS / "failing_disk.py", path])
    assert said["caller"] == said["later_caller"] == "StorageFailed"
    assert "disk I/O error" in said["supervisor"]
    async with open_database(
        StoreSettings(url=f"sqlite:///{path}", reserve_mib=0), clock=SystemClock()
    ) as database:
        found = await database.read(texts)
    # The one whose COMMIT failed is in doubt: it may be there or not.
    assert len(found) - said["accepted"] in {0, 1}
