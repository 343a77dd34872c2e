"""`gatewayd type`: what kinds of messages there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.files import read_table
from gatewayd.cli.options import JsonOption, Misused
from gatewayd.cli.output import print_fields, print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="See and change the types of messages.", no_args_is_help=True)

_Code = Annotated[str, typer.Argument(metavar="CODE", help="The type's code, as messages have it.")]
_COLUMNS = ("code", "name", "priority", "validity", "keep days", "secret", "active")


@app.command("list")
@reaching()
async def list_types(api: Api, json: JsonOption = False) -> None:
    """List all types by code."""
    found = (await api.get("/v1/types"))["types"]
    if json:
        print_json(found)
        return
    rows = (
        (
            each["code"],
            each["labels"].get("en") or next(iter(each["labels"].values())),
            each["priority"],
            each["validity"],
            each["keep_days"],
            each["secret"],
            each["active"],
        )
        for each in found
    )
    print_table(_COLUMNS, rows, empty="there are no types; messages may have any word as theirs")


@app.command()
@reaching()
async def show(api: Api, code: _Code, json: JsonOption = False) -> None:
    """Show one type."""
    found = await api.get(f"/v1/types/{code}")
    if json:
        print_json(found)
    else:
        labels = [f"{language}: {label}" for language, label in found["labels"].items()]
        print_fields(found | {"labels": ", ".join(labels)})


@app.command("import")
@reaching()
async def import_types(
    api: Api,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="TOML or JSON: a table for each code, as /v1/types takes it."),
    ],
) -> None:
    """Make, or change, every type of a file. Types that it doesn't name stay as they are."""
    types = read_table(file)
    if not all(isinstance(each, dict) for each in types.values()):
        raise Misused(f"{file} must hold a table for each code, as in [otp]")
    for code, wanted in types.items():
        made = await api.call("PUT", f"/v1/types/{code}", body=wanted)
        print(f"{made['code']} is version {made['version']}")


@app.command()
@reaching()
async def delete(api: Api, code: _Code) -> None:
    """Forget a type; messages keep its code."""
    await api.delete(f"/v1/types/{code}")
    print(f"the type {code} is gone")
