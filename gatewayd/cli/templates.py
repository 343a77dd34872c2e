"""`gatewayd template`: texts that are written once and filled in for each message."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.files import pairs, read_table
from gatewayd.cli.options import JsonOption
from gatewayd.cli.output import print_fields, print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="See, change and try templates.", no_args_is_help=True)

_Place = Annotated[str, typer.Argument(metavar="KIND/CHANNEL/LANGUAGE", help="As in ra_opened/sms/pt-BR.")]
_Field = Annotated[
    list[str] | None, typer.Option("--field", help="What to fill it with, as name=value. Repeatable.")
]


@app.command("list")
@reaching()
async def list_templates(
    api: Api,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    json: JsonOption = False,
) -> None:
    """List the templates in force."""
    found = (await api.get("/v1/templates", kind=kind))["templates"]
    if json:
        print_json(found)
        return
    columns = ("kind", "channel", "language", "version", "fields", "body")
    rows = (
        (*(each[column] for column in columns[:4]), [field["name"] for field in each["fields"]], each["body"])
        for each in found
    )
    print_table(columns, rows, empty="there are no templates")


@app.command()
@reaching()
async def show(
    api: Api,
    place: _Place,
    version: Annotated[int | None, typer.Option(help="Left out: the one in force.")] = None,
    json: JsonOption = False,
) -> None:
    """Show a template."""
    found = await api.get(f"/v1/templates/{place}", version=version)
    if json:
        print_json(found)
    else:
        print_fields(found | {"fields": [_described(field) for field in found["fields"]], "body": ""})
        print(found["body"])


def _described(field: dict[str, Any]) -> str:
    return f"{field['name']}:{field['type']}" + ("" if field["required"] else "?")


@app.command()
@reaching()
async def put(
    api: Api,
    place: _Place,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="TOML or JSON with fields, subject and body, as /v1/templates takes it."
        ),
    ],
) -> None:
    """Save a template in a new version."""
    made = await api.call("PUT", f"/v1/templates/{place}", body=read_table(file))
    print(made["label"])


@app.command()
@reaching()
async def delete(api: Api, place: _Place) -> None:
    """Take a template out of use; its versions stay."""
    await api.delete(f"/v1/templates/{place}")
    print(f"the template {place} can't be used any more")


@app.command()
@reaching()
async def versions(api: Api, place: _Place, json: JsonOption = False) -> None:
    """List every version of a template, newest first."""
    found = (await api.get(f"/v1/templates/{place}/versions"))["templates"]
    if json:
        print_json(found)
    else:
        columns = ("version", "created_at", "created_by", "body")
        print_table(columns, ([each[column] for column in columns] for each in found), empty="")


@app.command()
@reaching()
async def render(api: Api, place: _Place, field: _Field = None, json: JsonOption = False) -> None:
    """Show what a template makes of some fields, and how many parts that takes."""
    made = await api.post(f"/v1/templates/{place}/render", {"fields": pairs(field)})
    if json:
        print_json(made)
    else:
        print_fields(made)
