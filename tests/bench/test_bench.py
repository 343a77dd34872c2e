from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.line import judged, percentile
from bench.table import render

ROOT = Path(__file__).parents[2]


def test_figure_at_its_target_is_met_on_either_side() -> None:
    assert judged("rate", 250, "/s", least=250).met is True
    assert judged("rate", 249, "/s", least=250).met is False
    assert judged("delay", 15, "ms", most=15).met is True
    assert judged("delay", 16, "ms", most=15).met is False


def test_figure_without_a_target_is_neither_met_nor_missed() -> None:
    line = judged("rate", 1234, "/s", digits=0)
    assert (line.met, line.target, line.ours) == (None, "–", "1,234 /s")


def test_table_says_which_targets_are_missed() -> None:
    table = render([judged("delay", 16, "ms", most=15)], {"cores": "2"})
    assert "| delay | –         | ≤ 15 ms | 16.0 ms | NO  |" in table
    assert "Machine: cores: 2." in table


@pytest.mark.parametrize(("share", "expected"), [(0.5, 51), (0.99, 100), (1.0, 100)])
def test_percentile_of_a_hundred_is_one_of_them(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


@pytest.mark.slow
def test_quick_run_measures_a_real_daemon_and_writes_its_figures(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    command = [sys.executable, "-m", "bench", "--quick", "--only", "latency", "--json", str(result)]
    # The exit status tells whether the target was met, which on a busy machine proves nothing.
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert "enqueue on an idle gateway" in run.stdout, run.stderr
    (line,) = json.loads(result.read_text())["lines"]
    assert 0 < line["value"] < 60_000
