"""`gatewayd demo`: the whole gateway with two simulated phones, sending before one's eyes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewayd.errors import GatewaydError

if TYPE_CHECKING:
    import trio

    from gatewayd.cli.demonstration import Stage

#: Seconds after which --exit-when-sent gives up.
_PATIENCE = 120.0


class _NotSent(GatewaydError):
    """The demonstration's messages were not all sent."""

    code = "not_sent"


def demo(
    directory: Annotated[
        Path, typer.Argument(help="Where its configuration, database and ledger go.")
    ] = Path("demo"),
    port: Annotated[int, typer.Option(help="The port to listen on; taken, the next free one.")] = 8080,
    interval: Annotated[float, typer.Option(min=0, help="Seconds from one submit to the next.")] = 2.0,
    history: Annotated[
        int, typer.Option(min=0, max=100_000, help="Messages of the month before, all made up; 0: none.")
    ] = 10_000,
    exit_when_sent: Annotated[
        bool, typer.Option("--exit-when-sent", help="End once everything is sent, for scripts.")
    ] = False,
) -> None:
    """Run the whole gateway with two simulated phones after a month that is made up, and send a few messages.

    Ctrl-C ends it.
    """
    import trio

    from gatewayd import log
    from gatewayd.cli.demonstration import prepare
    from gatewayd.errors import unwrapped

    stage = prepare(directory.absolute(), port, interval)
    with stage.log.open("a") as stream:
        log.configure(format=log.LogFormat.JSON, stream=stream)
        try:
            with unwrapped():
                trio.run(_play, stage, history, exit_when_sent)
        except BrokenPipeError:
            # Whoever read the play has seen enough.
            _drop_output()
        except ExceptionGroup as error:
            log.get_logger("gatewayd.cli").critical("gatewayd.defect", exc_info=True)
            raise _NotSent(f"a defect of gatewayd ended the demonstration; see {stage.log}") from error


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, so that the end of the process says nothing of the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def _play(stage: Stage, history: int, exit_when_sent: bool) -> None:
    """The daemon and the play in one process. A signal stops both; so does the end of the play, where asked for."""
    from functools import partial

    import trio

    from gatewayd.config import load
    from gatewayd.supervisor import run

    if history and stage.is_new:
        await stage.invent(history)
    stop = trio.Event()
    sent = False
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(run, load(stage.config), path=stage.config, stop=stop))
        with trio.move_on_after(_PATIENCE if exit_when_sent else float("inf")) as playing:
            nursery.start_soon(_cancel_at, stop, playing)
            await stage.play()
            sent = True
            if not exit_when_sent:
                await stage.follow(forever=True)
        stop.set()
    if exit_when_sent and not sent:
        raise _NotSent(f"the messages were not all sent; see {stage.log}")
    print("The gateway has stopped. Start it again with the same command: its history is kept.", flush=True)


async def _cancel_at(stop: trio.Event, scope: trio.CancelScope) -> None:
    await stop.wait()
    scope.cancel()
