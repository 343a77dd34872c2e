"""Phone numbers: read as people write them, held as E.164, allowed or refused by policy."""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from gatewayd.errors import GatewaydError


class PhoneError(GatewaydError):
    """The number can't be sent to."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Kind(enum.StrEnum):
    """What a number is, as far as its digits tell."""

    MOBILE = "mobile"
    FIXED = "fixed"
    MOBILE_OR_FIXED = "mobile_or_fixed"
    """One range for both, as in North America."""
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"
    OTHER = "other"
    """Pagers, internet telephony, personal and company-wide numbers."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that exists, as far as numbering plans tell."""

    e164: str
    """``+`` and digits; for a short code its digits alone."""
    region: str
    """ISO 3166 code of its country; ``001`` for numbers of no country, such as satellite phones."""
    kind: Kind


_KINDS: Final = {
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.FIXED_LINE: Kind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.MOBILE_OR_FIXED,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM,
    PhoneNumberType.SHARED_COST: Kind.SHARED_COST,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
}

#: What people write numbers with. phonenumbers itself would find a number in any prose and read letters as digits.
_PLAUSIBLE: Final = re.compile(r"[ \u00a0(]*\+?[0-9 \u00a0().\-\u2010-\u2013/]+")

#: Digits of a short code; 3 at least, so that a slip of the finger is none.
_SHORT_CODE_DIGITS: Final = range(3, 7)

_UNREADABLE: Final = {
    NumberParseException.INVALID_COUNTRY_CODE: ("no_country", "has no country code that exists"),
    NumberParseException.NOT_A_NUMBER: ("not_a_number", "is not a phone number"),
    NumberParseException.TOO_SHORT_AFTER_IDD: ("too_short", "ends after the international prefix"),
    NumberParseException.TOO_SHORT_NSN: ("too_short", "is too short"),
    NumberParseException.TOO_LONG: ("too_long", "is too long"),
}

_IMPOSSIBLE: Final = {
    ValidationResult.INVALID_COUNTRY_CODE: ("no_country", "has no country code that exists"),
    ValidationResult.TOO_SHORT: ("too_short", "is too short for its country"),
    ValidationResult.TOO_LONG: ("too_long", "is too long for its country"),
    ValidationResult.INVALID_LENGTH: ("impossible_length", "has a length that its country doesn't use"),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: ("no_area_code", "lacks the area code"),
}


@functools.lru_cache(maxsize=4096)
def is_region(code: str) -> bool:
    """Whether ``code``, such as ``ES``, is the ISO 3166 code of a country whose numbers are known."""
    return code in phonenumbers.SUPPORTED_REGIONS


def parse(text: str, region: str) -> Phone:
    """Read a number as people write it: ``+34 600 11 12 22``, ``0034…``, or without a country code.

    A number without a country code is taken as of ``region``, an ISO 3166 code in capitals. Raises PhoneError with one
    of the codes ``not_a_number``, ``no_country``, ``too_short``, ``too_long``, ``impossible_length``, ``no_area_code``,
    ``unassigned``, and a message that doesn't repeat the number.
    """
    if not _PLAUSIBLE.fullmatch(text):
        raise _error(
            "not_a_number", "is not a phone number: digits, spaces and +().-/ are what one is made of"
        )
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise _error(*_UNREADABLE[error.error_type]) from None
    home = phonenumbers.region_code_for_number(number)
    kind = phonenumbers.number_type(number)
    if home is None or kind == PhoneNumberType.UNKNOWN:
        if (short := _short_code(text, region)) is not None:
            return short
        raise _refusal(number)
    e164 = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    return Phone(e164, home, _KINDS.get(kind, Kind.OTHER))


def _short_code(text: str, region: str) -> Phone | None:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in _SHORT_CODE_DIGITS):
        return None
    number = PhoneNumber(phonenumbers.country_code_for_region(region), int(digits))
    if not phonenumbers.is_possible_short_number_for_region(number, region):
        return None
    return Phone(digits, region, Kind.SHORT_CODE)


def _refusal(number: PhoneNumber) -> PhoneError:
    """Why a number that could be read is none."""
    reason = phonenumbers.is_possible_number_with_reason(number)
    return _error(
        *_IMPOSSIBLE.get(reason, ("unassigned", "lies in a range that its country hasn't assigned"))
    )


def _error(code: str, complaint: str) -> PhoneError:
    return PhoneError(code, f"the number {complaint}")


@dataclass(frozen=True, slots=True)
class Policy:
    """Which numbers may be sent to."""

    countries: frozenset[str] | None = None
    """ISO 3166 codes in capitals; None allows all. Short codes count as of the default region."""
    allow_landlines: bool = True
    """Many networks read a message out to a landline. Refused are only certain ones, not
    ``mobile_or_fixed``."""
    allow_premium: bool = False
    allow_short_codes: bool = False

    def check(self, phone: Phone) -> None:
        """Raise PhoneError where ``phone`` is not allowed.

        Its code is ``country_not_allowed``, ``premium_not_allowed``, ``short_code_not_allowed`` or
        ``landline_not_allowed``.
        """
        if self.countries is not None and phone.region not in self.countries:
            allowed = ", ".join(sorted(self.countries)) or "none"
            raise PhoneError(
                "country_not_allowed", f"numbers of {phone.region} are not allowed here (allowed: {allowed})"
            )
        if phone.kind is Kind.PREMIUM and not self.allow_premium:
            raise _error("premium_not_allowed", "is premium-rate, which is not allowed here")
        if phone.kind is Kind.SHORT_CODE and not self.allow_short_codes:
            raise _error("short_code_not_allowed", "is a short code, which is not allowed here")
        if phone.kind is Kind.FIXED and not self.allow_landlines:
            raise _error("landline_not_allowed", "is a landline, which is not allowed here")


def masked(e164: str) -> str:
    """A number for logs, ``+34…12``: its country code and last two digits; at most two of anything else."""
    last = e164[-2:] if len(e164) > 3 else ""
    return f"+{country_code(e164)}…{last}" if e164.startswith("+") else f"…{last}"


def country_code(e164: str) -> str:
    """The country code of a number, without ``+``; empty for a short code, and where there is no such country."""
    if not e164.startswith("+"):
        return ""
    # Country codes are prefix-free, so the first that fits is the one.
    codes = (e164[1:end] for end in range(2, 5))
    return next((code for code in codes if _is_country_code(code)), "")


def _is_country_code(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and int(digits) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
