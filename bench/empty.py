"""A server whose only handler answers 202 and does nothing: what durable accepts are compared with.

``python -m bench.empty hypercorn|gatewayd PORT`` serves ``POST /`` on 127.0.0.1 until it is terminated: by
hypercorn's own trio worker, or by gatewayd's server.
"""

from __future__ import annotations

import sys
from functools import partial

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatewayd.http.server import Server
from gatewayd.http.settings import ApiSettings


async def _accept(_request: Request) -> Response:
    return Response(status_code=202)


APP = Starlette(routes=[Route("/", _accept, methods=["POST"])])


def main(server: str, port: str) -> None:
    """Serve until terminated."""
    address = f"127.0.0.1:{port}"
    if server == "gatewayd":
        trio.run(Server(ApiSettings.model_validate({"bind": [address]}), APP).run)
        return
    config = Config()
    config.bind = [address]
    config.keep_alive_max_requests = sys.maxsize
    trio.run(partial(serve, APP, config))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
