"""`/v1/modems`: what is plugged in, and whether it may send."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Handler, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ReasonIn
from gatewayd.api.wire.modem_out import ModemOut, ModemsOut, modem_out


async def list_modems(call: Call) -> Response:
    """Answer with every configured modem."""
    modems = await call.services.queue.modems()
    out: ModemsOut = {"modems": [modem_out(view) for view in modems]}
    return json_response(out)


async def show_modem(call: Call) -> Response:
    """Answer with one modem."""
    return json_response(modem_out(await call.services.queue.modem(call.path["name"])))


def _steer(mode: str) -> Handler:
    async def steer(call: Call) -> Response:
        asked = await read_body(call, ReasonIn)
        name = call.path["name"]
        view = await call.services.queue.set_mode(name, mode, actor=call.principal.actor, reason=asked.reason)
        return json_response(modem_out(view))

    return steer


def _steering(verb: str, mode: str, summary: str) -> Operation:
    return Operation(
        "POST",
        f"/v1/modems/{{name}}/{verb}",
        _steer(mode),
        summary,
        {200: Answer("The modem as it is now.", ModemOut)},
        scope=Scope.ADMIN,
        body={"application/json": ReasonIn},
        problems={404: "There is no modem of that name."},
    )


OPERATIONS = (
    Operation(
        "GET",
        "/v1/modems",
        list_modems,
        "List the modems",
        {200: Answer("All configured modems.", ModemsOut)},
        scope=Scope.READ,
    ),
    Operation(
        "GET",
        "/v1/modems/{name}",
        show_modem,
        "Show a modem",
        {200: Answer("The modem.", ModemOut)},
        scope=Scope.READ,
        problems={404: "There is no modem of that name."},
    ),
    _steering("pause", "paused", "Let a modem send nothing more"),
    _steering("drain", "draining", "Let a modem finish the message that it has begun, then pause"),
    _steering("resume", "running", "Let a modem send again"),
)
