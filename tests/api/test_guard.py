"""Who may call what."""

from __future__ import annotations

import os
import re
from typing import Any

import httpx2
import pytest

from gatewayd.access.scopes import Scope
from gatewayd.api.app import all_operations
from gatewayd.api.settings import ApiSettings
from gatewayd.http.peer import Peer

from .conftest import Api

HELLO = {"to": "+34600123456", "text": "Hello"}
GUARDED = [operation for operation in all_operations(open_metrics=False) if operation.scope]


def request(operation: Any) -> tuple[str, str]:
    return operation.method, re.sub(r"{\w+}", "x", operation.path)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic dTpw", "gwd_x"])
async def test_request_without_a_valid_token_is_401_and_leaves_no_row(
    api: Api, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    async with api.anonymous(headers=headers) as stranger:
        answer = await stranger.post("/v1/messages", json=HELLO)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"
    assert api.rows() == 0


@pytest.mark.parametrize("operation", GUARDED, ids=lambda row: f"{row.method} {row.path}")
async def test_every_guarded_call_needs_a_token(api: Api, operation: Any) -> None:
    async with api.anonymous() as stranger:
        answer = await stranger.request(*request(operation))

    expected = 200 if operation.path == "/metrics" else 401  # open unless configured otherwise
    assert answer.status_code == expected


@pytest.mark.parametrize("operation", GUARDED, ids=lambda row: f"{row.method} {row.path}")
async def test_every_guarded_call_needs_its_scope(api: Api, operation: Any) -> None:
    others = [scope for scope in Scope if scope not in (operation.scope, Scope.ADMIN)]
    async with await api.client("shop", *others) as client:
        answer = await client.request(*request(operation))

    if operation.path != "/metrics":
        assert answer.status_code == 403
        assert f"'{operation.scope}'" in answer.json()["detail"]


async def test_token_in_the_url_is_no_token(api: Api) -> None:
    token = await api.token()
    async with api.anonymous() as stranger:
        answer = await stranger.get("/v1/messages", params={"token": token})

    assert answer.status_code == 401


@pytest.mark.parametrize("uid", [0, os.geteuid()])
async def test_peer_of_the_socket_that_is_root_or_the_daemon_is_an_administrator(api: Api, uid: int) -> None:
    async with api.anonymous(peer=Peer(1, uid, 1)) as local:
        answer = await local.get("/v1/clients")

    assert answer.status_code == 200
    assert "local" in [client["name"] for client in answer.json()["clients"]]


async def test_peer_of_the_socket_that_is_somebody_else_needs_a_token(api: Api) -> None:
    async with api.anonymous(peer=Peer(1, 54_321, 1)) as local:
        answer = await local.get("/v1/clients")

    assert answer.status_code == 401


async def test_peer_of_the_socket_with_a_token_is_what_the_token_says(api: Api) -> None:
    headers = {"authorization": f"Bearer {await api.token()}"}
    async with api.anonymous(peer=Peer(1, 0, 0), headers=headers) as local:
        answer = await local.get("/v1/clients")

    assert answer.status_code == 403


class TestClosedMetrics:
    @pytest.fixture
    def settings(self) -> ApiSettings:
        return ApiSettings(open_metrics=False)

    async def test_metrics_closed_need_the_scope(self, api: Api, shop: httpx2.AsyncClient) -> None:
        async with await api.client("prometheus", Scope.METRICS) as scraper:
            assert (await scraper.get("/metrics")).status_code == 200
        assert (await shop.get("/metrics")).status_code == 403
