"""A database on disk, and a small table of its own to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from gatewayd.clock import SystemClock
from gatewayd.store.database import Database, open_database
from gatewayd.store.settings import StoreSettings
from gatewayd.store.transaction import Tx

# Its own MetaData: no part of the schema that migrations are compared with.
note = Table("note", MetaData(), Column("id", Integer, primary_key=True), Column("text", Text, unique=True))


def write(tx: Tx, text: str) -> str:
    """Insert a note and return its text."""
    tx.execute(insert(note), {"text": text})
    return text


def texts(tx: Tx) -> list[str]:
    """All notes, oldest first."""
    return list(tx.execute(select(note.c.text).order_by(note.c.id)).scalars())


def make_notes(tx: Tx) -> None:
    """Create the table."""
    note.create(tx.connection)


@pytest.fixture
def settings(tmp_path: Path) -> StoreSettings:
    return StoreSettings(url=f"sqlite:///{tmp_path}/test.db", reserve_mib=1)


@pytest.fixture
async def database(settings: StoreSettings) -> AsyncIterator[Database]:
    async with open_database(settings, clock=SystemClock()) as opened:
        await opened.run(make_notes)
        yield opened
