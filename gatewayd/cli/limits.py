"""`gatewayd client limits` and `usage`: what clients are limited to, and how much of it they have used."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, Misused
from gatewayd.cli.output import print_json, print_table
from gatewayd.cli.reaching import reaching

#: What takes a limit away again.
NONE = "none"
_WINDOWS = {"month": "30 days"}
_NUMBERS = ("parts_per_minute", "parts_per_hour", "parts_per_day", "queue_cap", "requests_per_minute")

_Name = Annotated[str, typer.Argument(help="The client's name.")]


@reaching()
async def limits(
    api: Api,
    name: _Name,
    per_minute: Annotated[
        str | None, typer.Option(help="Parts that leave in any minute; above it they wait.")
    ] = None,
    per_hour: Annotated[str | None, typer.Option(help="The same for any hour.")] = None,
    per_day: Annotated[str | None, typer.Option(help="The same for any day.")] = None,
    money_per_month: Annotated[
        str | None,
        typer.Option(help="What a calendar month may cost, as in 25.00; above it nothing is accepted."),
    ] = None,
    queue_cap: Annotated[
        str | None, typer.Option(help="Parts that may wait; above it nothing is accepted.")
    ] = None,
    requests_per_minute: Annotated[str | None, typer.Option(help="Requests of all its tokens.")] = None,
    countries: Annotated[str | None, typer.Option(help="Where it may send to, as in ES,PT.")] = None,
    modem: Annotated[str | None, typer.Option(help="The only modem that its messages leave by.")] = None,
    max_priority: Annotated[
        str | None,
        typer.Option(help="The most urgent that its messages may have: emergency, high, normal, bulk."),
    ] = None,
    in_doubt: Annotated[
        str | None, typer.Option(help="Of messages that don't say: hold, resend or assume_sent.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the audit.")] = None,
    json: JsonOption = False,
) -> None:
    """Change what a client is limited to, or show it. `none` takes a limit away: the configuration's holds then."""
    asked: dict[str, str | None] = {
        "parts_per_minute": per_minute,
        "parts_per_hour": per_hour,
        "parts_per_day": per_day,
        "money_per_month": money_per_month,
        "queue_cap": queue_cap,
        "requests_per_minute": requests_per_minute,
        "countries": countries,
        "modem": modem,
        "priority": max_priority,
        "in_doubt": in_doubt,
    }
    wanted = {key: _value(key, text) for key, text in asked.items() if text is not None}
    if wanted:
        body = {"limits": wanted, "reason": reason}
        client = await api.call("PATCH", f"/v1/clients/{name}", body=body)
    elif reason is not None:
        raise Misused("--reason goes with a limit to change")
    else:
        client = await api.get(f"/v1/clients/{name}")
    if json:
        print_json(client)
    else:
        print(f"client {name}: {in_words(client['limits']) or 'no limits of its own'}")


@reaching()
async def usage(api: Api, name: _Name, json: JsonOption = False) -> None:
    """Show how much of its limits a client has used."""
    used = await api.get(f"/v1/clients/{name}/usage")
    if json:
        print_json(used)
        return
    month, waiting = used["month"], used["waiting"]
    rows: list[tuple[object, ...]] = [
        (f"parts sent, last {_WINDOWS.get(window, window)}", count["used"], count["limit"])
        for window, count in used["parts"].items()
    ]
    rows += [
        ("parts waiting", waiting["parts"], waiting["limit"]),
        (f"{month['currency']} in {month['month']}", month["money"], month["limit"]),
    ]
    print_table(("of", "used", "limit"), rows, empty="")


def in_words(limits: dict[str, Any]) -> str:
    """Those limits that are set, in one line."""
    set_ = {key: value for key, value in limits.items() if value is not None}
    return ", ".join(
        f"{key.replace('_', ' ')} {' '.join(value) if isinstance(value, list) else value}"
        for key, value in set_.items()
    )


def _value(key: str, text: str) -> object:
    if text == NONE:
        return None
    if key == "countries":
        return [country.strip() for country in text.split(",")]
    if key in _NUMBERS:
        try:
            return int(text)
        except ValueError:
            option = key.removeprefix("parts_").replace("_", "-")
            raise Misused(f"--{option}: {text!r} is no whole number, and not `{NONE}`") from None
    return text
