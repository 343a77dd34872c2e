"""Two applications can't see, cancel, slow down or spend for one another: each verb on each path of the route table."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from gatewayd.access.limits import LimitsChange
from gatewayd.access.scopes import Scope
from gatewayd.api.app import all_operations
from gatewayd.api.operation import Operation

from .conftest import Api
from .test_batches import reach

OPERATIONS = all_operations(open_metrics=True)
#: What belongs to the gateway and not to a client: whoever has the scope sees it, as docs/applications.md says.
SHARED = {"inbox", "modems", "queue", "templates", "types"}
#: Everything but `admin`.
MOST = tuple(scope for scope in Scope if scope is not Scope.ADMIN)
#: Bodies that would be right if the thing were one's own, by the last word of the path or else by the method.
BODIES: dict[str, dict[str, Any]] = {
    "resolve": {"verdict": "sent", "reason": "x"},
    "disable": {"reason": "x"},
    "skip": {"reason": "x"},
    "replay": {"after": 0},
    "PATCH": {"description": "mine now"},
}


@dataclass
class Two:
    """Two applications with all scopes but `admin`; the first has things."""

    api: Api
    first: httpx2.AsyncClient
    second: httpx2.AsyncClient
    things: dict[str, str]
    """Name of one thing of the first application, by resource."""


@pytest.fixture
async def two(api: Api) -> AsyncIterator[Two]:
    async with await api.client("first", *MOST) as first, await api.client("second", *MOST) as second:
        sent = await first.post("/v1/messages", json={"to": "+34600123456", "text": "a secret of the first"})
        hook = await first.post("/v1/webhooks", json={"url": "https://first.example/hook"})
        batch = await first.post(
            "/v1/batches", json={"text": "a secret of the first", "rows": [{"to": "+34600123456"}]}
        )
        made = {"messages": sent, "webhooks": hook, "batches": batch}
        assert {answer.is_success for answer in made.values()} == {True}, batch.text
        # So that nothing is at work on it any more.
        await reach(first, batch.json()["id"], "checked")
        yield Two(api, first, second, {name: answer.json()["id"] for name, answer in made.items()})


def resource(row: Operation) -> str:
    return row.path.removeprefix("/v1").split("/")[1]


def ours(*, named: bool) -> list[Any]:
    """The operations on what belongs to clients, with or without a name in the path."""
    return [
        pytest.param(row, id=f"{row.method} {row.path}")
        for row in OPERATIONS
        if row.scope not in (None, Scope.ADMIN) and resource(row) not in SHARED and ("{" in row.path) == named
    ]


async def call(client: httpx2.AsyncClient, row: Operation, thing: str = "x") -> httpx2.Response:
    names = dict.fromkeys(re.findall(r"{(\w+)}", row.path), thing)
    path = row.path.format(**names | {"seq": "1"})
    body = BODIES.get(row.path.rpartition("/")[2], BODIES.get(row.method, {}))
    options: dict[str, Any] = {"json": body} if row.body else {}
    if row.query is not None and "reason" in row.query.model_fields:
        options["params"] = {"reason": "x"}
    return await client.request(row.method, path, **options)


def everything(api: Api) -> list[str]:
    """All rows of the database, but for what each use of a token and each request writes."""
    lines = api.setup.database.transact(lambda tx: list(tx.raw.iterdump()))
    return [line for line in lines if not line.startswith('INSERT INTO "token"')]


@pytest.mark.parametrize("row", ours(named=True))
async def test_thing_of_another_client_is_404_by_each_verb_and_stays_as_it_is(
    row: Operation, two: Two
) -> None:
    assert resource(row) in two.things, "give the first application one of these, or say that it is shared"
    before = everything(two.api)

    answer = await call(two.second, row, two.things[resource(row)])

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
    assert everything(two.api) == before
    unknown = await call(two.second, row, "0" * len(two.things[resource(row)]))
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=f"{row.method} {row.path}")
        for row in OPERATIONS
        if (row.scope is not None and row.method != "POST") or row.scope is Scope.ADMIN
    ],
)
async def test_call_without_its_scope_is_forbidden(row: Operation, two: Two) -> None:
    assert row.scope is not None
    others = [scope for scope in MOST if scope is not row.scope]

    async with await two.api.client("second", *others) as client:
        before = everything(two.api)
        answer = await call(client, row, "first")

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_required")
    assert everything(two.api) == before


@pytest.mark.parametrize("row", [each for each in ours(named=False) if each.values[0].method == "GET"])
async def test_lists_tell_nothing_of_another_client(row: Operation, two: Two) -> None:
    answer = await call(two.second, row)

    assert answer.status_code == 200
    told = answer.text
    assert not [word for word in ("first", "secret", "600123456", *two.things.values()) if word in told]


async def test_search_for_another_client_by_its_name_finds_nothing(two: Two) -> None:
    assert (await two.second.get("/v1/messages?client=first")).json()["messages"] == []


async def test_export_has_only_ones_own(two: Two) -> None:
    answer = await two.second.get("/v1/messages", headers={"accept": "text/csv"})

    assert two.things["messages"] not in answer.text


async def test_idempotency_key_is_each_clients_own(two: Two) -> None:
    body, key = {"to": "+34600123456", "text": "x"}, {"idempotency-key": "same"}

    mine = await two.first.post("/v1/messages", json=body, headers=key)
    theirs = await two.second.post("/v1/messages", json=body, headers=key)

    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["id"] != theirs.json()["id"]
    assert "idempotent-replayed" not in theirs.headers


async def test_client_that_asks_too_often_slows_down_itself_only(two: Two) -> None:
    await two.api.setup.limit("first", requests_per_minute=6)

    answers = [await two.first.get("/v1/messages") for _ in range(3)]
    other = [await two.second.get("/v1/messages") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("rate_limited", "10")
    assert {answer.status_code for answer in other} == {200}


async def test_full_queue_of_a_client_refuses_that_client_only(two: Two) -> None:
    await two.api.setup.limit("first", queue_cap=1)
    body = {"to": "+34600123457", "text": "x"}

    refused = await two.first.post("/v1/messages", json=body)

    assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await two.second.post("/v1/messages", json=body)).status_code == 202
    # What one's own cancelling frees is one's own.
    await two.first.delete(f"/v1/messages/{two.things['messages']}")
    assert (await two.first.post("/v1/messages", json=body)).status_code == 202


async def test_nobody_spends_for_another(two: Two) -> None:
    before = (await two.first.get("/v1/usage")).json()

    await two.second.post("/v1/messages", json={"to": "+34600123456", "text": "x" * 200})
    await two.second.post(f"/v1/messages/{two.things['messages']}/retry")
    own = (await two.second.get("/v1/usage")).json()

    after = (await two.first.get("/v1/usage")).json()
    assert after | {"at": None} == before | {"at": None}
    assert (own["client"], own["month"]["parts"], own["waiting"]["parts"]) == ("second", 2, 2)


async def test_limits_of_one_are_not_another_clients(two: Two) -> None:
    wanted = LimitsChange("first", {"countries": ("PT",)})
    await two.api.setup.access.change_limits(wanted, actor="test")
    body = {"to": "+34600123456", "text": "x"}

    refused = await two.first.post("/v1/messages", json=body)

    assert [error["code"] for error in refused.json()["errors"]] == ["country_not_allowed"]
    assert (await two.second.post("/v1/messages", json=body)).status_code == 202
