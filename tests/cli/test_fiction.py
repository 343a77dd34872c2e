"""The demonstration's month: whole, the same each time, and a database in which `gatewayd verify` finds nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from gatewayd.cli.demonstration import prepare
from gatewayd.cli.fiction import cast
from gatewayd.cli.fiction.month import Scale, make_history
from gatewayd.config import load
from gatewayd.phone import parse
from gatewayd.store.reading import open_to_read
from gatewayd.supervisor.verification import CHECKS


@dataclass
class Month:
    """A month that was made."""

    database: Path

    def column(self, query: str) -> Counter[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            return Counter(str(value) for (value,) in connection.execute(query))


def make(directory: Path) -> Month:
    stage = prepare(directory, 0, 2.0)
    trio.run(make_history, load(stage.config), Scale(1500, "correct horse battery 9"))
    return Month(directory / "gatewayd.db")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return make(tmp_path_factory.mktemp("month"))


def test_month_has_something_of_everything(month: Month) -> None:
    states = month.column("SELECT state FROM message")
    assert states.total() > 1500
    assert {"delivered", "sent", "undelivered", "failed", "in_doubt", "cancelled"} <= set(states)
    assert "sending" not in states
    assert month.column("SELECT state FROM managed_batch") >= Counter(done=3, checked=1)
    assert month.column("SELECT keyword FROM inbox WHERE keyword IS NOT NULL")["stop"] >= 1
    assert month.column("SELECT kind FROM webhook_dead_letter").total() >= 1
    assert month.column("SELECT role FROM person_role").keys() == {
        "admin",
        "operator",
        "approver",
        "attendant",
        "viewer",
    }
    assert month.column("SELECT parts FROM message").keys() > {"1", "2"}
    assert month.column("SELECT dbm FROM signal").total() > 4000


def test_month_is_sound(month: Month) -> None:
    async def findings() -> list[str]:
        found: list[str] = []
        async with open_to_read(month.database) as database:
            for check in CHECKS.values():
                cursor: str | None = ""
                while cursor is not None:
                    page = await database.read(check, cursor)
                    found += page.findings
                    cursor = page.cursor
        return found

    assert trio.run(findings) == []


@pytest.mark.parametrize("language", cast.LANGUAGES)
def test_fictitious_numbers_can_be_sent_to(language: str) -> None:
    for index in (0, cast.PER_LANGUAGE - 1):
        assert parse(cast.number(language, index), "ZZ").e164 == cast.number(language, index)


def test_everything_is_said_in_five_languages() -> None:
    for texts in (*cast.TEXTS.values(), *cast.TEMPLATE_BODIES.values()):
        assert texts.keys() == set(cast.LANGUAGES)
    for draft in cast.TYPES.values():
        assert draft.labels.keys() == set(cast.LANGUAGES)
