"""What an application sees of a request that came through a proxy."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from gatewayd.access.networks import parse_network
from gatewayd.http.origin import Origins
from gatewayd.http.proxied import BehindProxies

PROXY, CLIENT = "10.0.0.1", "192.0.2.7"


async def seen(client: str | None, scheme: str = "http", **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.update(scope)

    async def nothing(*_args: Any) -> Any:
        return None

    scope = {
        "type": "http",
        "client": None if client is None else (client, 4711),
        "scheme": scheme,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    await BehindProxies(app, Origins([parse_network(PROXY)]))(scope, nothing, nothing)
    return found


async def test_client_behind_a_trusted_proxy_is_seen_with_its_address_and_scheme() -> None:
    found = await seen(PROXY, x_forwarded_for=CLIENT, x_forwarded_proto="https")

    assert (found["client"][0], found["scheme"]) == (CLIENT, "https")


async def test_client_that_pretends_to_be_a_proxy_is_seen_as_it_is() -> None:
    found = await seen(CLIENT, x_forwarded_for="203.0.113.1", x_forwarded_proto="https")

    assert (found["client"][0], found["scheme"]) == (CLIENT, "http")


async def test_client_that_its_proxy_does_not_tell_has_no_address() -> None:
    assert (await seen(PROXY, x_forwarded_for="unknown"))["client"] is None


@pytest.mark.parametrize("told", ["http", "https, http", ""])
async def test_proxy_that_does_not_say_https_leaves_the_scheme(told: str) -> None:
    assert (await seen(PROXY, x_forwarded_for=CLIENT, x_forwarded_proto=told))["scheme"] == "http"


async def test_own_tls_is_seen_whatever_is_said() -> None:
    assert (await seen(CLIENT, "https", x_forwarded_proto="http"))["scheme"] == "https"


async def test_peer_of_the_socket_is_left_as_it_is() -> None:
    assert (await seen(None))["client"] is None
