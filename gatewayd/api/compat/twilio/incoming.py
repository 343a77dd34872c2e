"""From Twilio's parameters to a draft, and to a search. Pure.

What changes nothing here is left aside; what would change the message in a way that we can't is refused.
docs/compat.md lists both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from pydantic_core import PydanticCustomError

from gatewayd.api.bounds import number as number_of
from gatewayd.api.compat.forms import text_of
from gatewayd.api.compat.moments import after
from gatewayd.api.compat.numbers import dialled
from gatewayd.api.wire.types import parse_instant_or_date
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.paging import decode_cursor
from gatewayd.queue.draft import Draft
from gatewayd.queue.view import Query

#: Twilio's own bounds, in seconds.
_VALIDITY: Final = range(1, 36_001)
_PAGE_SIZES: Final = range(1, 1_001)
_PAGE_SIZE: Final = 50
_DAY: Final = 86_400  # seconds
#: A day alone, or a moment with its offset from UTC.
_ZONED: Final = re.compile(r"^[^Tt ]*$|(?:[Zz]|[+-]\d\d:\d\d)$")
#: What would make another message of it.
_REFUSED: Final = {
    "MediaUrl": "pictures can't be sent: this gateway sends texts only",
    "ContentSid": "there are no templates of Twilio's here: send Body, or use /v1/messages",
    "SendAsMms": "pictures can't be sent: this gateway sends texts only",
    "PersistentAction": "only texts can be sent",
}
_HARMLESS: Final = frozenset({"", "false"})
#: Twilio would forget text or number at once; we keep both for the configured time.
_RETENTION: Final = ("ContentRetention", "AddressRetention")


@dataclass(frozen=True, slots=True)
class Search:
    """A page of the list of messages."""

    query: Query
    number: int
    """Which page it is, as the client counts; it means nothing to us."""


def draft(parameters: Mapping[str, bytes], now: datetime, region: str) -> Draft:
    """Return what is to be sent. Raises InvalidRequest with everything that is wrong."""
    errors = [
        FieldError(name, "unsupported", words)
        for name, words in _REFUSED.items()
        if _word(parameters, name).lower() not in _HARMLESS
    ]
    errors += [
        FieldError(name, "unsupported", "must be retain: this gateway keeps messages for the configured time")
        for name in _RETENTION
        if _word(parameters, name) not in ("", "retain")
    ]
    to, body = _word(parameters, "To"), text_of(parameters.get("Body", b""), "Body")
    if not to:
        errors.append(FieldError("to", "required", "A 'To' phone number is required."))
    if not body:
        errors.append(FieldError("text", "required", "Message body is required."))
    send_at = _send_at(parameters, errors)
    validity = _number(parameters, "ValidityPeriod", _VALIDITY, errors)
    if errors:
        raise InvalidRequest(errors)
    return Draft(
        to=dialled(to, region),
        text=body,
        send_at=send_at,
        expires_at=None if validity is None else after(send_at or now, validity),
        transliterate=_word(parameters, "SmartEncoded").lower() == "true",
        # Twilio's clients are told of delivery without asking for it.
        report=True,
    )


def search(parameters: Mapping[str, bytes], client_id: int, region: str) -> Search:
    """Return what to look for. Raises InvalidRequest and BadCursor."""
    errors: list[FieldError] = []
    size = _number(parameters, "PageSize", _PAGE_SIZES, errors)
    number = _number(parameters, "Page", range(1_000_000), errors)
    day = _moment(parameters, "DateSent", errors)
    since, until = _moment(parameters, "DateSent>", errors), _moment(parameters, "DateSent<", errors)
    if day is not None:
        since = datetime.combine(day.date(), time.min, UTC)
        until = after(since, _DAY)
    to, token = _word(parameters, "To"), _word(parameters, "PageToken")
    recipient = number_of("to", dialled(to, region), region, errors) if to else None
    if errors:
        raise InvalidRequest(errors)
    query = Query(
        client_id=client_id,
        since=since,
        until=until,
        recipient=recipient,
        limit=size or _PAGE_SIZE,
        after=decode_cursor(token) if token else None,
    )
    return Search(query, number or 0)


def require_cancellation(parameters: Mapping[str, bytes]) -> None:
    """Raise InvalidRequest where an update asks for anything else than to cancel the message."""
    if "Body" in parameters:
        words = "a text can't be changed or erased here"
        raise InvalidRequest([FieldError("Body", "unsupported", words)])
    if _word(parameters, "Status") != "canceled":
        raise InvalidRequest([FieldError("Status", "choice", "must be canceled")])


def _send_at(parameters: Mapping[str, bytes], errors: list[FieldError]) -> datetime | None:
    kind, send_at = _word(parameters, "ScheduleType"), _moment(parameters, "SendAt", errors)
    if kind not in ("", "fixed"):
        errors.append(FieldError("ScheduleType", "choice", "must be fixed"))
    elif (send_at is None) != (kind == ""):
        errors.append(FieldError("SendAt", "required", "goes together with ScheduleType=fixed"))
    return send_at


def _moment(parameters: Mapping[str, bytes], name: str, errors: list[FieldError]) -> datetime | None:
    word = _word(parameters, name)
    if not word:
        return None
    try:
        # Twilio's moments are in GMT, said or not.
        found = parse_instant_or_date(word if _ZONED.search(word) else f"{word}Z")
    except PydanticCustomError:
        words = "must be a moment as in 2026-01-31T08:00:00Z, or a day as in 2026-01-31"
        errors.append(FieldError(name, "format", words))
        return None
    return found if isinstance(found, datetime) else datetime.combine(found, time.min, UTC)


def _number(
    parameters: Mapping[str, bytes], name: str, allowed: range, errors: list[FieldError]
) -> int | None:
    word = _word(parameters, name)
    if not word:
        return None
    if word.isascii() and word.isdigit() and len(word) <= 9 and int(word) in allowed:
        return int(word)
    words = f"must be a whole number from {allowed.start} to {allowed.stop - 1}"
    errors.append(FieldError(name, "range", words))
    return None


def _word(parameters: Mapping[str, bytes], name: str) -> str:
    return text_of(parameters.get(name, b""), name).strip()
