"""`gatewayd user`, on a database alone."""

from __future__ import annotations

import getpass
import json
import re
from pathlib import Path

import pytest

from .conftest import Run, Terminal

PHRASE = "violet otter lantern"
WHY = ("--reason", "new team")


@pytest.fixture
def ana(run: Run, config: Path) -> None:
    made = run(
        "user", "create", "-c", config, "ana", "--role", "admin", "--password-file", "-", stdin=f"{PHRASE}\n"
    )
    assert (made.status, made.output) == (0, "ana can sign in now, as admin\n")


def test_user_created_with_a_password_from_a_file_is_listed(run: Run, config: Path, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PHRASE}\n", "utf-8")
    made = run(
        "user", "create", "-c", config, "Rui", "--role", "viewer", "--role", "attendant",
        "--password-file", secret, "--language", "pt-BR", "--temporary", "--json",
    )  # fmt: skip

    (person,) = json.loads(run("user", "list", "-c", config, "--json").output)

    assert json.loads(made.output) == person
    assert (person["name"], person["roles"]) == ("rui", ["viewer", "attendant"])
    assert (person["language"], person["temporary"]) == ("pt-BR", True)
    assert "rui" in run("user", "list", "-c", config).output


def test_user_without_a_password_file_is_asked_twice(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([PHRASE, PHRASE, PHRASE, f"{PHRASE}?"])
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(answers))

    same = run("user", "create", "-c", config, "ana", "--role", "admin", stdin=Terminal())
    other = run("user", "create", "-c", config, "rui", "--role", "admin", stdin=Terminal())

    assert same.status == 0
    assert other.status != 0
    assert "two different passwords" in other.errors


def test_user_without_a_terminal_is_told_how_to_give_a_password(run: Run, config: Path) -> None:
    result = run("user", "create", "-c", config, "ana", "--role", "admin")

    assert result.status != 0
    assert "--password-file" in result.errors


def test_user_with_a_password_file_that_is_not_there_is_told_so(run: Run, config: Path) -> None:
    missing = config.with_name("none")

    result = run("user", "create", "-c", config, "ana", "--role", "admin", "--password-file", missing)

    assert result.status != 0
    assert "No such file" in result.errors


def test_user_with_a_weak_password_is_refused_without_showing_it(run: Run, config: Path) -> None:
    result = run(
        "user",
        "create",
        "-c",
        config,
        "ana",
        "--role",
        "admin",
        "--password-file",
        "-",
        stdin="Password2026!",
    )

    assert result.status == 1
    assert "password: is among the first that a guesser tries" in result.errors
    assert "Password2026" not in result.errors


@pytest.mark.usefixtures("ana")
def test_user_is_changed_by_each_command(run: Run, config: Path) -> None:
    boss = run(
        "user", "create", "-c", config, "boss", "--role", "admin", "--password-file", "-", stdin=PHRASE
    )
    assert boss.status == 0
    assert run("user", "roles", "-c", config, "ana", "--role", "viewer", *WHY).output == "ana is viewer now\n"
    changed = run("user", "passwd", "-c", config, "ana", "--password-file", "-", *WHY, stdin=f"{PHRASE}!")
    assert changed.output == "ana has another password, and is signed out\n"
    assert run("user", "disable", "-c", config, "ana", *WHY).status == 0
    assert run("user", "enable", "-c", config, "ana", *WHY).output == "ana can sign in again\n"
    assert run("user", "reset-second-factor", "-c", config, "ana", *WHY).status == 0
    assert "(0 sessions)" in run("user", "sign-out", "-c", config, "ana", *WHY).output


@pytest.mark.usefixtures("ana")
def test_link_that_signs_in_is_printed_with_its_end(run: Run, config: Path) -> None:
    result = run("user", "sign-in-link", "-c", config, "ana", *WHY)

    assert re.fullmatch(
        r"until \S+ \S+, behind the address of the pages:\n/admin/sign-in/[\w-]{43}\n", result.output
    )
    assert run("user", "sign-in-link", "-c", config, "nobody", *WHY).status == 1


@pytest.mark.usefixtures("ana")
def test_last_administrator_is_not_disabled(run: Run, config: Path) -> None:
    result = run("user", "disable", "-c", config, "ana", *WHY)

    assert result.status == 1
    assert "last administrator" in result.errors


def test_list_without_people_says_how_to_add_one(run: Run, config: Path) -> None:
    assert (
        run("user", "list", "-c", config).output == "there is nobody; `gatewayd user create` adds a person\n"
    )
