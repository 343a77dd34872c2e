"""Dates, numbers, durations and telephone numbers as one language and one time zone write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import dates, numbers, units

from gatewayd.web.texts import Tongue

#: How a date is written, and typed, in each language: with its whole year, since a history has several.
_DATE: Final = {"pl": "dd.MM.yyyy"}
_DATE_ELSEWHERE: Final = "dd/MM/yyyy"
#: What stands in an empty date field: the letters of day, month and year.
_HINTS: Final = {"en": "dd/mm/yyyy", "pl": "dd.mm.rrrr"}
_HINT_ELSEWHERE: Final = "dd/mm/aaaa"
_TYPED: Final = re.compile(r"\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*")
_ISO: Final = re.compile(r"\s*(\d{4})-(\d{2})-(\d{2})\s*")
#: Seconds below which a span is given to the tenth.
_SHORT: Final = 10


class NoDate(ValueError):
    """What was typed is no date, or one that no calendar has."""


class Formats:
    """Writes, and reads, for one visitor.

    Args:
        tongue: the visitor's language.
        zone: the time zone in which times are shown.
    """

    def __init__(self, tongue: Tongue, zone: ZoneInfo) -> None:
        self.tongue = tongue
        self.zone = zone
        self._date = _DATE.get(tongue.tag, _DATE_ELSEWHERE)

    @property
    def date_hint(self) -> str:
        """How a date is typed, such as ``dd/mm/aaaa``."""
        return _HINTS.get(self.tongue.tag, _HINT_ELSEWHERE)

    def day(self, when: datetime | date) -> str:
        """The day, in figures."""
        day = when.astimezone(self.zone) if isinstance(when, datetime) else when
        return dates.format_date(day, self._date, locale=self.tongue.locale)

    def time(self, when: datetime) -> str:
        """Hours, minutes and seconds."""
        return dates.format_time(when, "HH:mm:ss", tzinfo=self.zone, locale=self.tongue.locale)

    def moment(self, when: datetime) -> str:
        """Day and time to the second."""
        return f"{self.day(when)} {self.time(when)}"

    def weekday(self, when: datetime | date) -> str:
        """The day of the week, short."""
        day = when.astimezone(self.zone) if isinstance(when, datetime) else when
        return dates.format_date(day, "ccc", locale=self.tongue.locale)

    def ago(self, when: datetime, now: datetime) -> str:
        """How far away a moment is, such as ``3 minutes ago`` or ``in 2 hours``."""
        return dates.format_timedelta(when - now, add_direction=True, locale=self.tongue.locale)

    def duration(self, span: timedelta | float) -> str:
        """A span (seconds, or a timedelta) in its two largest units, such as ``2 hr 5 min``."""
        exact = span.total_seconds() if isinstance(span, timedelta) else span
        if 0 < exact < _SHORT and exact % 1:
            # Of a pace, say, tenths matter.
            length: Literal["narrow", "short"] = "narrow" if self.tongue.tag == "en" else "short"
            return units.format_unit(
                round(exact, 1), "duration-second", length=length, locale=self.tongue.locale
            )
        seconds = round(exact)
        words: list[str] = []
        for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
            amount, seconds = divmod(seconds, size)
            if amount or (unit == "second" and not words):
                words.append(
                    dates.format_timedelta(
                        timedelta(seconds=amount * size),
                        granularity=unit,  # type: ignore[arg-type]  # the four words are among its own
                        threshold=10**9,
                        format="short" if self.tongue.tag != "en" else "narrow",
                        locale=self.tongue.locale,
                    )
                )
            elif words:
                break
            if len(words) == 2:
                break
        return " ".join(words)

    def number(self, value: float) -> str:
        """A number with the language's separators."""
        return numbers.format_decimal(value, locale=self.tongue.locale)

    def percent(self, share: float) -> str:
        """A share from 0 to 1 as per cent."""
        return numbers.format_percent(share, "#,##0.#%", locale=self.tongue.locale)

    def money(self, amount: float, currency: str) -> str:
        """An amount in an ISO 4217 currency, with as many places as prices of messages need."""
        return numbers.format_currency(amount, currency, locale=self.tongue.locale)

    def phone(self, number: str) -> str:
        """A number in groups, ``+34 600 00 00 01``; what is no E.164 number stays as it is."""
        if "…" in number:
            return number  # what is left of one that was erased
        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            return number
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

    def read_date(self, typed: str) -> date:
        """Read a day as the language writes it, or in ISO form. Raises NoDate: 31/02 is none."""
        if found := _ISO.fullmatch(typed):
            year, month, day = map(int, found.groups())
        elif found := _TYPED.fullmatch(typed):
            day, month, year = map(int, found.groups())
        else:
            raise NoDate(typed)
        try:
            return date(year, month, day)
        except ValueError:
            raise NoDate(typed) from None

    def start_of(self, day: date) -> datetime:
        """The first moment of a day in the visitor's time zone, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The first moment after a day."""
        return self.start_of(day + timedelta(days=1))

    def day_of(self, when: datetime) -> date:
        """On which day a moment falls here."""
        return when.astimezone(self.zone).date()
