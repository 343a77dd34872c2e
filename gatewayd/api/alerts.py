"""`/v1/alerts`: Alertmanager's notifications, and what the on-call lists know."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import parse_body, read_query
from gatewayd.api.wire.alerts import (
    AlertQuery,
    GroupsOut,
    NotificationIn,
    NotifiedOut,
    group_out,
    notified_out,
)
from gatewayd.http.bodies import JSON, read_body

#: A group of some 2,000 alerts with their labels and annotations; Alertmanager's `max_alerts` keeps below it.
_BODY_LIMIT: Final = 2 * 1024 * 1024  # bytes


async def notify(call: Call) -> Response:
    """Tell the on-call lists what is new in a notification."""
    limit = max(_BODY_LIMIT, call.services.settings.body_limit)
    body = await read_body(call.request, limit=limit)
    asked = parse_body(body.octets, NotificationIn)
    told = await call.services.alerts.notify(call.principal, asked.notification())
    return json_response(notified_out(told))


async def list_groups(call: Call) -> Response:
    """Answer with the groups that on-call lists know."""
    asked = read_query(call.request, AlertQuery)
    groups = await call.services.alerts.groups(call.principal.sees, asked.limit)
    out: GroupsOut = {"groups": [group_out(view) for view in groups]}
    return json_response(out)


OPERATIONS = (
    Operation(
        "POST",
        "/v1/alerts/alertmanager",
        notify,
        "Take in a notification of Alertmanager",
        {200: Answer("What became of it for each on-call list that it fits.", NotifiedOut)},
        description="The address of a `webhook_configs` receiver, whose `http_config.authorization` holds the token. A "
        "group is told to a list again only where other alerts fire than before, so Alertmanager may repeat itself.",
        scope=Scope.SEND,
        body={JSON: NotificationIn},
        problems={
            429: "A limit of the client is reached (`code` says which); nothing was accepted.",
            507: "`storage_full`: the disk is full. Nothing was accepted.",
        },
    ),
    Operation(
        "GET",
        "/v1/alerts",
        list_groups,
        "List the groups of alerts that on-call lists know",
        {
            200: Answer(
                "Groups that Alertmanager spoke of in the last 30 days, the last one first.", GroupsOut
            )
        },
        scope=Scope.READ,
        query=AlertQuery,
    ),
)
