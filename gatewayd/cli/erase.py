"""`gatewayd erase`: one number, everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json
from gatewayd.cli.reaching import reaching


@reaching()
async def erase(
    api: Api,
    number: Annotated[str, typer.Option("--number", help="The number, with + and country code.")],
    reason: ReasonOption,
    force: Annotated[bool, typer.Option("--force", help="Give up messages in doubt to it.")] = False,
    json: JsonOption = False,
) -> None:
    """Erase a number everywhere, as its owner may ask for. What waits for it is cancelled. It can't be undone."""
    done = await api.post("/v1/erasures", {"number": number, "reason": reason, "force": force})
    if json:
        print_json(done)
        return
    print(
        f"erased from {done['messages']} messages ({done['cancelled']} were cancelled, {done['given_up']} given up), "
        f"{done['received']} received ones, {done['rows']} rows of batches and {done['answers']} kept answers"
    )
    if done["opted_out"]:
        print("it had opted out, and still has")
    print(f"the audit calls it {done['pseudonym']}; backups made before still hold it")
