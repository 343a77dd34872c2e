from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gatewayd.store.inline import InlineDatabase
from gatewayd.store.prepared import Prepared
from gatewayd.store.schema import UtcDateTime

AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
person = Table(
    "villager",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, unique=True),
    Column("born", UtcDateTime),
)
INSERT = Prepared(insert(person).values(name=bindparam("name"), born=bindparam("born")))
ALL = Prepared(select(person).order_by(person.c.id))
BY_NAME = Prepared(select(person.c.id, person.c.born).where(person.c.name == bindparam("name")))


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        opened.transact(lambda tx: person.create(tx.connection))
        yield opened


def test_prepared_insert_returns_the_key_and_converts_values_both_ways(database: InlineDatabase) -> None:
    assert database.transact(lambda tx: INSERT.insert(tx, {"name": "Ana", "born": AT})) == 1
    (row,) = database.transact(lambda tx: ALL.all(tx, {}))
    assert (row.id, row.name, row.born) == (1, "Ana", AT)


def test_prepared_change_many_writes_each_mapping(database: InlineDatabase) -> None:
    rows = [{"name": str(number), "born": None} for number in range(5)]
    assert database.transact(lambda tx: INSERT.change_many(tx, iter(rows))) == 5
    assert [row.name for row in database.transact(lambda tx: ALL.all(tx, {}))] == ["0", "1", "2", "3", "4"]


def test_prepared_first_and_scalar_without_a_row_are_none(database: InlineDatabase) -> None:
    assert database.transact(lambda tx: BY_NAME.first(tx, {"name": "Rui"})) is None
    assert database.transact(lambda tx: BY_NAME.scalar(tx, {"name": "Rui"})) is None


def test_prepared_statement_with_values_of_its_own_needs_only_the_others(database: InlineDatabase) -> None:
    rename = Prepared(update(person).where(person.c.id == 1).values(name=func.upper(bindparam("new"))))
    database.transact(lambda tx: INSERT.insert(tx, {"name": "Ana", "born": AT}))
    assert database.transact(lambda tx: rename.change(tx, {"new": "eva"})) == 1
    assert database.transact(lambda tx: BY_NAME.scalar(tx, {"name": "EVA"})) == 1


def test_prepared_statement_without_a_needed_value_raises_and_writes_nothing(
    database: InlineDatabase,
) -> None:
    with pytest.raises(KeyError, match="born"):
        database.transact(lambda tx: INSERT.insert(tx, {"name": "Ana"}))
    assert database.transact(lambda tx: ALL.all(tx, {})) == []


def test_prepared_statement_that_breaks_a_constraint_raises_sqlalchemys_error(
    database: InlineDatabase,
) -> None:
    twice = [{"name": "Ana", "born": None}] * 2
    with pytest.raises(IntegrityError):
        database.transact(lambda tx: INSERT.change_many(tx, twice))
    with pytest.raises(IntegrityError):
        database.transact(lambda tx: [INSERT.insert(tx, row) for row in twice])


def test_prepared_statement_with_a_list_of_values_is_refused(database: InlineDatabase) -> None:
    some = Prepared(select(person).where(person.c.id.in_(bindparam("ids", expanding=True))))
    with pytest.raises(TypeError, match="can't be prepared"):
        database.transact(lambda tx: some.all(tx, {"ids": [1, 2]}))
