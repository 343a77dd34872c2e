"""`/3rdparty/v1/messages`: send, list, show, cancel."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Final

from pydantic import ConfigDict, Field
from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.compat.smsgate.incoming import SmsGateMessageIn
from gatewayd.api.compat.smsgate.manners import BASE, BODY, DENIED, DIALECT
from gatewayd.api.compat.smsgate.states import SmsGateMessageOut, Word, message_out, name_of
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import parse_body, read_query
from gatewayd.api.wire.types import Incoming, Instant
from gatewayd.errors import Conflict, NotFound
from gatewayd.http.bodies import JSON, read_body
from gatewayd.message import State, new_id
from gatewayd.queue.draft import IdempotencyKey
from gatewayd.queue.view import MessageView, Query

_MESSAGES: Final = f"{BASE}/messages"
_MESSAGE: Final = f"{BASE}/messages/{{id}}"
#: Messages of ours under one reference: SMSGate's 100 recipients, each sent again once or twice.
_OF_ONE: Final = 400
#: How far a list can be leafed through: SMSGate's offset is no cursor, so what is left out is read all the same.
_DEEPEST: Final = 10_000
_READ_AT_ONCE: Final = 1_000


class SmsGateQuery(Incoming):
    """What to list."""

    model_config = ConfigDict(extra="ignore")

    since: Instant | None = Field(None, alias="from", description="Only those accepted at or after this.")
    until: Instant | None = Field(None, alias="to", description="Only those accepted before this.")
    state: Word | None = Field(None, description="Only those in this state.")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(50, description="Messages of a page.")
    offset: Annotated[int, Field(ge=0, le=_DEEPEST)] = Field(0, description="How many are left out before.")


async def post_smsgate_message(call: Call) -> Response:
    """Accept a message to one or several numbers, once under its name."""
    body = await read_body(call.request, limit=call.services.settings.body_limit)
    asked = parse_body(body.octets, SmsGateMessageIn)
    queue, client_id, now = call.services.queue, call.principal.client_id, call.services.clock.now()
    name = asked.id or str(new_id(now))
    key = IdempotencyKey(f"smsgate:{name}", hashlib.sha256(body.octets).hexdigest())
    if await queue.replay(client_id, key) is None:
        if await _find(call, name):
            raise Conflict("message_exists", "there is a message with this id already")
        await queue.submit(client_id, asked.drafts(name, now, call.services.region), key=key)
    headers = {"location": _MESSAGE.format(id=name)}
    return json_response(message_out(await _find(call, name)), 202, headers)


async def list_smsgate_messages(call: Call) -> Response:
    """Answer with the client's messages, newest first."""
    asked = read_query(call.request, SmsGateQuery)
    query = Query(
        client_id=call.principal.client_id, since=asked.since, until=asked.until, limit=_READ_AT_ONCE
    )
    found: list[SmsGateMessageOut] = []
    last = asked.offset + asked.limit
    group: list[MessageView] = []
    read = 0
    while len(found) < last and read < _DEEPEST:
        page = await call.services.queue.find(query)
        read += len(page.messages)
        for view in page.messages:
            # What was accepted together stands together.
            if group and name_of(view) != name_of(group[0]):
                _add(found, group, asked.state)
                group = []
            group.append(view)
        if page.next is None:
            if group:
                _add(found, group, asked.state)
            break
        query = replace(query, after=page.next)
    return json_response(found[asked.offset : last])


async def get_smsgate_message(call: Call) -> Response:
    """Answer with a message and what became of it for each recipient."""
    return json_response(message_out(await _existing(call)))


async def delete_smsgate_message(call: Call) -> Response:
    """Take back what still waits of a message."""
    waiting = [view for view in await _existing(call) if view.state is State.QUEUED]
    refusal = Conflict("not_pending", "the message is not Pending any more and can't be taken back")
    cancelled = 0
    for view in waiting:
        try:
            await call.services.queue.cancel(call.principal.client_id, view.id, actor=call.principal.actor)
            cancelled += 1
        except Conflict as error:  # it has left in this very moment
            refusal = error
    if not cancelled:
        raise refusal
    return json_response(message_out(await _existing(call)))


def _add(found: list[SmsGateMessageOut], group: list[MessageView], state: Word | None) -> None:
    out = message_out(group)
    if state in (None, out["state"]):
        found.append(out)


async def _existing(call: Call) -> list[MessageView]:
    """Return the messages under the id in the path, newest first. Raises NotFound."""
    name = call.path["id"]
    if found := await _find(call, name):
        return found
    detail = await call.services.queue.detail(call.principal.client_id, name)
    if detail.message.reference is not None:
        raise NotFound("there is no such message")
    return [detail.message]


async def _find(call: Call, name: str) -> list[MessageView]:
    query = Query(client_id=call.principal.client_id, reference=name, limit=_OF_ONE)
    return list((await call.services.queue.find(query)).messages)


_MISSING: Final = {404: "There is no such message, or it is another client's."}

OPERATIONS: Final = (
    Operation(
        "POST",
        _MESSAGES,
        post_smsgate_message,
        "Send a message as SMSGate does",
        {202: Answer("Accepted and on disk.", SmsGateMessageOut)},
        scope=Scope.SEND,
        body={JSON: SmsGateMessageIn},
        problems=DENIED
        | BODY
        | {409: "There is another message with this id.", 503: "The disk is full. Nothing was accepted."},
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        _MESSAGES,
        list_smsgate_messages,
        "List messages as SMSGate does",
        {200: Answer("A page, newest first.", list[SmsGateMessageOut])},
        scope=Scope.READ,
        query=SmsGateQuery,
        problems=DENIED | {400: "A parameter is wrong."},
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        _MESSAGE,
        get_smsgate_message,
        "Show a message as SMSGate does",
        {200: Answer("The message.", SmsGateMessageOut)},
        scope=Scope.READ,
        problems=DENIED | _MISSING,
        dialect=DIALECT,
    ),
    Operation(
        "DELETE",
        _MESSAGE,
        delete_smsgate_message,
        "Cancel a message as SMSGate does",
        {200: Answer("The message as it is now.", SmsGateMessageOut)},
        scope=Scope.SEND,
        problems=DENIED | _MISSING | {409: "Nothing of it waits any more."},
        dialect=DIALECT,
    ),
)
