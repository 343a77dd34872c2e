"""Reaching a gatewayd: the running one through its Unix socket or its address; or, where none runs, its database.

In the last case the same application answers, in this process, while it holds the database's lock: so every command
means the same with and without a daemon, and no two processes ever write.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewayd.cli.options import Misused, read_config
from gatewayd.errors import GatewaydError

if TYPE_CHECKING:
    import httpx2

    from gatewayd.config import Config

#: Seconds for one answer: a backup's or an array's takes longest.
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """Which gatewayd is meant, as the options say."""

    config: Path | None = None
    socket: Path | None = None
    url: str | None = None
    token: str | None = None


class Unreachable(GatewaydError):
    """gatewayd doesn't answer."""

    code = "unreachable"


class RequestFailed(GatewaydError):
    """gatewayd refused the request."""

    code = "refused"

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        text = problem.get("detail") or problem.get("title") or f"HTTP status {status}"
        listed = [f"{error['field']}: {error['message']}" for error in problem.get("errors", ())]
        super().__init__("; ".join(listed) or text)
        self.status = status
        self.problem = problem


#: Most messages of one page, as the API has it.
_PAGE = 1000


class Api:
    """Calls of the HTTP API, as commands need them: JSON in, JSON out, anything else an error."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **query: Any) -> Any:
        """Read ``path``. Raises RequestFailed and Unreachable, as the others do."""
        return await self.call("GET", path, query=query)

    async def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """Send ``body`` to ``path``."""
        return await self.call("POST", path, body=body, query=query)

    async def delete(self, path: str, **query: Any) -> Any:
        """Delete ``path``."""
        return await self.call("DELETE", path, query=query)

    async def search(
        self, path: str, query: Mapping[str, Any], limit: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Up to ``limit`` messages of the search at ``path``, page by page, and whether there are more."""
        messages: list[dict[str, Any]] = []
        cursor = None
        while len(messages) < limit:
            page = await self.get(path, **query, limit=min(_PAGE, limit - len(messages)), cursor=cursor)
            messages += page["messages"]
            cursor = page["next"]
            if cursor is None:
                break
        return messages, cursor is not None

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Make one request with a ``body`` in JSON, or ``content`` as it is; parameters that are None are left out.

        Returns the answer's JSON, None for none.
        """
        import httpx2

        given = {name: value for name, value in (query or {}).items() if value not in (None, [])}
        try:
            answer = await self._client.request(
                method, path, json=body, content=content, params=given, headers=headers
            )
        except httpx2.TransportError as error:
            raise Unreachable(f"gatewayd doesn't answer: {str(error) or type(error).__name__}") from error
        if not answer.is_success:
            raise RequestFailed(_problem(answer), answer.status_code)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise Unreachable("what answers there is not gatewayd: its answer is no JSON") from None


def _problem(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}  # a proxy in between speaks otherwise
    return problem if isinstance(problem, dict) else {}


@asynccontextmanager
async def connect(target: Target, *, needs_daemon: bool = False) -> AsyncIterator[Api]:
    """Reach what ``target`` names. Raises Misused, ConfigError, Unreachable, and DatabaseLocked and the like."""
    if target.url is not None:
        if not target.token:
            raise Misused("--url needs a token: --token or GATEWAYD_TOKEN")
        headers = {"authorization": f"Bearer {target.token}"}
        async with _client(base_url=target.url, headers=headers) as client:
            yield Api(client)
        return
    config = None if target.socket is not None else read_config(target.config)
    path = target.socket or (config.api.socket if config else None) or Path()
    if listens(path):
        import httpx2

        async with _client(transport=httpx2.AsyncHTTPTransport(uds=str(path))) as client:
            yield Api(client)
    elif config is None or needs_daemon:
        raise Unreachable(f"gatewayd isn't running: nothing listens on {path}; `gatewayd serve` starts it")
    else:
        async with _opened(config) as client:
            yield Api(client)


def _client(**arguments: Any) -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(**{"base_url": "http://gatewayd", "timeout": _PATIENCE, **arguments})


def listens(path: Path) -> bool:
    """Whether a process answers on the Unix socket ``path``. Raises Unreachable where we may not ask."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            raise Unreachable(f"you may not use {path}: be root, or run as gatewayd does") from None
        except OSError:
            return False
    return True


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[httpx2.AsyncClient]:
    """Open the database and answer requests in this process, as the administrator that may do so."""
    import os

    import httpx2

    from gatewayd import log
    from gatewayd.clock import SystemClock
    from gatewayd.http.peer import Peer
    from gatewayd.store.database import open_database
    from gatewayd.supervisor import build

    log.configure(format=config.log.format, level=log.LogLevel.WARNING)
    clock = SystemClock()
    async with open_database(config.store, clock=clock) as database:
        app = build(config, database, clock).local_app

        async def as_administrator(scope: Any, receive: Any, send: Any) -> None:
            scope["state"] = {"peer": Peer(os.getpid(), os.geteuid(), os.getegid())}
            await app(scope, receive, send)

        async with _client(transport=httpx2.ASGITransport(as_administrator)) as client:
            yield client
