"""How numbers, dates and times are written in a language. Babel is imported at the first use: it is large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_STYLES = ("short", "medium", "long", "full")
#: What typography puts between thousands, before € and before PM. The GSM alphabet has none of them: one would turn a
#: message of one part into UCS-2, and so into three.
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
_MINUS = str.maketrans({"\u2212": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Formats:
    """The filters of templates in one language."""

    language: str
    """``pt-BR``."""
    zone: ZoneInfo
    """Where times are shown as of."""
    plain: bool
    """Whether to write spaces and signs that the GSM alphabet has."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the name that templates use."""
        return {
            "number": self.number,
            "currency": self.currency,
            "date": self.date,
            "time": self.time,
            "datetime": self.datetime,
            "phone": phone_number,
        }

    def show(self, value: Any) -> Any:
        """What stands in the text for a value without a filter."""
        match value:
            case Decimal():
                return self.number(value)
            case datetime():
                return self.datetime(value)
            case date():
                return self.date(value)
            case _:
                return value

    def number(self, value: Any, digits: int | None = None) -> str:
        """Return a number in the language's way, with so many ``digits`` after the decimal sign."""
        from babel.numbers import format_decimal

        if value == "":
            return ""
        pattern = None if digits is None else "#,##0" + ("." + "0" * _digits(digits) if digits else "")
        return self._written(format_decimal(_number(value), pattern, locale=self._locale))

    def currency(self, value: Any, code: str) -> str:
        """Return an amount of money; ``code`` as in ISO 4217."""
        from babel.numbers import format_currency

        return (
            "" if value == "" else self._written(format_currency(_number(value), code, locale=self._locale))
        )

    def date(self, value: Any, style: str = "medium") -> str:
        """Return a day; of a moment, the day that it has in the configured time zone."""
        from babel.dates import format_date

        if value == "":
            return ""
        if isinstance(value, datetime):
            value = value.astimezone(self.zone).date()
        if not isinstance(value, date):
            raise TypeError("the filter `date` is for dates")
        return self._written(format_date(value, _style(style), locale=self._locale))

    def time(self, value: Any, style: str = "short") -> str:
        """Return the time of day of a moment in the configured time zone."""
        from babel.dates import format_time

        if value == "":
            return ""
        moment = _moment(value)
        return self._written(format_time(moment, _style(style), tzinfo=self.zone, locale=self._locale))

    def datetime(self, value: Any, style: str = "short") -> str:
        """Return day and time of a moment in the configured time zone."""
        from babel.dates import format_datetime

        if value == "":
            return ""
        moment = _moment(value)
        return self._written(format_datetime(moment, _style(style), tzinfo=self.zone, locale=self._locale))

    @property
    def _locale(self) -> str:
        return self.language.replace("-", "_")

    def _written(self, text: str) -> str:
        return text.translate(_SPACES).translate(_MINUS) if self.plain else text


def is_language(language: str) -> bool:
    """Whether numbers and dates can be written in it."""
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


def phone_number(value: Any) -> str:
    """Return a telephone number with the spaces that people read it with."""
    import phonenumbers

    if value == "":
        return ""
    number = phonenumbers.parse(str(value), None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _number(value: Any) -> Decimal | int:
    if isinstance(value, Decimal | int):
        return value
    raise TypeError("the filters `number` and `currency` are for numbers")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    raise TypeError("the filters `time` and `datetime` are for fields of type datetime")


def _digits(digits: int) -> int:
    if 0 <= digits <= 6:
        return digits
    raise ValueError("a number has 0 to 6 digits after its decimal sign")


def _style(style: str) -> Any:
    if style in _STYLES:
        return style
    raise ValueError(f"the style must be one of {', '.join(_STYLES)}")
