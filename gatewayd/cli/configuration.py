"""`gatewayd config`: look at a configuration, and at what one may hold."""

from __future__ import annotations

import typer

from gatewayd.cli.options import ConfigOption, config_path

app = typer.Typer(help="Check a configuration, or print what one may hold.", no_args_is_help=True)


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check a configuration and name everything that is wrong with it."""
    from gatewayd.config import load

    path = config_path(config)
    settings = load(path)
    modems = ", ".join(modem.name for modem in settings.modems) or "none"
    print(
        f"{path} is right. Modems: {modems}. Database: {settings.store.path}. Socket: {settings.api.socket}."
    )


@app.command()
def example() -> None:
    """Print a configuration with every option, its default and a line of help."""
    from gatewayd.config.example import example as text

    print(text(), end="")


@app.command()
def reference() -> None:
    """Print the reference of all options, as Markdown."""
    from gatewayd.config.reference import reference as text

    print(text(), end="")
