"""`gatewayd db`: the database as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewayd.cli import FAILED
from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="Back up and check the database, running or not.", no_args_is_help=True)


@app.command()
@reaching()
async def backup(
    api: Api,
    target: Annotated[
        Path, typer.Argument(help="The new file; a running gatewayd must be able to write it.")
    ],
    json: JsonOption = False,
) -> None:
    """Copy the database, as it is at one moment, to a new file."""
    done = await api.post("/local/backup", {"target": str(target.absolute())})
    if json:
        print_json(done)
    else:
        print(f"{done['target']}: {done['bytes']:,} bytes")


@app.command()
@reaching()
async def release(
    api: Api,
    reason: ReasonOption,
    messages: Annotated[
        list[str] | None, typer.Argument(help="Names of messages; without any, all that are held.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Send what a restored copy holds back: `gatewayd messages list --state in_doubt` shows it."""
    done = await api.post("/v1/queue/release", {"reason": reason, "messages": messages or None})
    if json:
        print_json(done)
    else:
        print(f"{done['released']} messages are queued again")


@app.command()
@reaching()
async def check(api: Api, json: JsonOption = False) -> None:
    """Read all of the database and name what is wrong with it."""
    findings = (await api.post("/local/check"))["findings"]
    if json:
        print_json(findings)
    else:
        print("\n".join(findings) or "the database is sound")
    if findings:
        raise typer.Exit(FAILED)
