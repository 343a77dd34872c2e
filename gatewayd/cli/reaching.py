"""Makes a command of an async function that talks to a gatewayd."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

from gatewayd.cli.connection import Api, Target, connect
from gatewayd.cli.options import ConfigOption, SocketOption, TokenOption, UrlOption

P = ParamSpec("P")

_TARGET = {"config": ConfigOption, "socket": SocketOption, "url": UrlOption, "token": TokenOption}


def reaching(
    *, needs_daemon: bool = False
) -> Callable[[Callable[Concatenate[Api, P], Awaitable[None]]], Callable[..., None]]:
    """Give a command the options that say which gatewayd is meant, and call it with that one's ``Api``.

    ``needs_daemon``: it makes no sense on a database alone, as is true of any command with ``--wait``.
    """

    def decorate(command: Callable[Concatenate[Api, P], Awaitable[None]]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**values: Any) -> None:
            target = Target(**{name: values.pop(name) for name in _TARGET})
            _run(command, target, needs_daemon or bool(values.get("wait")), values)

        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        target = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
            for name, option in _TARGET.items()
        ]
        keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        # typer reads both.
        run.__signature__ = inspect.Signature([*keyword, *target])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *target)}
        return run

    return decorate


def _run(command: Callable[..., Awaitable[None]], target: Target, needs_daemon: bool, values: Any) -> None:
    import trio

    from gatewayd.errors import unwrapped

    async def connected() -> None:
        async with connect(target, needs_daemon=needs_daemon) as api:
            await command(api, **values)

    with unwrapped():
        trio.run(connected)
