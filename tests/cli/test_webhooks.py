from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

URL = "https://93.184.216.34/hook"


@pytest.fixture
def hook(run: Run, config: Path) -> str:
    """A webhook of the whole gateway; its id."""
    made = json.loads(run("webhook", "create", "-c", config, URL, "--json").output)
    return str(made["id"])


def test_webhook_create_prints_the_secret_alone(run: Run, config: Path) -> None:
    made = run("webhook", "create", "-c", config, URL, "--event", "message.*", "--include-text", "all")
    assert (made.status, made.errors) == (0, "")
    assert made.output.startswith("whsec_")
    assert made.output.count("\n") == 1
    (shown,) = json.loads(run("webhook", "list", "-c", config, "--json").output)
    assert (shown["events"], shown["include_text"], shown["client"]) == (["message.*"], "all", None)


def test_webhook_to_this_machine_is_refused_in_words(run: Run, config: Path) -> None:
    result = run("webhook", "create", "-c", config, "https://127.0.0.1/")
    assert (result.status, result.output) == (1, "")
    assert "[webhooks] allow" in result.errors


def test_webhook_is_shown_changed_disabled_enabled_and_deleted(run: Run, config: Path, hook: str) -> None:
    assert run("webhook", "change", "-c", config, hook).status != 0
    changed = run(
        "webhook", "change", "-c", config, hook, "--receiver", f"{URL}2", "--purpose", "orders", "--json"
    )
    assert json.loads(changed.output)["url"] == f"{URL}2"
    assert run("webhook", "disable", "-c", config, hook, "--reason", "holidays").status == 0
    shown = run("webhook", "show", "-c", config, hook).output
    assert "holidays" in shown
    assert "orders" in shown
    assert run("webhook", "enable", "-c", config, hook).output == f"webhook {hook} is enabled\n"
    assert run("webhook", "rotate", "-c", config, hook).output.startswith("whsec_")
    assert run("webhook", "replay", "-c", config, hook, "--after", "0").status == 0
    assert run("webhook", "skip", "-c", config, hook, "--reason", "x").status == 1
    assert run("webhook", "delete", "-c", config, hook).output == f"webhook {hook} is removed\n"
    assert run("webhook", "list", "-c", config).output == "there are no webhooks\n"


def test_dead_letters_can_be_listed_and_asked_for(run: Run, config: Path, hook: str) -> None:
    letters = ("webhook", "dead-letters")
    assert run(*letters, "list", "-c", config, hook).output == "there are no dead letters\n"
    assert json.loads(run(*letters, "list", "-c", config, hook, "--json").output) == []
    assert run(*letters, "retry", "-c", config, hook).output == "0 on the way again\n"
    assert run(*letters, "discard", "-c", config, hook, "--reason", "old").output == "0 thrown away\n"
    assert run(*letters, "retry", "-c", config, hook, "7").errors == "gatewayd: there is no dead letter 7\n"
