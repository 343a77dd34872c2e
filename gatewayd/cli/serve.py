"""`gatewayd serve`: the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gatewayd.cli.options import ConfigOption, config_path
from gatewayd.errors import GatewaydError

if TYPE_CHECKING:
    from pathlib import Path

    from gatewayd.config import Config


def serve(config: ConfigOption = None) -> None:
    """Run the gateway until SIGTERM or Ctrl-C. SIGHUP reads the configuration again."""
    from gatewayd import log
    from gatewayd.config import load

    path = config_path(config)
    settings = load(path)
    log.configure(format=settings.log.format, level=settings.log.level)
    run_daemon(settings, path)


def run_daemon(settings: Config, path: Path) -> None:
    """Run the daemon; whatever ends it but a signal is logged and makes the exit status 1."""
    from functools import partial

    import trio

    from gatewayd.log import get_logger
    from gatewayd.sdnotify import Notifier
    from gatewayd.supervisor import run

    log = get_logger("gatewayd.cli")
    try:
        trio.run(partial(run, settings, path=path, notifier=Notifier.from_environment()))
    except GatewaydError as error:
        log.critical("gatewayd.failed", code=error.code, error=str(error))
        raise typer.Exit(1) from error
    except Exception as error:
        # A defect. systemd starts the service again, and what was under way is recovered then.
        log.critical("gatewayd.defect", exc_info=True)
        raise typer.Exit(1) from error
