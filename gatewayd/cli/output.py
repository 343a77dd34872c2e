"""How results are printed: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

#: Columns where the output is no terminal, so that nothing is cut off.
_WIDE = 200


def print_json(value: Any) -> None:
    """Print ``value`` as indented JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print rows under their columns' names, or the sentence ``empty``."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = list(rows)
    if not listed:
        print(empty)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        # Text, not str: a message may hold what rich takes for mark-up.
        table.add_row(*(Text(words(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def print_fields(values: Mapping[str, object]) -> None:
    """Print one thing, a field a line; those without a value are left out."""
    width = max(map(len, values), default=0)
    for name, value in values.items():
        if value not in (None, "", [], False):
            print(f"{name.replace('_', ' '):<{width}}  {words(value)}")


def words(value: object) -> str:
    """A value as a person reads it; times in the machine's own zone."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(map(words, value))
        case str():
            return (
                _local_time(value) if len(value) > 19 and value[10:11] == "T" else value.replace("\n", " ⏎ ")
            )
        case _:
            return str(value)


def _local_time(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return text
