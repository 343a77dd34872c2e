"""The text of a message: as its client wrote it, or made with a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from gatewayd.api.wire.message_in import MessageIn
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.templates.fields import Raw
from gatewayd.templates.view import Channel, Rendered

_MISSING = FieldError("text", "required", "is required, unless there is a template")


class Renders(Protocol):
    """What is asked of the templates here."""

    async def render(
        self, kind: str, channel: Channel, language: str | None, fields: Mapping[str, Raw]
    ) -> Rendered:
        """Make a text. Raises InvalidRequest naming every wrong field."""
        ...


async def worded(message: MessageIn, templates: Renders) -> MessageIn:
    """Return the message with its text. Raises InvalidRequest where it has none, or can't have the one it asks for."""
    if message.text is not None and message.template is None and not message.asks_for_words:
        return message
    if errors := _form_errors(message):
        raise InvalidRequest(errors)
    # The form says that there is one.
    made = await templates.render(message.template or "", Channel.SMS, message.language, message.fields or {})
    return message.with_text(made.text, made.template)


def missing_text(raw: Mapping[str, Any]) -> list[FieldError]:
    """Return what is to be said of a malformed object that has neither text nor template."""
    return [] if "text" in raw or "template" in raw else [_MISSING]


def _form_errors(message: MessageIn) -> list[FieldError]:
    if message.template is not None:
        both = "give either a text or a template"
        return [] if message.text is None else [FieldError("text", "conflict", both)]
    errors = []
    if message.text is None:
        errors.append(_MISSING)
    alone = "is only for messages with a template"
    given = {"fields": message.fields, "language": message.language}
    errors += [FieldError(name, "conflict", alone) for name, value in given.items() if value is not None]
    return errors
