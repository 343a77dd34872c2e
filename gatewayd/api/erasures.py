"""`/v1/erasures`: erase a number everywhere."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.bounds import number
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.erasure import ErasureIn, ErasureOut, erasure_out
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.bodies import JSON


async def erase_number(call: Call) -> Response:
    """Erase a number, and answer with what was erased."""
    asked = await read_body(call, ErasureIn)
    errors: list[FieldError] = []
    found = number("number", asked.number, call.services.region, errors)
    if found is None:
        raise InvalidRequest(errors)
    done = await call.services.queue.eraser.erase(
        found, reason=asked.reason, actor=call.principal.actor, force=asked.force
    )
    return json_response(erasure_out(done))


OPERATIONS = (
    Operation(
        "POST",
        "/v1/erasures",
        erase_number,
        "Erase a number everywhere",
        {200: Answer("It is erased; once more does no harm.", ErasureOut)},
        description="What waits for it is cancelled. Messages keep their rows without text, number and reference, so "
        "that counts stay right. An opt-out stays in force. This can't be undone.",
        scope=Scope.ADMIN,
        body={JSON: ErasureIn},
        problems={
            409: "`in_doubt`: messages to it are in doubt; settle them, or set `force`. `submitting`: one is at a "
            "modem just now. `sealed`: the key of pseudonyms can't be opened.",
            507: "`storage_full`: the disk is full. Ask again: what is erased stays erased.",
        },
    ),
)
