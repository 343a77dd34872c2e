"""`/v1/webhooks/{id}/dead-letters`: what a webhook has not taken."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_query
from gatewayd.api.webhooks import caller
from gatewayd.api.wire.query import ReasonQuery
from gatewayd.api.wire.webhook import CountOut, DeadLetterPageOut, DeadLetterQuery, dead_letter_page_out
from gatewayd.errors import NotFound

_MISSING = {404: "There is no webhook of that name, or it is another client's."}
_NO_LETTER = {404: "There is no such webhook or dead letter, or it is another client's."}
_ALL = "/v1/webhooks/{id}/dead-letters"
_ONE = f"{_ALL}/{{seq}}"


async def list_dead_letters(call: Call) -> Response:
    """Answer with a page of what was given up."""
    asked = read_query(call.request, DeadLetterQuery)
    page = await call.services.webhooks.dead_letters(
        caller(call), call.path["id"], after=asked.after, limit=asked.limit
    )
    return json_response(dead_letter_page_out(page))


async def retry_dead_letters(call: Call) -> Response:
    """Send all dead letters again, or the one that the path names."""
    count = await call.services.webhooks.send_again(caller(call), call.path["id"], _seq(call))
    out: CountOut = {"dead_letters": count}
    return json_response(out, 202)


async def discard_dead_letters(call: Call) -> Response:
    """Throw all dead letters away, or the one that the path names."""
    asked = read_query(call.request, ReasonQuery)
    count = await call.services.webhooks.discard(
        caller(call), call.path["id"], _seq(call), reason=asked.reason
    )
    out: CountOut = {"dead_letters": count}
    return json_response(out)


def _seq(call: Call) -> int | None:
    """The dead letter that the path names; None: all. Raises NotFound where it is no number."""
    text = call.path.get("seq")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound(f"there is no dead letter {text!r}")
    return int(text)


OPERATIONS = (
    Operation(
        "GET",
        _ALL,
        list_dead_letters,
        "List what was given up",
        {200: Answer("Some dead letters, oldest first.", DeadLetterPageOut)},
        scope=Scope.WEBHOOKS,
        query=DeadLetterQuery,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ALL}/retry",
        retry_dead_letters,
        "Send all dead letters again",
        {202: Answer("How many. The first that is refused again ends it.", CountOut)},
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/retry",
        retry_dead_letters,
        "Send a dead letter again",
        {202: Answer("One.", CountOut)},
        scope=Scope.WEBHOOKS,
        problems=_NO_LETTER,
    ),
    Operation(
        "DELETE",
        _ALL,
        discard_dead_letters,
        "Throw all dead letters away",
        {200: Answer("How many.", CountOut)},
        scope=Scope.WEBHOOKS,
        query=ReasonQuery,
        problems=_MISSING,
    ),
    Operation(
        "DELETE",
        _ONE,
        discard_dead_letters,
        "Throw a dead letter away",
        {200: Answer("One.", CountOut)},
        scope=Scope.WEBHOOKS,
        query=ReasonQuery,
        problems=_NO_LETTER,
    ),
)
