"""From a body to drafts, so that one answer names everything that is wrong with it.

What is wrong with the form (a missing key, a number where text belongs) is found by the wire model; what is wrong
with the matter (an impossible number, a time in the past) by the queue. A client that makes mistakes of both kinds
shall not learn of them one by one: the sound rest of a malformed object is shown to the queue as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

import pydantic_core
import trio
from pydantic import TypeAdapter, ValidationError

from gatewayd import phone
from gatewayd.api.wire.explain import WHOLE, field_errors, not_json, wrong_fields
from gatewayd.api.wire.keys import require_unique_keys
from gatewayd.api.wire.message_in import MAX_RECIPIENTS, MessageIn
from gatewayd.api.wording import Renders, missing_text, worded
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.problems import BadJson
from gatewayd.queue.draft import Draft, Rejected

_validate = TypeAdapter(MessageIn).validate_json

#: Stands in for what is missing or malformed, so that the rest can be looked at; never sent.
_STAND_INS = {"to": "+34600000000", "text": "x"}
_NO_TEMPLATE = dict.fromkeys(("template", "fields", "language"))
#: Pause after looking at so many recipients: the queue takes up to a tenth of a millisecond for each.
_PAUSE = 20


class Prepares(Protocol):
    """What is asked of the queue here."""

    def prepare(self, draft: Draft) -> object:
        """Check a draft. Raises InvalidRequest with everything that is wrong with it."""
        ...


async def read_message(queue: Prepares, templates: Renders, body: bytes, region: str) -> MessageIn:
    """Read the one object of a body, with its text. Raises BadJson, and InvalidRequest with everything that is wrong.

    ``region`` is the country of numbers that are written without ``+``.
    """
    require_unique_keys(body)
    try:
        message = _validate(body)
    except ValidationError as error:
        raise InvalidRequest(await _all_errors(queue, body, error)) from None
    errors = await _repeated(message.recipients(), region)
    try:
        message = await worded(message, templates)
    except InvalidRequest as invalid:
        errors += invalid.errors
    if errors:
        raise InvalidRequest(errors + await _matter_errors(queue, pydantic_core.from_json(body), errors))
    return message


async def _repeated(numbers: list[str], region: str) -> list[FieldError]:
    """Name each recipient that stands in the list before, however it is written."""
    places: dict[str, int] = {}
    found = []
    for position, number in enumerate(numbers if len(numbers) > 1 else ()):
        if position % _PAUSE == _PAUSE - 1:
            await trio.lowlevel.checkpoint()
        with suppress(phone.PhoneError):
            first = places.setdefault(phone.parse(number, region).e164, position)
            if first != position:
                words = f"is the same recipient as to.{first}: give each once"
                found.append(FieldError(f"to.{position}", "repeated", words))
    return found


async def read_items(
    queue: Prepares, templates: Renders, slices: Iterator[list[str]], limit: int
) -> list[Draft | Rejected]:
    """Read the objects of an array, pausing between slices.

    Raises BadJson, naming the element, and InvalidRequest where there are none, or more than ``limit``.
    """
    items: list[Draft | Rejected] = []
    for elements in slices:
        for element in elements:
            items.append(await _read_item(queue, templates, element, len(items)))
        if len(items) > limit:
            break
        await trio.lowlevel.checkpoint()
    if not 1 <= len(items) <= limit:
        code = "too_many" if items else "required"
        raise InvalidRequest([FieldError(WHOLE, code, f"must have 1 to {limit} objects")])
    return items


async def _read_item(queue: Prepares, templates: Renders, element: str, position: int) -> Draft | Rejected:
    try:
        message = _validate(element)
    except ValidationError as error:
        # Explaining costs more than reading: others have their turn after each.
        await trio.lowlevel.checkpoint()
        try:
            return Rejected(tuple(await _all_errors(queue, element, error)))
        except BadJson as bad:
            raise BadJson(f"element {position}: {bad}") from None
    try:
        message = await worded(message, templates)
    except InvalidRequest as invalid:
        raw = pydantic_core.from_json(element)
        return Rejected((*invalid.errors, *await _matter_errors(queue, raw, invalid.errors)))
    if isinstance(message.to, str):
        return message.draft(message.to)
    return Rejected(
        (FieldError("to", "type", "must be one number here: inside an array each object has one recipient"),)
    )


async def _all_errors(queue: Prepares, text: str | bytes, error: ValidationError) -> list[FieldError]:
    """Return what is wrong with the form and, as far as that can be told, with the matter. Raises BadJson."""
    if words := not_json(error):
        raise BadJson(words)
    errors = field_errors(error, MessageIn)
    raw = pydantic_core.from_json(text)
    if isinstance(raw, dict):
        errors += missing_text(raw)
        errors += await _matter_errors(queue, raw, errors)
    return errors


async def _matter_errors(
    queue: Prepares, raw: dict[str, Any], form_errors: list[FieldError]
) -> list[FieldError]:
    wrong = wrong_fields(form_errors)
    sound = {key: value for key, value in raw.items() if key in MessageIn.model_fields and key not in wrong}
    # Whatever is to be said of a template has been said.
    message = MessageIn.model_validate(_STAND_INS | sound | _NO_TEMPLATE)
    known = {error.field for error in form_errors}
    found: dict[str, FieldError] = {}
    for count, (path, number) in enumerate(_recipients(raw.get("to")), start=1):
        for error in _complaints(queue, message.draft(number)):
            field = path if error.field == "to" else error.field
            if field not in known:
                found.setdefault(field, FieldError(field, error.code, error.message))
        if count % _PAUSE == 0:
            await trio.lowlevel.checkpoint()
    return list(found.values())


def _recipients(to: Any) -> list[tuple[str, str]]:
    """Return each number that is one at least by its type, with its path; else the stand-in."""
    if isinstance(to, list):
        numbers = [
            (f"to.{i}", number) for i, number in enumerate(to[:MAX_RECIPIENTS]) if isinstance(number, str)
        ]
    else:
        numbers = [("to", to)] if isinstance(to, str) else []
    return numbers or [("to", _STAND_INS["to"])]


def _complaints(queue: Prepares, draft: Draft) -> list[FieldError]:
    try:
        queue.prepare(draft)
    except InvalidRequest as error:
        return error.errors
    return []
