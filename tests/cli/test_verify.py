from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gatewayd.store import lock
from gatewayd.store.checking import CheckPage
from gatewayd.store.transaction import Tx
from gatewayd.supervisor.verification import CHECKS

from .conftest import Run


@pytest.fixture
def database(run: Run, config: Path, tmp_path: Path) -> Path:
    """A database with a message, and with something in its audit."""
    run("token", "create", "-c", config, "--name", "shop", "--scope", "send")
    run("send", "-c", config, "+34600000001", "keep me")
    return tmp_path / "gatewayd.db"


def write(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def test_sound_database_is_called_so_and_left_as_it_is(run: Run, config: Path, database: Path) -> None:
    before = database.read_bytes()
    result = run("verify", "-c", config)
    assert result.status == 0
    assert result.output.startswith("the database is sound: 1 events, 1 messages; audit up to ")
    assert database.read_bytes() == before


def test_backup_is_verified_by_itself_and_nothing_is_left_beside_it(
    run: Run, config: Path, database: Path, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    copy = tmp_path / "backups" / "copy.db"
    run("db", "backup", "-c", config, copy)
    before = files(copy.parent)
    report = json.loads(run("verify", "--database", copy, "--json").output)
    assert (report["sound"], report["findings"], report["rows"]["messages"]) == (True, [], 1)
    assert files(copy.parent) == before


def flip(path: Path, old: bytes, new: bytes) -> None:
    octets = path.read_bytes()
    assert old in octets
    path.write_bytes(octets.replace(old, new))


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (lambda path: flip(path, b"keep me", b"keep mE"), "is not what was accepted"),
        (lambda path: write(path, "DELETE FROM message"), "and is gone"),
        (lambda path: write(path, "DELETE FROM event"), "event 1 is missing"),
        (
            lambda path: write(path, "DROP TRIGGER audit_refuses_update", "UPDATE audit SET actor = 'eve'"),
            "audit row 1 was changed",
        ),
        (lambda path: write(path, "UPDATE token SET client_id = 9"), "refers to no row of client"),
        (
            lambda path: write(path, "UPDATE event SET subject = CAST(x'ff' AS TEXT)"),
            "event number 1 can't be read",
        ),
        (lambda path: write(path, "INSERT INTO modem_mode VALUES ('a', 'b', NULL, '', 0)"), "is 'b'"),
    ],
    ids=["flipped bit", "lost message", "gap", "audit", "reference", "no text", "steering"],
)
def test_damage_is_found_and_fails(
    run: Run, config: Path, database: Path, tmp_path: Path, damage: Callable[[Path], None], finding: str
) -> None:
    copy = tmp_path / "copy.db"
    run("db", "backup", "-c", config, copy)
    damage(copy)
    result = run("verify", "--database", copy)
    assert result.status == 1
    assert finding in result.output


def test_check_that_ends_in_an_error_hides_no_finding_of_another(
    run: Run, config: Path, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(tx: Tx, cursor: str) -> CheckPage:
        raise LookupError("nobody has thought of that")

    monkeypatch.setitem(CHECKS, "accepted", fails)  # type: ignore[arg-type] # final, but for this
    copy = tmp_path / "copy.db"
    run("db", "backup", "-c", config, copy)
    write(copy, "UPDATE sqlite_sequence SET seq = 7 WHERE name = 'event'", "UPDATE message SET priority = 9")
    result = run("verify", "--database", copy)
    assert result.status == 1
    found = result.output.splitlines()
    assert found[0] == "events 2 to 7 are missing"
    assert found[1] == "accepted: not checked to its end: LookupError: nobody has thought of that"
    assert found[2].endswith("its priority is 9")
    assert found[3].startswith("3 findings: ")


def test_finding_about_what_can_not_be_read_does_not_repeat_it(
    run: Run, config: Path, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    run("db", "backup", "-c", config, copy)
    flip(copy, b"keep me", b"keep m\xff")
    result = run("verify", "--database", copy)
    assert "message number 1 can't be read: Could not decode to UTF-8 column 'text'\n" in result.output
    assert "keep" not in result.output


def test_file_that_is_half_overwritten_is_named_broken(
    run: Run, config: Path, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    run("db", "backup", "-c", config, copy)
    with copy.open("r+b") as file:
        file.seek(-16_384, os.SEEK_END)
        file.write(b"\xa5" * 16_384)
    result = run("verify", "--database", copy)
    assert result.status == 1
    assert " findings: " in result.output


def test_file_that_is_none_of_ours_is_refused_in_a_line(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    write(other, "CREATE TABLE t (a)")
    result = run("verify", "--database", other)
    assert (result.status, "has schema none" in result.errors) == (1, True)
    (tmp_path / "noise").write_bytes(b"\xa5" * 4096)
    for name in ("noise", "missing"):
        result = run("verify", "--database", tmp_path / name)
        assert (result.status, result.errors.count("\n")) == (1, 1)
        assert "can't be" in result.errors
    assert not (tmp_path / "missing").exists()


def test_database_in_use_is_left_to_its_gateway(run: Run, database: Path) -> None:
    with lock.held(database.with_name(database.name + ".lock")):
        result = run("verify", "--database", database)
    assert (result.status, "is in use by process" in result.errors) == (1, True)


def test_halt_is_ended_with_a_reason(run: Run, config: Path, database: Path) -> None:
    write(database, "INSERT INTO halt (reason, halted_at) VALUES ('a test', 0)")
    assert run("resume", "-c", config, "--reason", "looked at it").output.startswith("the queue is resumed")
    with closing(sqlite3.connect(database)) as raw:
        (entry,) = raw.execute(
            "SELECT action, reason, before FROM audit ORDER BY seq DESC LIMIT 1"
        ).fetchall()
    assert entry == ("queue.resume", "looked at it", '{"halted":"a test"}')


def test_restored_messages_are_released_with_one_command(run: Run, config: Path, database: Path) -> None:
    write(
        database,
        "UPDATE message SET state = 'in_doubt', error = 'restored', ready = NULL",
        "INSERT INTO event (at, kind, subject, client_id, data) "
        "SELECT 0, 'message.in_doubt', id, client_id, '{}' FROM message",
        "UPDATE backlog SET messages = 0, parts = 0",
    )
    released = run("db", "release", "-c", config, "--reason", "never left")
    assert (released.status, released.output) == (0, "1 messages are queued again\n")
    assert json.loads(run("messages", "list", "-c", config, "--json").output)[0]["state"] == "queued"
    assert run("verify", "-c", config).status == 0
