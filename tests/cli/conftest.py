from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from gatewayd.cli import main


@dataclass(frozen=True)
class Result:
    """What a command did."""

    status: int
    output: str
    errors: str


Run = Callable[..., Result]


class Terminal(io.StringIO):
    """A standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run a command in this process, as `gatewayd` would."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for name in ("GATEWAYD_CONFIG", "GATEWAYD_URL", "GATEWAYD_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path, stdin: str | Terminal = "") -> Result:
        monkeypatch.setattr(sys, "argv", ["gatewayd", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin)
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    yield run
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose daemon doesn't run: commands open its database themselves."""
    path = tmp_path / "gatewayd.toml"
    path.write_text(
        f'[store]\nurl = "sqlite:///{tmp_path}/gatewayd.db"\nreserve_mib = 0\n'
        f'[[modem]]\nname = "phone1"\nport = "{tmp_path}/ttyUSB0"\n'
    )
    return path
