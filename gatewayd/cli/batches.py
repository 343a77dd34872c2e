"""`gatewayd batch`: lists of recipients that are checked, approved, sent, paused and accounted for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewayd.cli import FAILED
from gatewayd.cli.connection import Api
from gatewayd.cli.files import read_octets
from gatewayd.cli.options import JsonOption
from gatewayd.cli.output import print_fields, print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="Hand in, watch and steer batches.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="The batch's id, as `gatewayd batch list` shows it.")]
_Why = Annotated[str | None, typer.Option("--reason", help="Why, for the audit.")]
_Restored = Annotated[
    bool,
    typer.Option(
        "--restored", help="It comes from a copy of the database: send it though it may have been sent since."
    ),
]
_COLUMNS = ("id", "name", "client", "state", "rows", "good", "wrong", "parts", "submitted")
#: Seconds between two looks at a batch that is waited for.
_LOOK = 0.25
_NDJSON = (".ndjson", ".jsonl")


@app.command()
@reaching(needs_daemon=True)
async def create(
    api: Api,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV whose first row names the columns, or .ndjson; - is standard input."
        ),
    ],
    text: Annotated[
        str | None, typer.Option(help="The text, with {{ column }} where a column belongs.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="Kind of a template, instead of a text.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the template.")] = None,
    to: Annotated[str, typer.Option(help="The column with the recipients' numbers.")] = "to",
    reference: Annotated[str | None, typer.Option(help="The column with the messages' references.")] = None,
    name: Annotated[str | None, typer.Option(help="What people call it; left out: the file's name.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="What kind of messages they are.")] = None,
    priority: Annotated[str | None, typer.Option(help="emergency, high, normal or bulk.")] = None,
    send_at: Annotated[str | None, typer.Option(help="Not before, as in 2027-01-31T08:00:00+01:00.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Not after.")] = None,
    modem: Annotated[str | None, typer.Option(help="Through this modem only.")] = None,
    in_doubt: Annotated[str | None, typer.Option(help="hold, resend or assume_sent.")] = None,
    transliterate: Annotated[
        bool, typer.Option("--transliterate", help="Replace characters that the GSM alphabet lacks.")
    ] = False,
    file_encoding: Annotated[str, typer.Option(help="utf-8, latin-1, windows-1252 or utf-16.")] = "utf-8",
    delimiter: Annotated[str | None, typer.Option(help="Of CSV: , ; or tab; left out: found out.")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same command with the same key makes one batch.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Hand in a batch, wait until every row is checked, and show what was found. Nothing is sent yet."""
    said = {
        "name": name or (file.name if str(file) != "-" else None),
        "text": text,
        "template": template,
        "language": language,
        "recipient_column": to,
        "reference_column": reference,
        "type": type_,
        "priority": priority,
        "send_at": send_at,
        "expires_at": expires_at,
        "modem": modem,
        "in_doubt": in_doubt,
        "transliterate": "true" if transliterate else None,
        "file_encoding": file_encoding,
        "delimiter": delimiter,
    }
    headers = {"content-type": "application/x-ndjson" if file.suffix in _NDJSON else "text/csv"}
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    made = await api.call("POST", "/v1/batches", content=read_octets(file), query=said, headers=headers)
    batch = await _left(api, made["id"], "draft")
    _show(batch, json=json)
    if not batch["good"]:
        raise typer.Exit(FAILED)


async def _left(api: Api, id_: str, state: str) -> Any:
    """The batch once it is no longer in a state."""
    import trio

    while True:
        batch = await api.get(f"/v1/batches/{id_}")
        if batch["state"] != state:
            return batch
        if sys.stderr.isatty():
            print(f"\r{batch['checked']} of {batch['rows']} rows checked", end="", file=sys.stderr)
        await trio.sleep(_LOOK)


@app.command("list")
@reaching()
async def list_batches(
    api: Api,
    state: Annotated[str | None, typer.Option(help="Only in these states, with commas between.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most batches.")] = 20,
    json: JsonOption = False,
) -> None:
    """List batches, newest first."""
    found = (await api.get("/v1/batches", state=state, limit=limit))["batches"]
    if json:
        print_json(found)
    else:
        shown = ([_words(each)[column] for column in _COLUMNS] for each in found)
        print_table(_COLUMNS, shown, empty="no batches")


def _words(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch as a line says it: one that waits for a person, since it comes from a copy, shows that."""
    if not batch["copied_at"] or batch["state"] in ("done", "cancelled"):
        return batch
    return batch | {"state": f"{batch['state']}, from a copy"}


@app.command()
@reaching()
async def show(api: Api, id_: _Id, json: JsonOption = False) -> None:
    """Show a batch and how it goes."""
    _show(await api.get(f"/v1/batches/{id_}"), json=json)


def _show(batch: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(batch)
        return
    counted = {
        key: ", ".join(f"{count} {word}" for word, count in batch[key].items())
        for key in ("problems", "messages")
        if key in batch
    }
    print_fields(batch | counted)


@app.command()
@reaching()
async def rows(
    api: Api,
    id_: _Id,
    errors: Annotated[bool, typer.Option("--errors", help="Only those that can't be sent.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most rows.")] = 100,
    json: JsonOption = False,
) -> None:
    """List the rows of a batch with their verdicts."""
    wanted = "true" if errors else None
    found = (await api.get(f"/v1/batches/{id_}/rows", errors=wanted, limit=limit))["rows"]
    if json:
        print_json(found)
        return
    columns = ("row", "state", "to", "parts", "message", "errors")
    table = (
        (
            row["number"],
            row["state"],
            row["to"],
            row["parts"],
            row["message_state"],
            "; ".join(f"{error['field']}: {error['message']}" for error in row["errors"]),
        )
        for row in found
    )
    print_table(columns, table, empty="no rows")


async def _steer(api: Api, id_: str, verb: str, asked: dict[str, Any], *, json: bool) -> None:
    batch = await api.post(f"/v1/batches/{id_}/{verb}", asked)
    if json:
        print_json(batch)
    else:
        print(f"{batch['id']} {batch['state']}")


def _deed(verb: str, help_: str) -> Callable[..., None]:
    async def deed(api: Api, id_: _Id, reason: _Why = None, json: JsonOption = False) -> None:
        await _steer(api, id_, verb, {"reason": reason}, json=json)

    deed.__doc__ = help_
    return reaching(needs_daemon=True)(deed)


def _going_on(verb: str, help_: str) -> Callable[..., None]:
    async def go_on(
        api: Api, id_: _Id, reason: _Why = None, restored: _Restored = False, json: JsonOption = False
    ) -> None:
        await _steer(api, id_, verb, {"reason": reason, "restored": restored}, json=json)

    go_on.__doc__ = help_
    return reaching(needs_daemon=True)(go_on)


for _verb, _command in {
    "check": _deed("check", "Check every row again."),
    "approve": _going_on("approve", "Release a batch."),
    "pause": _deed("pause", "Let nothing of a batch leave that has not begun."),
    "resume": _going_on("resume", "Let a paused batch go on."),
    "cancel": _deed("cancel", "End a batch; what has not begun never leaves."),
}.items():
    app.command(_verb)(_command)
