from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from gatewayd.access.people.door import totp_context
from gatewayd.access.people.tables import person
from gatewayd.audit import page
from gatewayd.sealing import Keyring
from gatewayd.store.inline import InlineDatabase
from gatewayd.store.transaction import Tx
from gatewayd.supervisor.resealing import reseal

NOW = datetime(2026, 1, 5, tzinfo=UTC)
OLD, NEW = bytes(32), b"n" * 32


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


def add_person(tx: Tx, name: str, totp: bytes | None) -> None:
    row = {"name": name, "display_name": name, "language": "en", "disabled": False, "created_at": NOW}
    row |= {"password": "x", "password_at": NOW, "temporary": False, "totp": totp}
    tx.execute(insert(person), row)


def test_second_factors_are_sealed_with_the_present_key_and_the_audit_says_so(
    database: InlineDatabase,
) -> None:
    database.transact(add_person, "ana", Keyring([OLD]).seal(b"secret", totp_context(1)))
    database.transact(add_person, "rui", None)
    done = database.transact(reseal, Keyring([NEW, OLD]), "local:uid 0", NOW)
    assert (done.renewed, done.broken) == (1, [])
    sealed = database.transact(lambda tx: tx.execute(select(person.c.totp)).scalars().first())
    assert sealed is not None
    assert Keyring([NEW]).open(sealed, totp_context(1)) == b"secret"
    (entry,) = database.transact(lambda tx: page(tx, limit=10))
    assert (entry.action, entry.after) == ("secrets.reseal", {"resealed": 1, "broken": []})
