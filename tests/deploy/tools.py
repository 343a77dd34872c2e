"""Debian's programs that judge what we ship for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def needed(name: str) -> str:
    """Where a program is; without it the test is skipped, which in CI is a failure."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: tools/debian-packages.sh prometheus prometheus-alertmanager")
    return found


def run(program: str, *arguments: str | Path, stdin: str | None = None) -> str:
    """What the program prints; a failure of it is one of the test."""
    done = subprocess.run(
        [needed(program), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
