"""What the figures depend on: the machine, and how fast its disk says that it has written."""

from __future__ import annotations

import os
import platform
import resource
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
    }


class Strangers:
    """How busy others keep the machine from now on: a shared one makes every figure worse."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._others = _busy() - _own()
        self._load = os.getloadavg()[0]

    def facts(self) -> dict[str, str]:
        """What they used, and the load average then and now."""
        seconds = time.monotonic() - self._began
        others = max(0.0, _busy() - _own() - self._others) / seconds
        return {
            "duration": f"{seconds:.0f} s",
            "other programs meanwhile": f"{others:.2f} cores busy",
            "load average": f"{self._load:.2f} before, {os.getloadavg()[0]:.2f} after",
        }


def _busy() -> float:
    """Seconds of CPU that all programs have used since the boot (proc_stat(5))."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    """Seconds of CPU that this process and those that it has started and waited for have used."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


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
