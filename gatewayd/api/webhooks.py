"""`/v1/webhooks`: who is told of what happens, and how that goes."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response, no_content
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ReasonIn
from gatewayd.api.wire.webhook import (
    IssuedWebhookOut,
    ReplayIn,
    TestOut,
    WebhookChangesIn,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
    issued_webhook_out,
    test_out,
    webhook_out,
)
from gatewayd.webhooks.view import Caller

_MISSING = {404: "There is no webhook of that name, or it is another client's."}
_ONE = "/v1/webhooks/{id}"


def caller(call: Call) -> Caller:
    """Return who asks, as webhooks know them."""
    principal = call.principal
    return Caller(principal.actor, principal.sees, principal.may(Scope.INBOX))


async def list_webhooks(call: Call) -> Response:
    """Answer with the client's own webhooks, or all for an administrator."""
    out: WebhooksOut = {
        "webhooks": [webhook_out(view) for view in await call.services.webhooks.list(caller(call))]
    }
    return json_response(out)


async def get_webhook(call: Call) -> Response:
    """Answer with one webhook."""
    return json_response(webhook_out(await call.services.webhooks.get(caller(call), call.path["id"])))


async def create_webhook(call: Call) -> Response:
    """Add a webhook; the only answer that shows its secret."""
    asked = await read_body(call, WebhookIn)
    issued = await call.services.webhooks.create(caller(call), asked.draft())
    location = {"location": f"/v1/webhooks/{issued.webhook.id}"}
    return json_response(issued_webhook_out(issued), 201, location)


async def change_webhook(call: Call) -> Response:
    """Change a webhook."""
    asked = await read_body(call, WebhookChangesIn)
    view = await call.services.webhooks.change(caller(call), call.path["id"], asked.changes())
    return json_response(webhook_out(view))


async def delete_webhook(call: Call) -> Response:
    """Remove a webhook."""
    await call.services.webhooks.delete(caller(call), call.path["id"])
    return no_content()


async def enable_webhook(call: Call) -> Response:
    """Go on, and at once."""
    return json_response(webhook_out(await call.services.webhooks.enable(caller(call), call.path["id"])))


async def disable_webhook(call: Call) -> Response:
    """Send nothing any more."""
    asked = await read_body(call, ReasonIn)
    view = await call.services.webhooks.disable(caller(call), call.path["id"], asked.reason)
    return json_response(webhook_out(view))


async def rotate_webhook(call: Call) -> Response:
    """Make a new secret; the only answer that shows it."""
    return json_response(
        issued_webhook_out(await call.services.webhooks.rotate(caller(call), call.path["id"]))
    )


async def test_webhook(call: Call) -> Response:
    """Answer with what the receiver says to a test."""
    result = await call.services.webhooks.test(
        caller(call), call.path["id"], show_body=call.principal.is_admin
    )
    return json_response(test_out(result))


async def replay_webhook(call: Call) -> Response:
    """Tell once more what followed an event."""
    asked = await read_body(call, ReplayIn)
    view = await call.services.webhooks.replay(caller(call), call.path["id"], asked.after)
    return json_response(webhook_out(view))


async def skip_event(call: Call) -> Response:
    """Put aside the event that is in the way."""
    asked = await read_body(call, ReasonIn)
    view = await call.services.webhooks.skip(caller(call), call.path["id"], asked.reason)
    return json_response(webhook_out(view))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/webhooks",
        list_webhooks,
        "List the webhooks",
        {200: Answer("The client's own, or all for an administrator.", WebhooksOut)},
        scope=Scope.WEBHOOKS,
    ),
    Operation(
        "POST",
        "/v1/webhooks",
        create_webhook,
        "Add a webhook",
        {201: Answer("The webhook, with its secret, which can't be shown again.", IssuedWebhookOut)},
        description="It is told of what happens from now on.",
        scope=Scope.WEBHOOKS,
        body={"application/json": WebhookIn},
        problems={409: "`too_many_webhooks`: the client has as many as it may."},
    ),
    Operation(
        "GET",
        _ONE,
        get_webhook,
        "Look at a webhook",
        {200: Answer("The webhook with how it fares.", WebhookOut)},
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "PATCH",
        _ONE,
        change_webhook,
        "Change a webhook",
        {200: Answer("The webhook as it is now.", WebhookOut)},
        scope=Scope.WEBHOOKS,
        body={"application/json": WebhookChangesIn},
        problems=_MISSING,
    ),
    Operation(
        "DELETE",
        _ONE,
        delete_webhook,
        "Remove a webhook with its dead letters",
        {204: Answer("It is removed.")},
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/enable",
        enable_webhook,
        "Go on with a webhook, at once",
        {200: Answer("The webhook as it is now.", WebhookOut)},
        description="Also ends the waiting of one that fails: the next try is made now.",
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/disable",
        disable_webhook,
        "Send a webhook nothing any more",
        {200: Answer("The webhook as it is now. What happens meanwhile waits for it.", WebhookOut)},
        scope=Scope.WEBHOOKS,
        body={"application/json": ReasonIn},
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/rotate",
        rotate_webhook,
        "Give a webhook a new secret",
        {
            200: Answer(
                "The webhook with its new secret. The old one signs along for a while.", IssuedWebhookOut
            )
        },
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/test",
        test_webhook,
        "Send a test, and see what the receiver says",
        {200: Answer("What it said, or why nothing came.", TestOut)},
        scope=Scope.WEBHOOKS,
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/replay",
        replay_webhook,
        "Tell a webhook once more what followed an event",
        {200: Answer("The webhook as it is now. Events keep their ids.", WebhookOut)},
        scope=Scope.WEBHOOKS,
        body={"application/json": ReplayIn},
        problems=_MISSING,
    ),
    Operation(
        "POST",
        f"{_ONE}/skip",
        skip_event,
        "Put aside the event that is in the way",
        {200: Answer("The webhook as it is now. The event is a dead letter.", WebhookOut)},
        scope=Scope.WEBHOOKS,
        body={"application/json": ReasonIn},
        problems=_MISSING | {409: "`nothing_in_the_way`: no event is being tried again."},
    ),
)
