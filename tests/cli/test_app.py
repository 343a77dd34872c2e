from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gatewayd import __version__
from gatewayd.cli import options

from .conftest import Run


def test_version_is_printed(run: Run) -> None:
    assert run("--version").output == f"gatewayd {__version__}\n"


def test_call_without_a_command_shows_help(run: Run) -> None:
    result = run()
    assert result.status == 2
    assert "serve" in result.output


def test_unknown_option_is_wrong_usage(run: Run) -> None:
    result = run("messages", "list", "--colour")
    assert result.status == 2
    assert "--colour" in result.errors


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from gatewayd.cli.app import app\n"
        "heavy = {'trio', 'pydantic', 'sqlalchemy', 'httpx2', 'starlette', 'phonenumbers', 'structlog', 'alembic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_daemon_imports_nothing_that_it_rarely_needs() -> None:
    program = (
        "import sys; import gatewayd.supervisor\n"
        "rare = {'alembic', 'gammu', 'typer', 'httpx2', 'openpyxl', 'holidays'}\n"
        "print(sorted(rare & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_missing_configuration_is_wrong_usage(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(options, "DEFAULT_CONFIG", tmp_path / "none.toml")
    result = run("serve")
    assert result.status == 2
    assert result.errors.startswith("gatewayd: name the configuration with --config FILE or GATEWAYD_CONFIG")


def test_configuration_may_come_from_the_environment(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAYD_CONFIG", str(config))
    assert run("config", "check").output.startswith(f"{config} is right. Modems: phone1.")


def test_wrong_configuration_is_named_with_all_its_problems(run: Run, config: Path) -> None:
    config.write_text("[api]\nbnd = 1\n[stor]\n")
    result = run("serve", "--config", config)
    assert result.status == 2
    assert result.errors == (
        f"gatewayd: {config} has 2 problems:\n"
        "  stor: there is no such key; did you mean `store`?\n"
        "  api.bnd: there is no such key; did you mean `bind`?\n"
    )


def test_database_in_a_directory_that_is_missing_is_a_clear_error(run: Run, config: Path) -> None:
    config.write_text('[store]\nurl = "sqlite:////nowhere/gatewayd.db"')
    result = run("serve", "--config", config)
    assert result.status == 1
    assert "/nowhere/gatewayd.db.lock can't be opened: No such file or directory" in result.errors
    assert "Traceback" not in result.errors
