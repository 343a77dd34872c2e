"""`gatewayd simulate`: a modem for people without one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewayd.cli.options import Misused
from gatewayd.errors import GatewaydError, unwrapped

if TYPE_CHECKING:
    from gatewayd.modem.simulator import Simulator, SimulatorSettings
    from gatewayd.modem.simulator.injection import Injection


def simulate(
    link: Annotated[Path, typer.Option(help="Name of the port: a symbolic link that is made there.")],
    ledger: Annotated[
        Path | None, typer.Option(help="File for what the simulated network saw, as JSON lines.")
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, help="Seconds that the network takes for a message.")
    ] = 0.0,
    jitter: Annotated[float, typer.Option(min=0, help="Up to so many seconds more, at random.")] = 0.0,
    error: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE@WHEN",
            help="CODE: a number (38, cms38, cme14), error, timeout, lost, hang or prompt. WHEN: 7 (the 7th submit), "
            "*7 (the first try of every 7th message) or +34600000001 (each submit to that number). Repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that happens at random.")] = 0,
    name: Annotated[
        str, typer.Option(help="What the ledger calls it; without it, the link's file name.")
    ] = "",
    profile: Annotated[str, typer.Option(help="Which make of modem it is.")] = "generic",
    pin: Annotated[str | None, typer.Option(help="The SIM's PIN; without it, the SIM asks for none.")] = None,
    reports: Annotated[bool, typer.Option(help="Send delivery reports to those who ask.")] = False,
    report_after: Annotated[
        float, typer.Option(min=0, help="Seconds from taking a message to its delivery report.")
    ] = 0.0,
    report_status: Annotated[
        str, typer.Option(metavar="HEX", help="TP-ST of the delivery reports: 00 is delivered, 46 expired.")
    ] = "00",
    deliver: Annotated[
        list[str] | None,
        typer.Option(metavar="FROM:TEXT", help="A message that is received at the start. Repeatable."),
    ] = None,
) -> None:
    """Serve a simulated AT modem on a pty.

    SIGUSR1 pulls its plug, SIGUSR2 puts it in again. SIGRTMIN takes the SIM out and, sent again, puts another one in.
    """
    from gatewayd.modem.simulator import PROFILES, SimulatorSettings

    if profile not in PROFILES:
        raise Misused(f"there is no profile {profile!r}; there are {', '.join(PROFILES)}")
    _run(
        SimulatorSettings(
            link=link,
            ledger=ledger,
            name=name,
            latency=latency,
            jitter=jitter,
            errors=_injections(error or []),
            seed=seed,
            profile=PROFILES[profile],
            pin=pin,
            reports=reports,
            report_after=report_after,
            report_status=_octet(report_status),
        ),
        [_message(argument) for argument in deliver or []],
    )


def _injections(errors: list[str]) -> tuple[Injection, ...]:
    from gatewayd.modem.simulator import InvalidInjection, parse_all

    try:
        return parse_all(errors)
    except InvalidInjection as problem:
        raise Misused(str(problem)) from None


def _octet(text: str) -> int:
    if re.fullmatch("[0-9A-Fa-f]{2}", text) is None:
        raise Misused(f"{text!r} is no status: two hexadecimal digits, as in 00 or 46")
    return int(text, 16)


def _message(argument: str) -> tuple[str, str]:
    sender, colon, text = argument.partition(":")
    if not colon or not sender:
        raise Misused(f"{argument!r} is no message: write it as +34600000001:hello")
    return sender, text


class _Unusable(GatewaydError):
    """The simulated modem can't be set up."""


def _run(settings: SimulatorSettings, messages: list[tuple[str, str]]) -> None:
    import trio

    with unwrapped():
        trio.run(_serve, settings, messages)


async def _serve(settings: SimulatorSettings, messages: list[tuple[str, str]]) -> None:
    import signal

    import trio

    from gatewayd.modem.simulator import LinkOccupied, serve

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as stops:
        async with trio.open_nursery() as nursery:
            try:
                simulator: Simulator = await nursery.start(serve, settings)
                for sender, text in messages:
                    simulator.deliver(sender, text)
            except (LinkOccupied, OSError, ValueError) as error:
                raise _Unusable(str(error)) from error
            print(f"a simulated modem answers on {settings.link}; Ctrl-C ends it", flush=True)
            async for _ in stops:
                nursery.cancel_scope.cancel()
