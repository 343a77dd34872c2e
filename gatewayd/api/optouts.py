"""`/v1/optouts`: who wants no messages."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.bounds import number
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body, read_query
from gatewayd.api.wire.optout import OptOutIn, OptOutOut, OptOutPageOut, opt_out_out
from gatewayd.api.wire.query import OptOutQuery, ReasonQuery
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.problems import BadCursor

#: What a cursor has in the place of a pseudonym's sign, and what cursors there are.
_PSEUDONYM: Final = "p"
_PLACE: Final = re.compile(r"[0-9]{1,20}|p[0-9a-f]{1,20}", re.ASCII)


async def list_opt_outs(call: Call) -> Response:
    """Answer with a page of the opt-outs, or with that of one number."""
    asked = read_query(call.request, OptOutQuery)
    opt_outs = call.services.queue.opt_outs
    if asked.recipient is not None:
        found = await opt_outs.find(_number(call, asked.recipient))
        one: OptOutPageOut = {"opt_outs": [] if found is None else [opt_out_out(found)], "next": None}
        return json_response(one)
    page = await opt_outs.page(after=_after(asked.cursor), limit=asked.limit)
    out: OptOutPageOut = {
        "opt_outs": [opt_out_out(view) for view in page.opt_outs],
        "next": None if page.next is None else _cursor(page.next),
    }
    return json_response(out)


async def add_opt_out(call: Call) -> Response:
    """Record that somebody wants no messages."""
    asked = await read_body(call, OptOutIn)
    view, new = await call.services.queue.opt_outs.add(
        _number(call, asked.recipient), reason=asked.reason, actor=call.principal.actor
    )
    return json_response(opt_out_out(view), 201 if new else 200)


async def remove_opt_out(call: Call) -> Response:
    """Let somebody have messages again."""
    asked = read_query(call.request, ReasonQuery)
    await call.services.queue.opt_outs.remove(
        _number(call, call.path["recipient"]), reason=asked.reason, actor=call.principal.actor
    )
    return no_content()


def _number(call: Call, written: str) -> str:
    """Return the number as E.164. Raises InvalidRequest."""
    errors: list[FieldError] = []
    found = number("recipient", written, call.services.region, errors)
    if found is None:
        raise InvalidRequest(errors)
    return found


def _cursor(recipient: str) -> str:
    """A place in the list: neither the + of a number nor the # of a pseudonym, which would have to be escaped."""
    return recipient.removeprefix("+").replace("#", _PSEUDONYM)


def _after(cursor: str | None) -> str:
    if cursor is None:
        return ""
    if _PLACE.fullmatch(cursor) is None:
        raise BadCursor
    return f"#{cursor[1:]}" if cursor.startswith(_PSEUDONYM) else f"+{cursor}"


OPERATIONS = (
    Operation(
        "GET",
        "/v1/optouts",
        list_opt_outs,
        "List who wants no messages",
        {200: Answer("Some of them in the order of their numbers.", OptOutPageOut)},
        scope=Scope.ADMIN,
        query=OptOutQuery,
    ),
    Operation(
        "POST",
        "/v1/optouts",
        add_opt_out,
        "Send a number no more messages",
        {
            201: Answer("Recorded. What was queued for the number is cancelled.", OptOutOut),
            200: Answer("That was so already.", OptOutOut),
        },
        scope=Scope.ADMIN,
        body={"application/json": OptOutIn},
    ),
    Operation(
        "DELETE",
        "/v1/optouts/{recipient}",
        remove_opt_out,
        "Let a number have messages again",
        {204: Answer("The opt-out is ended.")},
        scope=Scope.ADMIN,
        query=ReasonQuery,
        problems={404: "This number has not opted out."},
    ),
)
