"""Which other program has a device open, so that a person can be told whom to stop. Linux: /proc."""

from __future__ import annotations

import os
from pathlib import Path


def holder_of(device: Path) -> str | None:
    """Name and process id of another process that has ``device`` open (``ModemManager (pid 812)``), if it can be seen.

    Other users' processes show their files to root only, so None doesn't mean that there is none.
    """
    target = str(device.resolve())
    own = str(os.getpid())
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != own and _has_open(process, target):
            return f"{_name(process)} (pid {process.name})"
    return None


def _has_open(process: Path, target: str) -> bool:
    try:
        # os.scandir and readlink: this looks at thousands of links, and pathlib takes five times as long.
        with os.scandir(process / "fd") as descriptors:
            return any(os.readlink(descriptor.path) == target for descriptor in descriptors)  # noqa: PTH115
    except OSError:
        # Another user's, or it has ended meanwhile.
        return False


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a program"
