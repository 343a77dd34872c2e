"""``make bench``, or ``python -m bench [--only NAME…] [--quick] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import (
    accept,
    applications,
    batches,
    busy,
    client,
    cpu,
    history,
    isolation,
    latency,
    machine,
    memory,
    pace,
    pages,
    replug,
    rig,
    start,
    table,
    webhooks,
)
from bench.line import Line
from bench.setting import Setting

_Measure = Callable[[Setting], list[Line]]

#: In the order of the table.
_MEASURES: Mapping[str, _Measure] = {
    "busy-2s": busy.measure_slow,
    "busy-50ms": busy.measure_fast,
    "rate": busy.measure_rate,
    "latency": latency.measure,
    "cpu": cpu.measure,
    "start-10k": start.measure_ten_thousand,
    "start-1m": start.measure_million,
    "accept": accept.measure_single,
    "arrays": accept.measure_arrays,
    "applications": applications.measure,
    "batches": batches.measure,
    "history": history.measure,
    "pages": pages.measure,
    "memory": memory.measure_idle,
    "memory-1m": memory.measure_million,
    "replug": replug.measure,
    "isolation": isolation.measure,
    "webhooks": webhooks.measure,
    "pace": pace.measure,
}
#: They mostly wait, so they run side by side, before everything else.
_WAITING = ("busy-2s", "replug", "pace")
#: They need a database with a million messages, which takes a minute or two to build the first time.
_BIG = ("start-1m", "history", "pages", "memory-1m")
_RESULTS = Path("bench-results")


def main(arguments: Sequence[str]) -> int:
    """Measure, and print the table; the exit status is 1 where a target was missed."""
    options = _options(arguments)
    names = options.only or [name for name in _MEASURES if not (options.quick and name in _BIG)]
    _RESULTS.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=_RESULTS.absolute()))
    try:
        facts = machine.facts(directory)
        strangers = machine.Strangers()
        found = _run(names, Setting(directory, _RESULTS.absolute(), options.quick))
    finally:
        shutil.rmtree(directory)
    facts |= strangers.facts()
    lines = [line for name in _MEASURES for line in found.get(name, ())]
    print(table.render(lines, facts))
    if options.json is not None:
        result = {"machine": facts, "lines": [line.as_dict() for line in lines]}
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return int(any(line.met is False for line in lines))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=_MEASURES, metavar="NAME", help=f"of {', '.join(_MEASURES)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer repetitions, nothing with a million messages"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(arguments)


def _run(names: Sequence[str], setting: Setting) -> dict[str, list[Line]]:
    waiting = [name for name in names if name in _WAITING]
    found: dict[str, list[Line]] = {}
    if waiting:
        with ThreadPoolExecutor() as pool:
            found |= zip(waiting, pool.map(lambda name: _measure(name, setting), waiting), strict=True)
    for name in names:
        if name not in found:
            found[name] = _measure(name, setting)
    return found


def _measure(name: str, setting: Setting) -> list[Line]:
    began = time.monotonic()
    try:
        lines = _MEASURES[name](setting)
    except (rig.TooSlow, rig.Ended, client.Refused, OSError, subprocess.SubprocessError) as error:
        # One that can't be measured costs nobody else their figures, and is not met.
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        lines = [Line(name, "–", "", "failed", False, math.nan, str(error).splitlines()[0])]
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
