"""The shape of the code: who imports whom, how large files get, and what is not loaded at start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gatewayd"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_MODULE = 400  # lines
#: Cost tens of MiB or are needed by few: imported where they are used, never at start.
HEAVY = ["alembic", "gammu", "openpyxl", "psycopg", "pykeepass", "holidays", "babel", "jinja2", "segno"]
#: The process runs on trio alone.
FOREIGN = ["trio_asyncio", "uvloop", "aiohttp"]


def entry_points() -> list[str]:
    """What a start of the daemon imports, outermost last; those that exist."""
    names = ["gatewayd", "gatewayd.http.server", "gatewayd.api.app", "gatewayd.config", "gatewayd.supervisor"]
    return [
        name
        for name in names
        if (path := ROOT / name.replace(".", "/")).with_suffix(".py").exists()
        or (path / "__init__.py").exists()
    ]


def test_imports_go_only_the_ways_that_the_contracts_allow() -> None:
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_no_longer_than_a_person_reads_at_once(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("name", entry_points())
def test_start_loads_nothing_heavy(name: str) -> None:
    script = f"import sys, {name}; print(*(set({HEAVY + FOREIGN}) & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
