"""The result as a Markdown table that is readable as it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.line import Line

_HEAD = ("what", "best peer", "target", "ours", "met", "remark")
_WORDS = {True: "yes", False: "NO", None: ""}

HOW_TO_READ = """\
All of it is measured in one run with real processes: `gatewayd serve` on SQLite with synchronous=FULL, `gatewayd
simulate` as the modem on a pty, HTTP over loopback. What was sent, and when, is read from the simulator's ledger.
Load generator, daemon and simulator share the machine's cores. Best peer: gammu-smsd 1.42, smstools 3.1 and Kannel
1.4.5 on a machine with 2 cores, by default / tuned by hand. A figure without a target is there for comparison."""


def render(lines: Sequence[Line], facts: Mapping[str, str]) -> str:
    """The table, the machine, and how to read both."""
    rows = [_HEAD] + [
        (line.what, line.peer, line.target, line.ours, _WORDS[line.met], line.remark) for line in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    rules = tuple("-" * width for width in widths)
    table = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (rows[0], rules, *rows[1:])
    ]
    machine = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return "\n".join([*table, "", f"Machine: {machine}.", "", HOW_TO_READ])
