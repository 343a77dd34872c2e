"""`gatewayd resume`: the end of a halt."""

from __future__ import annotations

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json
from gatewayd.cli.reaching import reaching


@reaching()
async def resume(api: Api, reason: ReasonOption, json: JsonOption = False) -> None:
    """Let the queue send again after it halted itself. Read the log first: a rule was about to be broken."""
    queue = await api.post("/v1/queue/resume", {"reason": reason})
    if json:
        print_json(queue)
        return
    print("the queue is resumed")
    for obstacle in queue["obstacles"]:
        print(f"still in the way: {obstacle['message']}")
