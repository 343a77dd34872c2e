"""`gatewayd modem`: what is plugged in, and whether it may send."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gatewayd.cli.connection import Api
from gatewayd.cli.options import JsonOption, ReasonOption
from gatewayd.cli.output import print_json, print_table
from gatewayd.cli.reaching import reaching

app = typer.Typer(help="See the modems; pause, drain and resume them.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="The modem's name.")]


@app.command("list")
@reaching(needs_daemon=True)
async def list_modems(api: Api, json: JsonOption = False) -> None:
    """List the modems as they are now."""
    modems = (await api.get("/v1/modems"))["modems"]
    if json:
        print_json(modems)
        return
    columns = ("name", "state", "mode", "operator", "signal", "sent today", "interval", "reason")
    print_table(columns, map(_row, modems), empty="no modem is configured")


def _row(modem: dict[str, Any]) -> tuple[object, ...]:
    signal = None if modem["signal_dbm"] is None else f"{modem['signal_dbm']} dBm"
    reasons = filter(None, (modem["reason"], modem["mode_reason"], modem["resting_reason"]))
    return (
        modem["name"],
        modem["state"],
        modem["mode"],
        modem["operator"],
        signal,
        modem["sent_today"],
        f"{modem['interval']:g} s",
        "; ".join(reasons),
    )


async def _steer(api: Api, name: str, verb: str, reason: str, json: bool) -> None:
    modem = await api.post(f"/v1/modems/{name}/{verb}", {"reason": reason})
    if json:
        print_json(modem)
    else:
        print(f"modem {name} is {modem['mode']}")


@app.command()
@reaching(needs_daemon=True)
async def pause(api: Api, name: _Name, reason: ReasonOption, json: JsonOption = False) -> None:
    """Let a modem send nothing more."""
    await _steer(api, name, "pause", reason, json)


@app.command()
@reaching(needs_daemon=True)
async def drain(api: Api, name: _Name, reason: ReasonOption, json: JsonOption = False) -> None:
    """Let a modem finish the message that it has begun, then pause it."""
    await _steer(api, name, "drain", reason, json)


@app.command()
@reaching(needs_daemon=True)
async def resume(api: Api, name: _Name, reason: ReasonOption, json: JsonOption = False) -> None:
    """Let a modem send again."""
    await _steer(api, name, "resume", reason, json)
