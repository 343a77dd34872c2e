"""Dates, numbers, plurals and languages, as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gatewayd.web.formats import Formats, NoDate
from gatewayd.web.texts import LANGUAGES, load, negotiate

MADRID = ZoneInfo("Europe/Madrid")


def formats(tag: str) -> Formats:
    return Formats(load(tag), MADRID)


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("pt-BR", "pt-BR"),
        ("pt-PT, en;q=0.5", "pt-BR"),
        ("de, ca;q=0.4, es;q=0.8", "es"),
        ("pl-PL;q=0.1", "pl"),
        ("en;q=0, es;q=0", "en"),
        ("es;q=nonsense, pl;q=0.5", "pl"),
        ("*", "en"),
        ("", "en"),
        ("," * 500 + "es", "en"),
    ],
)
def test_browsers_languages_are_weighed(accepted: str, tag: str) -> None:
    assert negotiate(accepted, "en") == tag


@pytest.mark.parametrize("tag", LANGUAGES)
def test_day_is_read_as_it_is_written(tag: str) -> None:
    written = formats(tag)
    for day in (date(2026, 1, 5), date(2024, 2, 29), date(2026, 12, 31)):
        assert written.read_date(written.day(day)) == day


@pytest.mark.parametrize("typed", ["5/1/2026", "05.01.2026", " 05-01-2026 ", "2026-01-05"])
def test_day_is_read_however_it_is_separated(typed: str) -> None:
    assert formats("es").read_date(typed) == date(2026, 1, 5)


@pytest.mark.parametrize(
    "typed",
    ["31/02/2026", "29/02/2025", "00/01/2026", "01/00/2026", "01/01/0000", "1/1/26", "x", "٠٥/٠١/٢٠٢٦x"],
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(NoDate):
        formats("pt-BR").read_date(typed)


def test_day_begins_and_ends_at_midnight_there_also_when_the_clock_changes() -> None:
    here = formats("es")
    day = date(2026, 3, 29)  # summer time begins: 23 hours
    assert here.end_of(day) - here.start_of(day) == timedelta(hours=23)
    assert here.start_of(day) == datetime(2026, 3, 28, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tag", "number"), [("en", "1,234,567"), ("pt-BR", "1.234.567"), ("es", "1.234.567"), ("pl", "1 234 567")]
)
def test_numbers_have_the_languages_separators(tag: str, number: str) -> None:
    assert formats(tag).number(1234567).replace("\u00a0", " ").replace("\u202f", " ") == number


def test_number_of_twenty_digits_stays_as_it_is() -> None:
    assert formats("en").phone("12345678901234567890") == "12345678901234567890"
    assert formats("en").phone("+34600000001") == "+34 600 00 00 01"


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("seconds", [0, 1, 59, 61, 3600, 90061, 10**8])
def test_span_is_written_in_two_units_at_most(tag: str, seconds: int) -> None:
    written = formats(tag).duration(seconds)
    assert written
    assert len([word for word in written.replace("\u00a0", " ").split() if word[0].isdigit()]) <= 2


@pytest.mark.parametrize(
    ("tag", "span", "written"),
    [
        ("en", 0.2, "0.2s"),
        ("es", 2.5, "2,5 s"),
        ("en", 2.0, "2s"),
        ("en", 90.4, "1m 30s"),
        ("en", 9.97, "10s"),
    ],
)
def test_short_span_is_given_to_the_tenth(tag: str, span: float, written: str) -> None:
    assert formats(tag).duration(span).replace("\u00a0", " ").replace("\u202f", " ") == written


@pytest.mark.parametrize(("number", "form"), [(1, 0), (2, 1), (5, 2), (12, 2), (22, 1), (25, 2), (112, 2)])
def test_polish_has_three_plurals(number: int, form: int) -> None:
    pl = load("pl")
    said = [pl.count("%(num)d message is in doubt", "%(num)d messages are in doubt", n) for n in (1, 2, 5)]
    assert len(set(said)) == 3
    assert pl.count("%(num)d message is in doubt", "%(num)d messages are in doubt", number) == said[form]
