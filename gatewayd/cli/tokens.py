"""`gatewayd token`: what applications identify themselves with."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, seconds
from gatewayd.cli.output import print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="Make, list, rotate and revoke the tokens of clients.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `gatewayd token list` shows it.")]


@app.command()
@reaching()
async def create(
    api: Api,
    name: Annotated[str, typer.Option(help="Name of the client; it is created where there is none.")],
    scope: Annotated[
        list[str],
        typer.Option(help="What the token allows: send, read, inbox, webhooks, metrics, admin. Repeatable."),
    ],
    purpose: Annotated[str, typer.Option(help="What the token is for, in words.")] = "",
    expires: Annotated[
        str | None, typer.Option(help="When it expires, as in 2027-01-31T00:00:00Z; else never.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="From where it may be used, as in 192.0.2.0/24; else from anywhere. Repeatable."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Make a token and print it, alone. It can't be shown again."""
    wanted = {
        "client": name,
        "scopes": scope,
        "name": purpose,
        "expires_at": expires,
        "networks": network or [],
    }
    _show(await api.post("/v1/tokens", wanted), json=json)


@app.command()
@reaching()
async def rotate(
    api: Api,
    token_id: _Id,
    overlap: Annotated[
        str,
        typer.Option(
            help="For how long the old token stays good: 30m, 24h, 7d; 0 ends it at once, as for a stolen one."
        ),
    ] = "24h",
    expires: Annotated[
        str | None, typer.Option(help="When the new one expires; else it lives as long as the old one.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the audit.")] = None,
    json: JsonOption = False,
) -> None:
    """Replace a token by a new one, print that, alone, and end the old one after the overlap."""
    wanted = {"overlap_seconds": seconds(overlap), "expires_at": expires, "reason": reason}
    _show(await api.post(f"/v1/tokens/{token_id}/rotate", wanted), json=json)


@app.command("list")
@reaching()
async def list_tokens(
    api: Api,
    client: Annotated[str | None, typer.Option(help="Of this client only.")] = None,
    json: JsonOption = False,
) -> None:
    """List tokens, expired and revoked ones too, without their secrets."""
    tokens = (await api.get("/v1/tokens", client=client))["tokens"]
    if json:
        print_json(tokens)
        return
    columns = (
        "id",
        "client",
        "scopes",
        "name",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "networks",
        "replaces",
    )
    rows = ([token[column] for column in columns] for token in tokens)
    print_table([column.replace("_at", "") for column in columns], rows, empty="there are no tokens")


@app.command()
@reaching()
async def revoke(api: Api, token_id: _Id) -> None:
    """Revoke a token, at once and for good."""
    await api.delete(f"/v1/tokens/{token_id}")
    print(f"token {token_id} is revoked")


def _show(issued: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(issued)
    else:
        print(issued["token"])
