"""`gatewayd messages`: search the history; show, cancel and repeat messages."""

from __future__ import annotations

from textwrap import shorten
from typing import Annotated, Any, Literal

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption
from gatewayd.cli.output import print_fields, print_json, print_table, words
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="Search the history; show, cancel and repeat messages.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="The message's id.")]
_COLUMNS = ("id", "created_at", "to", "state", "modem", "client")
#: Characters of a text in a table.
_SHOWN = 40
_ELSEWHERE = ("part_details", "attempts", "timeline")


@app.command("list")
@reaching()
async def list_messages(
    api: Api,
    since: Annotated[str | None, typer.Option(help="A day or a moment, as in 2027-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="A day, included, or a moment.")] = None,
    status: Annotated[str, typer.Option(help="all, sent or not_sent.")] = "all",
    state: Annotated[list[str] | None, typer.Option(help="In this state. Repeatable.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Of this type.")] = None,
    recipient: Annotated[str | None, typer.Option(help="To this number.")] = None,
    client: Annotated[str | None, typer.Option(help="From this client.")] = None,
    reference: Annotated[str | None, typer.Option(help="With this reference.")] = None,
    text: Annotated[str | None, typer.Option(help="With these words in the text.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most messages.")] = 50,
    json: JsonOption = False,
) -> None:
    """Search the history, newest first."""
    query = {
        "since": since,
        "until": until,
        "status": status,
        "state": state,
        "type": type_,
        "recipient": recipient,
        "client": client,
        "reference": reference,
        "q": text,
    }
    messages, more = await api.search("/v1/messages", query, limit)
    if json:
        print_json(messages)
        return
    print_table(
        [*(column.replace("_at", "") for column in _COLUMNS), "text"],
        (
            [*(message[column] for column in _COLUMNS), shorten(message["text"] or "(erased)", _SHOWN)]
            for message in messages
        ),
        empty="no message fits",
    )
    if more:
        print(f"there are more than these {limit}: see --limit")


@app.command()
@reaching()
async def show(api: Api, message_id: _Id, json: JsonOption = False) -> None:
    """Show a message with its attempts and its timeline."""
    message = await api.get(f"/v1/messages/{message_id}")
    if json:
        print_json(message)
        return
    print_fields({name: value for name, value in message.items() if name not in _ELSEWHERE})
    if message["attempts"]:
        print("\nattempts")
        print_table(
            ("part", "try", "modem", "claimed", "outcome", "seconds", "why"),
            map(_attempt, message["attempts"]),
            empty="",
        )
    for attempt in message["attempts"]:
        _print_dialogue(attempt)
    print("\ntimeline")
    for change in message["timeline"]:
        details = ", ".join(
            f"{name} {words(value)}" for name, value in change["data"].items() if value is not None
        )
        print(f"{words(change['at'])}  {change['kind']}" + (f"  ({details})" if details else ""))


def _attempt(attempt: dict[str, Any]) -> tuple[object, ...]:
    seconds = attempt["seconds"]
    return (
        attempt["part"],
        attempt["number"],
        attempt["modem"],
        attempt["claimed_at"],
        attempt["outcome"] or "under way",
        None if seconds is None else f"{seconds:.2f}",
        " ".join(filter(None, (attempt["fault"], attempt["fault_text"]))),
    )


def _print_dialogue(attempt: dict[str, Any]) -> None:
    """Print what was said to the modem, in seconds since the command, where that was kept."""
    if not attempt["dialogue"]:
        return
    print(f"\nwhat was said at try {attempt['number']}, part {attempt['part']}")
    for said in attempt["dialogue"]:
        print(f"{said['seconds']:>9.3f}  {said['voice']:<8}  {said['line']}")


@app.command()
@reaching()
async def cancel(
    api: Api,
    message_id: _Id,
    remaining: Annotated[
        bool, typer.Option("--remaining", help="Stop the parts that have not left, though others have.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Take a message back."""
    message = await api.delete(f"/v1/messages/{message_id}", remaining="true" if remaining else None)
    if json:
        print_json(message)
    else:
        sent = (
            f"; {message['parts_sent']} of {message['parts']} parts were sent"
            if message["parts_sent"]
            else ""
        )
        print(f"{message_id} is {message['state']}{sent}")


@app.command()
@reaching()
async def retry(api: Api, message_id: _Id, json: JsonOption = False) -> None:
    """Send a message again, as a new one."""
    receipt = await api.post(f"/v1/messages/{message_id}/retry")
    if json:
        print_json(receipt)
    else:
        print(f"{receipt['id']} {receipt['state']}, instead of {message_id}")
        if receipt.get("possible_duplicate"):
            print("the recipient may have got the first one, or a part of it, and now gets it again")


@app.command()
@reaching()
async def resolve(
    api: Api,
    message_id: _Id,
    verdict: Annotated[
        Literal["sent", "resend", "failed"],
        typer.Option(help="It was sent; send it again, marked as a possible duplicate; or it was not sent."),
    ],
    reason: Annotated[str, typer.Option(help="Why you say so, for the audit.")],
    json: JsonOption = False,
) -> None:
    """Settle a message in doubt."""
    body = {"verdict": verdict, "reason": reason}
    message = await api.post(f"/v1/messages/{message_id}/resolve", body)
    if json:
        print_json(message)
    else:
        print(f"{message_id} is {message['state']}")
