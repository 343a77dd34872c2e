from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio

from gatewayd.clock import SystemClock
from gatewayd.queue.receiving import take_message
from gatewayd.store.database import open_database
from gatewayd.store.settings import StoreSettings
from tests.queue.mail import SENDER, SIM, mail

from .conftest import Run

NUMBER = "+34600000001"


async def _receive(config: Path, texts: list[str]) -> None:
    settings = StoreSettings(url=f"sqlite:///{config.parent}/gatewayd.db", reserve_mib=0)
    async with open_database(settings, clock=SystemClock()) as database:
        for text in texts:
            (octets,) = mail(text)
            await database.run(take_message, "phone1", SIM, octets, datetime.now(UTC))


@pytest.fixture
def received(run: Run, config: Path) -> Path:
    """The configuration of a gatewayd that received two messages."""
    run("messages", "list", "-c", config)
    trio.run(_receive, config, ["Olá, [bold]mundo[/bold]", "Stop!"])
    return config


def test_inbox_is_listed_as_it_is_newest_first(run: Run, received: Path) -> None:
    listed = run("inbox", "list", "-c", received)
    assert "Olá, [bold]mundo[/bold]" in listed.output
    found = json.loads(run("inbox", "list", "-c", received, "--json").output)
    assert [message["text"] for message in found] == ["Stop!", "Olá, [bold]mundo[/bold]"]


def test_inbox_search_takes_every_condition(run: Run, received: Path) -> None:
    fitting = ("--sender", SENDER, "--keyword", "stop", "--text", "STOP", "--since", "2026-01-01")
    assert len(json.loads(run("inbox", "list", "-c", received, *fitting, "--json").output)) == 1
    assert run("inbox", "list", "-c", received, "--keyword", "start").output == "no received message fits\n"


def test_inbox_list_that_is_cut_off_says_so(run: Run, received: Path) -> None:
    assert (
        "there are more than these 1: see --limit"
        in run("inbox", "list", "-c", received, "--limit", "1").output
    )


def test_received_message_is_shown_with_its_text(run: Run, received: Path) -> None:
    name = json.loads(run("inbox", "list", "-c", received, "--json").output)[1]["id"]
    shown = run("inbox", "show", "-c", received, name).output
    assert SENDER in shown
    assert shown.endswith("\nOlá, [bold]mundo[/bold]\n")
    assert json.loads(run("inbox", "show", "-c", received, name, "--json").output)["id"] == name


def test_number_that_said_stop_is_listed_and_refused_until_removed(run: Run, received: Path) -> None:
    (opt_out,) = json.loads(run("optout", "list", "-c", received, "--json").output)
    assert (opt_out["recipient"], opt_out["reason"]) == (SENDER, "stop")
    refused = run("send", "-c", received, SENDER, "hello")
    assert refused.status == 1
    assert "for no more messages" in refused.errors
    removed = run("optout", "remove", "-c", received, SENDER, "--reason", "wrote to us")
    assert removed.output == f"{SENDER} may have messages again\n"
    assert run("send", "-c", received, SENDER, "hello").status == 0


def test_number_is_opted_out_by_a_person(run: Run, config: Path) -> None:
    assert run("optout", "list", "-c", config).output == "nobody has opted out\n"
    added = run("optout", "add", "-c", config, NUMBER, "--reason", "asked by telephone")
    assert added.output.startswith(f"{NUMBER} gets no messages since ")
    assert NUMBER in run("optout", "list", "-c", config, "--recipient", NUMBER).output
    assert run("optout", "remove", "-c", config, "+34600000002", "--reason", "x").status == 1
