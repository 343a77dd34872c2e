"""Options that several commands have, and where the configuration is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewayd.errors import GatewaydError

if TYPE_CHECKING:
    from gatewayd.config import Config

#: Where the package for a server puts it.
DEFAULT_CONFIG = Path("/etc/gatewayd/gatewayd.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="GATEWAYD_CONFIG",
        help=f"The configuration; without it {DEFAULT_CONFIG}, where that exists.",
    ),
]
SocketOption = Annotated[
    Path | None, typer.Option("--socket", help="The running gatewayd's Unix socket, instead of --config.")
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="GATEWAYD_URL",
        help="A gatewayd's address, as in https://sms.example.org; needs --token.",
    ),
]
TokenOption = Annotated[
    str | None, typer.Option("--token", envvar="GATEWAYD_TOKEN", help="The token for --url.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the audit.")]


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd])?", re.ASCII)


class Misused(GatewaydError):
    """The command was called wrongly."""

    code = "usage"


def seconds(text: str) -> int:
    """A duration such as ``90s``, ``30m``, ``24h``, ``7d`` or ``0``, in seconds. Raises Misused."""
    found = _DURATION.fullmatch(text)
    if found is None or (found["unit"] is None and int(found["number"])):
        raise Misused(f"{text!r} is no duration, such as 90s, 30m, 24h or 7d")
    return int(found["number"]) * _UNITS.get(found["unit"], 0)


def config_path(given: Path | None) -> Path:
    """The file to read. Raises Misused where none is named and none lies in the usual place."""
    if given is not None:
        return given
    if DEFAULT_CONFIG.exists():
        return DEFAULT_CONFIG
    raise Misused(
        f"name the configuration with --config FILE or GATEWAYD_CONFIG: there is no {DEFAULT_CONFIG}"
    )


def read_config(given: Path | None) -> Config:
    """The configuration. Raises Misused and ConfigError."""
    from gatewayd.config import load

    return load(config_path(given))
