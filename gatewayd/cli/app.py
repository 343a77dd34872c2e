"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewayd import __version__
from gatewayd.cli import (
    batches,
    clients,
    configuration,
    db,
    demo,
    erase,
    inbox,
    messages,
    modems,
    optouts,
    queue,
    secrets,
    send,
    serve,
    simulate,
    templates,
    tokens,
    types,
    users,
    verify,
    webhooks,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"gatewayd {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="gatewayd",
    help="An SMS gateway: a durable, paced send queue on a modem, with an HTTP API.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    _wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("send")(send.send)
app.add_typer(messages.app, name="messages")
app.add_typer(inbox.app, name="inbox")
app.add_typer(optouts.app, name="optout")
app.add_typer(batches.app, name="batch")
app.add_typer(templates.app, name="template")
app.add_typer(types.app, name="type")
app.add_typer(modems.app, name="modem")
app.add_typer(clients.app, name="client")
app.add_typer(tokens.app, name="token")
app.add_typer(webhooks.app, name="webhook")
app.add_typer(users.app, name="user")
app.command("erase")(erase.erase)
app.command("resume")(queue.resume)
app.command("verify")(verify.verify)
app.add_typer(db.app, name="db")
app.add_typer(secrets.app, name="secrets")
app.add_typer(configuration.app, name="config")
