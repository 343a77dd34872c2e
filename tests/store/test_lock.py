from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatewayd.store.lock import DatabaseLocked, held

HOLD = """
import sys
from pathlib import Path
from gatewayd.store.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_lock_held_by_another_process_names_its_pid_and_is_free_once_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseLocked, match=f"in use by process {holder.pid} "), held(path):
            pass
        holder.kill()
    with held(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_lock_is_free_again_after_its_scope(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    for _ in range(2):
        with held(path):
            pass
