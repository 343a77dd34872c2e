"""Files that commands are given: TOML or JSON, by their names; - is JSON from standard input."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from gatewayd.cli.options import Misused


def read_octets(path: Path) -> bytes:
    """All of a file. Raises Misused where it can't be read."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise Misused(f"{path} can't be read: {error.strerror}") from None


def read_table(path: Path) -> dict[str, Any]:
    """What a file says. Raises Misused where it can't be read, or is neither a TOML nor a JSON table."""
    octets = read_octets(path)
    try:
        text = octets.decode()
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        raise Misused(f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise Misused(f"{path} must hold an object, with keys")
    return found


def pairs(given: list[str] | None) -> dict[str, str]:
    """What ``name=value`` options say. Raises Misused for one without =."""
    found = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals:
            raise Misused(f"{each!r} must be written as name=value")
        found[name] = value
    return found
