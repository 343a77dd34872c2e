"""`/3rdparty/v1/webhooks`: our own webhooks, made and listed in SMSGate's way.

What they send is ours all the same: Standard Webhooks, signed, with our events. docs/compat.md says so.
"""

from __future__ import annotations

from typing import Final, Literal, NotRequired

from pydantic import ConfigDict, Field
from starlette.responses import Response
from typing_extensions import TypedDict

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.compat.smsgate.manners import BASE, BODY, DENIED, DIALECT
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.types import Incoming
from gatewayd.http.bodies import JSON
from gatewayd.webhooks.view import Caller, Draft, WebhookView

_WEBHOOKS: Final = f"{BASE}/webhooks"

EventName = Literal["sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled"]

#: Our kinds of events for each of SMSGate's.
_KINDS: Final[dict[EventName, tuple[str, ...]]] = {
    "sms:received": ("inbox.received",),
    "sms:sent": ("message.sent",),
    "sms:delivered": ("message.delivered",),
    "sms:failed": ("message.failed", "message.expired", "message.undelivered"),
    "sms:cancelled": ("message.cancelled",),
}
_NAMES: Final[dict[tuple[str, ...], EventName]] = {kinds: name for name, kinds in _KINDS.items()}


class SmsGateWebhookIn(Incoming):
    """A webhook that somebody wants."""

    model_config = ConfigDict(extra="ignore")

    url: str = Field(min_length=1, description="Where to; https only.")
    event: EventName = Field(description="What it is told of. SMSGate's other events do not happen here.")
    id: None = Field(None, description="Refused: ids are made here.")
    device_id: None = Field(
        None, alias="deviceId", description="Refused: it is told of what happens at all modems."
    )


class SmsGateWebhookOut(TypedDict):
    """A webhook."""

    id: str
    url: str
    event: EventName
    secret: NotRequired[str]
    """What its requests are signed with (Standard Webhooks); shown when it is made, never again."""


def _caller(call: Call) -> Caller:
    principal = call.principal
    return Caller(principal.actor, principal.client_id, principal.may(Scope.INBOX))


async def list_smsgate_webhooks(call: Call) -> Response:
    """Answer with the client's webhooks, as far as one of SMSGate's events says what they are told of."""
    views = await call.services.webhooks.list(_caller(call))
    return json_response([_webhook_out(view, name) for view in views if (name := _NAMES.get(view.events))])


async def post_smsgate_webhook(call: Call) -> Response:
    """Add a webhook; the only answer that shows its secret."""
    asked = await read_body(call, SmsGateWebhookIn)
    draft = Draft(asked.url, _KINDS[asked.event], description="made by SMSGate's API")
    issued = await call.services.webhooks.create(_caller(call), draft)
    out = _webhook_out(issued.webhook, asked.event)
    out["secret"] = issued.secret
    return json_response(out, 201)


async def delete_smsgate_webhook(call: Call) -> Response:
    """Remove a webhook."""
    await call.services.webhooks.delete(_caller(call), call.path["id"])
    return no_content()


def _webhook_out(view: WebhookView, event: EventName) -> SmsGateWebhookOut:
    return {"id": view.id, "url": view.url, "event": event}


OPERATIONS: Final = (
    Operation(
        "GET",
        _WEBHOOKS,
        list_smsgate_webhooks,
        "List webhooks as SMSGate does",
        {200: Answer("Those that one of SMSGate's events describes.", list[SmsGateWebhookOut])},
        scope=Scope.WEBHOOKS,
        problems=DENIED,
        dialect=DIALECT,
    ),
    Operation(
        "POST",
        _WEBHOOKS,
        post_smsgate_webhook,
        "Add a webhook as SMSGate does",
        {201: Answer("The webhook, with the secret that is shown this once.", SmsGateWebhookOut)},
        description="What it sends is gatewayd's own: Standard Webhooks, not SMSGate's payload and signature.",
        scope=Scope.WEBHOOKS,
        body={JSON: SmsGateWebhookIn},
        problems=DENIED | BODY | {409: "The client has as many webhooks as it may."},
        dialect=DIALECT,
    ),
    Operation(
        "DELETE",
        f"{_WEBHOOKS}/{{id}}",
        delete_smsgate_webhook,
        "Remove a webhook as SMSGate does",
        {204: Answer("It is gone.")},
        scope=Scope.WEBHOOKS,
        problems=DENIED | {404: "There is no such webhook, or it is another client's."},
        dialect=DIALECT,
    ),
)
