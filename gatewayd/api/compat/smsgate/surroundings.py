"""`/3rdparty/v1/inbox`, `/devices` and `/health`: what is around the messages, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field
from starlette.responses import Response
from typing_extensions import TypedDict

from gatewayd import __version__
from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.compat.smsgate.manners import BASE, DENIED, DIALECT
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_query
from gatewayd.api.wire.types import Incoming, Instant
from gatewayd.errors import NotFound
from gatewayd.queue.inbox import InboxQuery, ReceivedMessage

#: How far the inbox can be leafed through: what the offset leaves out is read all the same.
_DEEPEST: Final = 1_000
_PROBES: Final = ("live", "ready", "startup")


class SmsGateInboxQuery(Incoming):
    """What to list of the inbox."""

    model_config = ConfigDict(extra="ignore")

    since: Instant | None = Field(None, alias="from", description="Only those received at or after this.")
    until: Instant | None = Field(None, alias="to", description="Only those received before this.")
    type: Literal["SMS", "DATA_SMS", "MMS", "MMS_DOWNLOADED"] = Field(
        "SMS", description="There are none but `SMS` here."
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Messages of a page.")
    offset: Annotated[int, Field(ge=0, le=_DEEPEST)] = Field(0, description="How many are left out before.")


class SmsGateReceivedOut(TypedDict):
    """A received message."""

    id: str
    type: Literal["SMS"]
    sender: str
    contentPreview: str
    """The whole text."""
    createdAt: datetime


class SmsGateDeviceOut(TypedDict):
    """A modem."""

    id: str
    name: str
    createdAt: datetime
    """As the next two: since when it is in its present state."""
    updatedAt: datetime
    lastSeen: datetime


class SmsGateCheckOut(TypedDict):
    """One obstacle."""

    status: Literal["warn"]
    description: str


class SmsGateHealthOut(TypedDict):
    """How the gateway is."""

    status: Literal["pass", "warn"]
    """`warn`: nothing can be sent now. It is accepted all the same."""
    version: str
    checks: dict[str, SmsGateCheckOut]


async def list_smsgate_inbox(call: Call) -> Response:
    """Answer with received messages, newest first."""
    asked = read_query(call.request, SmsGateInboxQuery)
    if asked.type != "SMS":
        return json_response([])
    query = InboxQuery(since=asked.since, until=asked.until, limit=asked.offset + asked.limit)
    page = await call.services.queue.inbox.find(query)
    return json_response([_received_out(each) for each in page.messages[asked.offset :]])


async def list_smsgate_devices(call: Call) -> Response:
    """Answer with the modems."""
    statuses = [view.status for view in await call.services.queue.modems()]
    out: list[SmsGateDeviceOut] = [
        {
            "id": status.name,
            "name": status.name,
            "createdAt": status.since,
            "updatedAt": status.since,
            "lastSeen": status.since,
        }
        for status in statuses
    ]
    return json_response(out)


async def smsgate_health(call: Call) -> Response:
    """Answer that the gateway accepts messages, and what keeps it from sending them."""
    obstacles = call.services.queue.obstacles()
    out: SmsGateHealthOut = {
        "status": "warn" if obstacles else "pass",
        "version": __version__,
        "checks": {each.code: {"status": "warn", "description": each.message} for each in obstacles},
    }
    return json_response(out)


async def smsgate_probe(call: Call) -> Response:
    """Answer as for the health as a whole. Raises NotFound for a probe that SMSGate doesn't have."""
    if (probe := call.path["probe"]) not in _PROBES:
        raise NotFound(f"there is no probe {probe}; there are {', '.join(_PROBES)}")
    return await smsgate_health(call)


def _received_out(message: ReceivedMessage) -> SmsGateReceivedOut:
    return {
        "id": message.id,
        "type": "SMS",
        "sender": message.sender,
        "contentPreview": message.text or "",
        "createdAt": message.received_at,
    }


OPERATIONS: Final = (
    Operation(
        "GET",
        f"{BASE}/inbox",
        list_smsgate_inbox,
        "List received messages as SMSGate does",
        {200: Answer("A page, newest first.", list[SmsGateReceivedOut])},
        scope=Scope.INBOX,
        query=SmsGateInboxQuery,
        problems=DENIED | {400: "A parameter is wrong."},
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        f"{BASE}/devices",
        list_smsgate_devices,
        "List modems as SMSGate lists devices",
        {200: Answer("Every configured modem.", list[SmsGateDeviceOut])},
        scope=Scope.READ,
        problems=DENIED,
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        f"{BASE}/health",
        smsgate_health,
        "Tell how it is, as SMSGate does",
        {200: Answer("It accepts messages.", SmsGateHealthOut)},
        dialect=DIALECT,
    ),
    Operation(
        "GET",
        f"{BASE}/health/{{probe}}",
        smsgate_probe,
        "Tell how it is, by one of SMSGate's probes",
        {200: Answer("It accepts messages.", SmsGateHealthOut)},
        description="`live`, `ready` and `startup` answer the same.",
        problems={404: "There is no such probe."},
        dialect=DIALECT,
    ),
)
