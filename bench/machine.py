"""What the figures depend on: the machine, and how fast its disk says that it has written."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from pathlib import Path

_WRITES = 500


def facts(directory: Path) -> dict[str, str]:
    """The machine in words; ``directory`` lies on the disk that is measured."""
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "system": _system(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "fdatasync": f"{_fdatasync(directory):.0f} µs (median for 4 KiB appended)",
        "load average": ", ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.platform()
    return f"{release.get('PRETTY_NAME', 'Linux')}, Linux {platform.release().split('-')[0]}"


def _fdatasync(directory: Path) -> float:
    """Median of writing 4 KiB to disk, in microseconds."""
    taken: list[float] = []
    path = directory / "fdatasync"
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for index in range(_WRITES):
            began = time.perf_counter()
            os.pwrite(file, bytes(4096), 4096 * index)
            os.fdatasync(file)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(file)
        path.unlink()
    return 1e6 * statistics.median(taken)
