from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from .conftest import Run


def test_backup_is_a_sound_copy(run: Run, config: Path, tmp_path: Path) -> None:
    run("send", "-c", config, "+34600000001", "keep me")
    target = tmp_path / "copy.db"
    done = json.loads(run("db", "backup", "-c", config, target, "--json").output)
    assert done == {"target": str(target), "bytes": target.stat().st_size}
    copy = sqlite3.connect(target)
    assert copy.execute("SELECT text FROM message").fetchall() == [("keep me",)]
    copy.close()


def test_backup_never_overwrites(run: Run, config: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    result = run("db", "backup", "-c", config, target)
    assert result.status == 1
    assert "exists already" in result.errors
    assert target.read_text() == "precious"


def test_sound_database_is_called_so(run: Run, config: Path) -> None:
    assert run("db", "check", "-c", config).output == "the database is sound\n"


def test_row_that_refers_to_nothing_is_found(run: Run, config: Path, tmp_path: Path) -> None:
    run("token", "create", "-c", config, "--name", "shop", "--scope", "send")
    with sqlite3.connect(tmp_path / "gatewayd.db") as database:
        database.execute("UPDATE token SET client_id = 99")
    database.close()
    result = run("db", "check", "-c", config)
    assert (result.status, result.output) == (1, "row 1 of token refers to no row of client\n")


def test_resume_without_a_halt_fails(run: Run, config: Path) -> None:
    result = run("resume", "-c", config, "--reason", "looked at it")
    assert (result.status, result.errors) == (1, "gatewayd: the queue is not halted\n")
