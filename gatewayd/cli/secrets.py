"""`gatewayd secrets`: the key that seals what the database must not show."""

from __future__ import annotations

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption
from gatewayd.cli.output import print_json
from gatewayd.cli.reaching import reaching
from gatewayd.sealing import new_key

app = typer.Typer(help="Make a key for [secrets], and change over to it.", no_args_is_help=True)


@app.command("new-key")
def make() -> None:
    """Print a fresh key, alone. It is kept nowhere."""
    print(new_key())


@app.command()
@reaching()
async def status(api: Api, json: JsonOption = False) -> None:
    """Say which keys have sealed what. Ends with status 1 where something can't be opened."""
    found = await api.get("/local/secrets")
    if json:
        print_json(found)
    else:
        print(f"{found['current']} sealed with the present key, {found['previous']} with the previous one")
        for place in found["broken"]:
            print(f"no configured key opens {place}")
    if found["broken"]:
        raise typer.Exit(1)


@app.command()
@reaching()
async def reseal(api: Api, json: JsonOption = False) -> None:
    """Seal everything with the key that is configured now. Ends with status 1 where something can't be opened."""
    done = await api.post("/local/reseal")
    if json:
        print_json(done)
    else:
        print(f"{done['resealed']} sealed with the present key; the previous one is not needed any more")
        for place in done["broken"]:
            print(f"no key opens {place}: make it anew")
    if done["broken"]:
        raise typer.Exit(1)
