"""`gatewayd optout`: who wants no messages."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json, print_table, words
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="See and change who wants no messages.", no_args_is_help=True)

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The recipient's number.")]
_COLUMNS = ("recipient", "since", "reason", "by")
#: Most entries of one page, as the API has it.
_PAGE = 1000


@app.command("list")
@reaching()
async def list_opt_outs(
    api: Api,
    recipient: Annotated[str | None, typer.Option(help="Only this number.")] = None,
    json: JsonOption = False,
) -> None:
    """List who wants no messages, by number."""
    opt_outs: list[dict[str, Any]] = []
    cursor = None
    while True:
        # With one number there is one page, and neither limit nor cursor changes that.
        page = await api.get("/v1/optouts", recipient=recipient, limit=_PAGE, cursor=cursor)
        opt_outs += page["opt_outs"]
        cursor = page["next"]
        if cursor is None:
            break
    if json:
        print_json(opt_outs)
    else:
        rows = ([opt_out[column] for column in _COLUMNS] for opt_out in opt_outs)
        print_table(_COLUMNS, rows, empty="nobody has opted out")


@app.command()
@reaching()
async def add(api: Api, number: _Number, reason: ReasonOption, json: JsonOption = False) -> None:
    """Send a number no more messages; what is queued for it is cancelled."""
    opt_out = await api.post("/v1/optouts", {"recipient": number, "reason": reason})
    if json:
        print_json(opt_out)
    else:
        print(f"{opt_out['recipient']} gets no messages since {words(opt_out['since'])}")


@app.command()
@reaching()
async def remove(api: Api, number: _Number, reason: ReasonOption) -> None:
    """Let a number have messages again."""
    await api.delete(f"/v1/optouts/{number}", reason=reason)
    print(f"{number} may have messages again")
