"""`gatewayd webhook`: who is told of what happens."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli import deadletters
from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, Misused, ReasonOption
from gatewayd.cli.output import print_fields, print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(
    help="Add, watch and mend webhooks: applications that are told of what happens.", no_args_is_help=True
)
app.add_typer(deadletters.app, name="dead-letters")

_Id = Annotated[
    str, typer.Argument(metavar="ID", help="The webhook's id, as `gatewayd webhook list` shows it.")
]
_Event = Annotated[
    list[str] | None,
    typer.Option("--event", help="A kind of event, or a pattern such as 'message.*'. Repeatable; else all."),
]
_Text = Annotated[
    str | None,
    typer.Option("--include-text", help="Whose texts go along: none, received (the default), or all."),
]
_Url = Annotated[str | None, typer.Option("--receiver", help="Where to.")]
_Purpose = Annotated[str | None, typer.Option("--purpose", help="What it is for, in words.")]
_Clients = Annotated[
    list[str] | None,
    typer.Option(
        "--events-of",
        help="Of a webhook of the whole gateway: a client whose events are told. Repeatable; else all.",
    ),
]


@app.command()
@reaching()
async def create(
    api: Api,
    url_of_receiver: Annotated[str, typer.Argument(metavar="URL", help="Where to, as in https://…")],
    client: Annotated[
        str | None,
        typer.Option(
            help="The client whose webhook it is, and whose events alone it gets; else the gateway's."
        ),
    ] = None,
    event: _Event = None,
    events_of: _Clients = None,
    include_text: _Text = None,
    purpose: _Purpose = None,
    json: JsonOption = False,
) -> None:
    """Add a webhook and print its secret, alone. It can't be shown again."""
    asked = {"url": url_of_receiver, "client": client, **_given(event, events_of, include_text, purpose)}
    made = await api.post("/v1/webhooks", asked)
    if json:
        print_json(made)
    else:
        print(made["secret"])


@app.command("list")
@reaching()
async def list_webhooks(api: Api, json: JsonOption = False) -> None:
    """List the webhooks with how they fare."""
    webhooks = (await api.get("/v1/webhooks"))["webhooks"]
    if json:
        print_json(webhooks)
        return
    columns = ("id", "client", "url", "condition", "pending", "dead_letters", "last_success_at", "last_error")
    rows = ([webhook[column] for column in columns] for webhook in webhooks)
    names = [column.replace("_at", "").replace("_", " ") for column in columns]
    print_table(names, rows, empty="there are no webhooks")


@app.command()
@reaching()
async def show(api: Api, webhook: _Id, json: JsonOption = False) -> None:
    """Show a webhook: what it is told, how far it has come, what its receiver said last."""
    _print(await api.get(f"/v1/webhooks/{webhook}"), json)


@app.command()
@reaching()
async def change(
    api: Api,
    webhook: _Id,
    receiver: _Url = None,
    event: _Event = None,
    events_of: _Clients = None,
    include_text: _Text = None,
    purpose: _Purpose = None,
    json: JsonOption = False,
) -> None:
    """Change what a webhook is told of, or where."""
    asked = _given(event, events_of, include_text, purpose)
    if receiver is not None:
        asked["url"] = receiver
    if not asked:
        raise Misused("say what is to be different; see --help")
    _print(await api.call("PATCH", f"/v1/webhooks/{webhook}", body=asked), json)


@app.command("test")
@reaching()
async def send_test(api: Api, webhook: _Id, json: JsonOption = False) -> None:
    """Send a test, and print what the receiver says. Ends with status 1 where it isn't taken."""
    result = await api.post(f"/v1/webhooks/{webhook}/test")
    if json:
        print_json(result)
    elif result["delivered"]:
        print(f"taken: status {result['status']} after {result['seconds']:g} s")
    else:
        print(f"not taken: {result['error']}")
    if not result["delivered"]:
        raise typer.Exit(1)


@app.command()
@reaching()
async def enable(api: Api, webhook: _Id) -> None:
    """Go on where it stopped; also ends the waiting of one that fails: its next try is made now."""
    await api.post(f"/v1/webhooks/{webhook}/enable")
    print(f"webhook {webhook} is enabled")


@app.command()
@reaching()
async def disable(api: Api, webhook: _Id, reason: ReasonOption) -> None:
    """Send nothing any more. What happens meanwhile waits."""
    await api.post(f"/v1/webhooks/{webhook}/disable", {"reason": reason})
    print(f"webhook {webhook} is disabled")


@app.command()
@reaching()
async def rotate(api: Api, webhook: _Id, json: JsonOption = False) -> None:
    """Make a new secret and print it, alone. The old one signs along for a while."""
    made = await api.post(f"/v1/webhooks/{webhook}/rotate")
    if json:
        print_json(made)
    else:
        print(made["secret"])


@app.command()
@reaching()
async def replay(
    api: Api,
    webhook: _Id,
    after: Annotated[int, typer.Option(help="Number of an event (`seq`): all that follow are told again.")],
) -> None:
    """Tell once more what followed an event. Events keep their ids."""
    await api.post(f"/v1/webhooks/{webhook}/replay", {"after": after})
    print(f"webhook {webhook} is told again of what followed event {after}")


@app.command()
@reaching()
async def skip(api: Api, webhook: _Id, reason: ReasonOption) -> None:
    """Put aside the event that is refused again and again: it becomes a dead letter, and the next one begins."""
    await api.post(f"/v1/webhooks/{webhook}/skip", {"reason": reason})
    print(f"webhook {webhook} goes on with the next event")


@app.command()
@reaching()
async def delete(api: Api, webhook: _Id) -> None:
    """Remove a webhook with its dead letters."""
    await api.delete(f"/v1/webhooks/{webhook}")
    print(f"webhook {webhook} is removed")


def _given(
    event: list[str] | None, events_of: list[str] | None, include_text: str | None, purpose: str | None
) -> dict[str, Any]:
    values = {"events": event, "clients": events_of, "include_text": include_text, "description": purpose}
    return {name: value for name, value in values.items() if value is not None}


def _print(webhook: dict[str, Any], json: bool) -> None:
    if json:
        print_json(webhook)
    else:
        print_fields(webhook)
