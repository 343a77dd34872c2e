from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import Run

TO = "+34600000001"


@pytest.fixture
def message(run: Run, config: Path) -> str:
    """The id of a message that waits."""
    return run("send", "-c", config, TO, "Olá, [bold]mundo[/bold]").output.split()[0]


def test_message_sent_without_a_daemon_waits_in_the_queue(run: Run, config: Path, message: str) -> None:
    (found,) = json.loads(run("messages", "list", "-c", config, "--json").output)
    assert (found["id"], found["state"], found["client"]) == (message, "queued", "local")


def test_text_is_listed_as_it_is(run: Run, config: Path, message: str) -> None:
    assert "Olá, [bold]mundo[/bold]" in run("messages", "list", "-c", config).output


def test_text_may_come_from_standard_input(run: Run, config: Path) -> None:
    sent = run("send", "-c", config, TO, "-", "--json", stdin="from a pipe\n")
    (receipt,) = json.loads(sent.output)
    shown = json.loads(run("messages", "show", "-c", config, receipt["id"], "--json").output)
    assert shown["text"] == "from a pipe"


def test_several_recipients_become_several_messages(run: Run, config: Path) -> None:
    sent = run("send", "-c", config, f"{TO}, +351910000002", "hello", "--json")
    assert [receipt["to"] for receipt in json.loads(sent.output)] == [TO, "+351910000002"]


def test_dry_run_shows_what_would_become_of_it_and_accepts_nothing(run: Run, config: Path) -> None:
    shown = run("send", "-c", config, TO, "Zażółć", "--transliterate", "--dry-run")
    assert shown.status == 0
    assert "Zazolc" in shown.output
    assert run("messages", "list", "-c", config).output == "no message fits\n"


def test_every_wrong_field_is_named(run: Run, config: Path) -> None:
    result = run("send", "-c", config, "+12", "hello", "--modem", "phone9")
    assert result.status == 1
    assert "to: " in result.errors
    assert "modem: 'phone9' is no configured modem; there is: phone1" in result.errors


def test_same_idempotency_key_is_accepted_once(run: Run, config: Path) -> None:
    first, second = (
        run("send", "-c", config, TO, "once", "--idempotency-key", "k1", "--json").output for _ in range(2)
    )
    assert json.loads(first) == json.loads(second)


def test_message_is_shown_with_its_timeline(run: Run, config: Path, message: str) -> None:
    shown = run("messages", "show", "-c", config, message)
    assert f"id             {message}" in " ".join(shown.output.split("  ")) or message in shown.output
    assert "message.queued" in shown.output


def test_message_is_shown_with_what_was_said_to_the_modem(run: Run, config: Path, message: str) -> None:
    with closing(sqlite3.connect(config.with_name("gatewayd.db"))) as database, database:
        database.execute(
            "INSERT INTO attempt (message_seq, part, number, modem, claimed_at, finished_at, outcome, dialogue)"
            " SELECT seq, 1, 1, 'phone1', created_at, created_at, 'refused', ? FROM message WHERE id = ?",
            ("0 > AT+CMGS=25\n2.5 < +CMS ERROR: 38\n3 - line lost", message),
        )
    shown = run("messages", "show", "-c", config, message).output
    assert (
        "what was said at try 1, part 1\n"
        "    0.000  gatewayd  AT+CMGS=25\n"
        "    2.500  modem     +CMS ERROR: 38\n"
        "    3.000  note      line lost\n"
    ) in shown


def test_unknown_message_is_a_failure_in_one_line(run: Run, config: Path) -> None:
    result = run("messages", "show", "-c", config, "01a20c31-7119-7920-8ea7-3964d061ea0f")
    assert result.status == 1
    assert result.errors.count("\n") == 1


def test_cancelled_message_can_be_sent_again_as_a_new_one(run: Run, config: Path, message: str) -> None:
    assert run("messages", "cancel", "-c", config, message).output == f"{message} is cancelled\n"
    again = run("messages", "retry", "-c", config, message)
    assert again.output.endswith(f"queued, instead of {message}\n")
    states = json.loads(run("messages", "list", "-c", config, "--json").output)
    assert sorted(message["state"] for message in states) == ["cancelled", "queued"]


def test_list_that_is_cut_off_says_so(run: Run, config: Path) -> None:
    run("send", "-c", config, f"{TO},+351910000002", "hello")
    assert run("messages", "list", "-c", config, "--limit", "1").output.endswith(
        "there are more than these 1: see --limit\n"
    )


def test_search_takes_every_condition(run: Run, config: Path, message: str) -> None:
    fitting = (
        "--state",
        "queued",
        "--state",
        "sent",
        "--recipient",
        TO,
        "--text",
        "mundo",
        "--status",
        "not_sent",
    )
    assert len(json.loads(run("messages", "list", "-c", config, *fitting, "--json").output)) == 1
    assert json.loads(run("messages", "list", "-c", config, "--state", "failed", "--json").output) == []
