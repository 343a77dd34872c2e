"""`gatewayd client`: the applications that use the gateway."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.limits import in_words, limits, usage
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(
    help="Add, list, limit and shut out clients: the applications with tokens.", no_args_is_help=True
)

_Name = Annotated[str, typer.Argument(help="The client's name.")]


@app.command()
@reaching()
async def create(api: Api, name: _Name, json: JsonOption = False) -> None:
    """Add a client."""
    client = await api.post("/v1/clients", {"name": name})
    if json:
        print_json(client)
    else:
        print(f"client {name} is added; `gatewayd token create --name {name}` makes a token for it")


@app.command("list")
@reaching()
async def list_clients(api: Api, json: JsonOption = False) -> None:
    """List the clients."""
    clients = (await api.get("/v1/clients"))["clients"]
    if json:
        print_json(clients)
        return
    rows = (
        (client["name"], client["created_at"], client["disabled"], in_words(client["limits"]))
        for client in clients
    )
    print_table(("name", "created", "disabled", "limits"), rows, empty="there are no clients")


@app.command()
@reaching()
async def disable(api: Api, name: _Name, reason: ReasonOption) -> None:
    """Refuse all tokens of a client, at once."""
    await api.post(f"/v1/clients/{name}/disable", {"reason": reason})
    print(f"client {name} is disabled")


@app.command()
@reaching()
async def enable(api: Api, name: _Name, reason: ReasonOption) -> None:
    """Accept the tokens of a client again."""
    await api.post(f"/v1/clients/{name}/enable", {"reason": reason})
    print(f"client {name} is enabled")


app.command()(limits)
app.command()(usage)
