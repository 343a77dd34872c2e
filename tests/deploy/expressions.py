"""What PromQL expressions ask for, found by their form: enough for ours, and no parser of the language."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

#: Series that Prometheus or its client library make.
FOREIGN: Mapping[str, frozenset[str]] = {
    name: frozenset()
    for name in (
        "up",
        "process_start_time_seconds",
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
    )
}
#: Labels that every series gets where it is scraped, or as an alert.
EVERYWHERE = frozenset({"job", "instance"})

_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", re.M)
_SELECTOR = re.compile(r"\b([a-z_]+)(?:\{([^}]*)\})?(?=[\s\[)<>=*/-]|$)")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")


@cache
def page() -> str:
    """The page of all metrics as the program would have it."""
    command = [sys.executable, "tools/metrics_page.py"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@cache
def known() -> dict[str, frozenset[str]]:
    """Every series that there can be, with its labels."""
    series: dict[str, frozenset[str]] = dict(FOREIGN)
    for name, kind, labels in _ROW.findall(page()):
        named = frozenset(re.findall(r"`(\w+)`", labels))
        if kind == "histogram":
            series |= {f"{name}_bucket": named | {"le"}, f"{name}_sum": named, f"{name}_count": named}
        else:
            series[name] = named | ({"version"} if kind == "info" else frozenset())
    return series


def selectors(expression: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each series that is asked for, with the labels that its matchers name."""
    for name, matchers in _SELECTOR.findall(_GROUPING.sub(" ", expression)):
        if name in known() or name.startswith("gatewayd_"):
            yield name, frozenset(_MATCHER.findall(matchers))


def groupings(expression: str) -> frozenset[str]:
    """The labels that series are grouped by."""
    return frozenset(label.strip() for inside in _GROUPING.findall(expression) for label in inside.split(","))


def objections(expression: str) -> list[str]:
    """What an expression asks for that there is not."""
    found = list(selectors(expression))
    if not found:
        return [f"no series in {expression}"]
    wrong = [f"there is no series {name}" for name, _ in found if name not in known()]
    wrong += [
        f"{name} has no label {label}"
        for name, labels in found
        for label in labels - known().get(name, frozenset()) - EVERYWHERE
    ]
    possible = frozenset().union(*(known().get(name, frozenset()) for name, _ in found)) | EVERYWHERE
    return wrong + [
        f"nothing in {expression} has a label {label}" for label in groupings(expression) - possible
    ]
