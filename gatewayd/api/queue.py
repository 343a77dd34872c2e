"""`/v1/queue`: what waits, what stands in the way, the end of a halt, and of what a restored copy holds back."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body
from gatewayd.api.wire.access import ReasonIn
from gatewayd.api.wire.modem_out import QueueOut, queue_out
from gatewayd.api.wire.release import ReleasedOut, ReleaseIn


async def show_queue(call: Call) -> Response:
    """Answer with what waits and what stands in the way."""
    queue = call.services.queue
    return json_response(queue_out(await queue.depth(), queue.obstacles()))


async def resume(call: Call) -> Response:
    """End a halt, then answer as ``show_queue``."""
    asked = await read_body(call, ReasonIn)
    await call.services.queue.resume(actor=call.principal.actor, reason=asked.reason)
    return await show_queue(call)


async def release(call: Call) -> Response:
    """Let go what a restored copy holds back."""
    asked = await read_body(call, ReleaseIn)
    released = await call.services.queue.release(
        asked.messages, actor=call.principal.actor, reason=asked.reason
    )
    out: ReleasedOut = {"released": released}
    return json_response(out)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/queue",
        show_queue,
        "Show what waits, and what stands in the way of sending",
        {200: Answer("The queue as it is now.", QueueOut)},
        scope=Scope.READ,
    ),
    Operation(
        "POST",
        "/v1/queue/resume",
        resume,
        "End a halt",
        {200: Answer("The queue as it is now.", QueueOut)},
        description="The queue halts itself when a rule that must always hold was about to be broken. "
        "Look into the log for what happened before ending the halt.",
        scope=Scope.ADMIN,
        body={"application/json": ReasonIn},
        problems={409: "`not_halted`: the queue is not halted."},
    ),
    Operation(
        "POST",
        "/v1/queue/release",
        release,
        "Send what a restored copy holds back",
        {200: Answer("How many messages are queued again.", ReleasedOut)},
        description="A gateway that is started from a copy of its database holds every message that waited when the "
        "copy was made: in doubt, with the error `restored`, since the original may have sent it afterwards. Those "
        "released are marked as possible duplicates. Names of messages that are not held are passed over.",
        scope=Scope.ADMIN,
        body={"application/json": ReleaseIn},
    ),
)
