"""`gatewayd inbox`: what was received."""

from __future__ import annotations

from textwrap import shorten
from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption
from gatewayd.cli.output import print_fields, print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="See what was received.", no_args_is_help=True)

_COLUMNS = ("id", "received_at", "sender", "modem", "keyword")
#: Characters of a text in a table.
_SHOWN = 60


@app.command("list")
@reaching()
async def list_inbox(
    api: Api,
    since: Annotated[str | None, typer.Option(help="A day or a moment, as in 2027-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="A day, included, or a moment.")] = None,
    sender: Annotated[str | None, typer.Option(help="From this number, short code or name.")] = None,
    keyword: Annotated[str | None, typer.Option(help="stop or start: only such messages.")] = None,
    text: Annotated[str | None, typer.Option(help="With these words in the text.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most messages.")] = 50,
    json: JsonOption = False,
) -> None:
    """Search what was received, newest first."""
    query = {"since": since, "until": until, "sender": sender, "keyword": keyword, "q": text}
    messages, more = await api.search("/v1/inbox", query, limit)
    if json:
        print_json(messages)
        return
    print_table(
        [*(column.replace("_at", "") for column in _COLUMNS), "text"],
        (
            [*(message[column] for column in _COLUMNS), shorten(_text(message), _SHOWN)]
            for message in messages
        ),
        empty="no received message fits",
    )
    if more:
        print(f"there are more than these {limit}: see --limit")


@app.command()
@reaching()
async def show(
    api: Api,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The received message's id.")],
    json: JsonOption = False,
) -> None:
    """Show a received message."""
    message = await api.get(f"/v1/inbox/{message_id}")
    if json:
        print_json(message)
        return
    text = _text(message)
    del message["text"]
    print_fields(message)
    print(f"\n{text}")


def _text(message: dict[str, Any]) -> str:
    text: str = "(erased)" if message["erased"] else message["text"]
    return text
