from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select
from sqlalchemy.exc import StatementError

from gatewayd.store.inline import InlineDatabase
from gatewayd.store.schema import UtcDateTime, from_microseconds, to_microseconds

stamp = Table("stamp", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_of_any_time_come_back_as_the_same_time(at: datetime) -> None:
    assert from_microseconds(to_microseconds(at)) == at


def test_to_microseconds_of_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        to_microseconds(datetime(2026, 1, 1))  # noqa: DTZ001 - naive on purpose


def test_utc_date_time_with_another_zone_comes_back_in_utc() -> None:
    lisbon_summer = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    with InlineDatabase() as database:
        database.transact(lambda tx: stamp.create(tx.connection))
        database.transact(lambda tx: tx.execute(insert(stamp), {"at": lisbon_summer}))
        found = database.transact(lambda tx: tx.execute(select(stamp.c.at)).scalar_one())
    assert found == lisbon_summer
    assert found.tzinfo is UTC


def test_utc_date_time_compares_in_sql_and_keeps_null() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    with InlineDatabase() as database:
        database.transact(lambda tx: stamp.create(tx.connection))
        database.transact(
            lambda tx: tx.execute(
                insert(stamp), [{"at": None}, {"at": noon}, {"at": noon + timedelta(days=1)}]
            )
        )
        later = select(stamp.c.id).where(stamp.c.at > bindparam("at"))
        nulls = select(stamp.c.at).where(stamp.c.id == 1)
        assert database.transact(lambda tx: tx.execute(later, {"at": noon}).scalars().all()) == [3]
        assert database.transact(lambda tx: tx.execute(nulls).scalar()) is None


def test_utc_date_time_given_a_naive_time_writes_nothing() -> None:
    with InlineDatabase() as database:
        database.transact(lambda tx: stamp.create(tx.connection))
        with pytest.raises(StatementError, match="without a time zone"):
            database.transact(lambda tx: tx.execute(insert(stamp), {"at": datetime(2026, 1, 1)}))  # noqa: DTZ001
        assert database.transact(lambda tx: tx.execute(select(stamp)).all()) == []
