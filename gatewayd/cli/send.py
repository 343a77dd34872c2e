"""`gatewayd send`: hand a message to the queue."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any

import typer

from gatewayd.cli import FAILED
from gatewayd.cli.connection import Api
from gatewayd.cli.files import pairs
from gatewayd.cli.options import JsonOption, Misused
from gatewayd.cli.output import print_fields, print_json, print_table, words
from gatewayd.cli.reaching import reaching
from gatewayd.message import FINAL_STATES, State

#: Seconds between two looks at a message that is waited for.
_LOOK = 0.25
_SETTLED = FINAL_STATES | {State.SENT, State.IN_DOUBT}
_GOOD = {State.SENT, State.DELIVERED}


@reaching()
async def send(
    api: Api,
    to: Annotated[str, typer.Argument(help="The recipient's number; several with commas between.")],
    text: Annotated[
        str | None, typer.Argument(help="The text; - reads it from standard input. Or else --template.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="Kind of a template to make the text with.")] = None,
    field: Annotated[
        list[str] | None, typer.Option("--field", help="What to fill it with, as name=value. Repeatable.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="In which language.")] = None,
    priority: Annotated[
        str | None, typer.Option(help="emergency, high, normal or bulk; left out: as its type says.")
    ] = None,
    type_: Annotated[str | None, typer.Option("--type", help="What kind of message it is to you.")] = None,
    send_at: Annotated[str | None, typer.Option(help="Not before, as in 2027-01-31T08:00:00+01:00.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="Not after.")] = None,
    encoding: Annotated[str, typer.Option(help="auto, gsm7 or ucs2.")] = "auto",
    transliterate: Annotated[
        bool, typer.Option("--transliterate", help="Replace characters that the GSM alphabet lacks.")
    ] = False,
    flash: Annotated[bool, typer.Option("--flash", help="Show it at once and don't keep it.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Be told of its delivery.")] = False,
    secret: Annotated[
        bool, typer.Option("--secret", help="Keep the text only until it is sent or given up.")
    ] = False,
    modem: Annotated[str | None, typer.Option(help="Through this modem only.")] = None,
    reference: Annotated[str | None, typer.Option(help="Your own reference, for searching.")] = None,
    in_doubt: Annotated[
        str | None, typer.Option(help="hold, resend or assume_sent; else as for all messages of the client.")
    ] = None,
    order: Annotated[str, typer.Option(help="relaxed or strict.")] = "relaxed",
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same command with the same key is accepted once.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it is sent; exit 1 where it wasn't.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Send a message, to one recipient or several."""
    recipients = [number.strip() for number in to.split(",")]
    message = {
        "to": recipients if len(recipients) > 1 else recipients[0],
        "text": sys.stdin.read().rstrip("\n") if text == "-" else text,
        "template": template,
        "fields": pairs(field) if field else None,
        "language": language,
        "priority": priority,
        **({} if type_ is None else {"type": type_}),
        "send_at": send_at,
        "expires_at": expires_at,
        "encoding": encoding,
        "transliterate": transliterate,
        "flash": flash,
        "report": report,
        "secret": secret,
        "modem": modem,
        "reference": reference,
        "in_doubt": in_doubt,
        "order": order,
    }
    if dry_run and wait:
        raise Misused("--dry-run sends nothing that --wait could wait for")
    if wait:
        # Whoever may not look is told so now, and not when the message is already accepted.
        await api.get("/v1/messages", limit=1)
    receipts = await _hand_over(api, message, dry_run=dry_run, key=idempotency_key)
    if wait:
        receipts = [await _settled(api, receipt["id"]) for receipt in receipts]
    _show(receipts, dry_run=dry_run, json=json)
    if wait and not all(receipt["state"] in _GOOD for receipt in receipts):
        raise typer.Exit(FAILED)


async def _hand_over(api: Api, message: dict[str, Any], *, dry_run: bool, key: str | None) -> list[Any]:
    """What the daemon says to the message, for each recipient: a receipt, or what would become of it."""
    answer = await api.call(
        "POST",
        "/v1/messages",
        body=message,
        query={"dry_run": "true"} if dry_run else None,
        headers={"idempotency-key": key} if key else None,
    )
    return answer["messages"] if isinstance(message["to"], list) else [answer]


async def _settled(api: Api, message_id: str) -> Any:
    """The message once no more can be expected soon, looked at again and again."""
    import trio

    told = time.monotonic()
    while True:
        message = await api.get(f"/v1/messages/{message_id}")
        if message["state"] in _SETTLED:
            return message
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"{message_id} is {message['state']}{await _why(api, message)}", file=sys.stderr)
        await trio.sleep(_LOOK)


async def _why(api: Api, message: dict[str, Any]) -> str:
    """What a message waits for: a reason of its own, or what keeps everything from being sent."""
    reasons = [message["wait_reason"], message["error"]]
    if not message["wait_reason"]:
        reasons += [obstacle["message"] for obstacle in (await api.get("/v1/queue"))["obstacles"]]
    told = "; ".join(filter(None, reasons))
    return f" ({told})" if told else ""


def _show(receipts: list[dict[str, Any]], *, dry_run: bool, json: bool) -> None:
    if json:
        print_json(receipts)
    elif dry_run:
        for receipt in receipts:
            print_fields(receipt | {"changes": [_change(change) for change in receipt["changes"]]})
    elif len(receipts) == 1:
        receipt = receipts[0]
        error = f": {words(receipt['error_text'])}" if receipt.get("error_text") else ""
        print(f"{receipt['id']} {receipt['state']}{error}")
    else:
        columns = ("id", "to", "state", "parts", "encoding")
        print_table(columns, ([receipt[column] for column in columns] for receipt in receipts), empty="")


def _change(change: dict[str, Any]) -> str:
    return f"{change['original']}→{change['replacement']}"
