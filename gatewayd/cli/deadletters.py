"""`gatewayd webhook dead-letters`: what a webhook has not taken."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(
    help="List what a webhook has not taken, send it again, or throw it away.", no_args_is_help=True
)

_Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id.")]
_Event = Annotated[int | None, typer.Argument(metavar="[EVENT]", help="Number of one event; else all.")]


@app.command("list")
@reaching()
async def list_letters(api: Api, webhook: _Id, json: JsonOption = False) -> None:
    """List the dead letters of a webhook, oldest first."""
    letters: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = await api.get(f"/v1/webhooks/{webhook}/dead-letters", after=after, limit=1000)
        letters += page["dead_letters"]
        after = page["next"]
    if json:
        print_json(letters)
        return
    columns = ("seq", "kind", "event_at", "died_at", "tries", "error", "wanted")
    rows = ([letter[column] for column in columns] for letter in letters)
    names = ("event", "kind", "happened", "given up", "tries", "error", "going again")
    print_table(names, rows, empty="there are no dead letters")


@app.command()
@reaching()
async def retry(api: Api, webhook: _Id, event: _Event = None) -> None:
    """Send one dead letter again, or all; the first that is refused again ends it."""
    count = (await api.post(f"{_path(webhook, event)}/retry"))["dead_letters"]
    print(f"{count} on the way again")


@app.command()
@reaching()
async def discard(api: Api, webhook: _Id, reason: ReasonOption, event: _Event = None) -> None:
    """Throw one dead letter away, or all."""
    count = (await api.delete(_path(webhook, event), reason=reason))["dead_letters"]
    print(f"{count} thrown away")


def _path(webhook: str, event: int | None) -> str:
    path = f"/v1/webhooks/{webhook}/dead-letters"
    return path if event is None else f"{path}/{event}"
