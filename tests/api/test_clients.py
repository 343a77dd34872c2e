"""`/v1/clients` and `/v1/tokens`: limits, usage, rotation, and tokens with networks."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gatewayd import audit
from gatewayd.api.settings import ApiSettings

from .conftest import Api

LIMITS: dict[str, Any] = {
    "parts_per_minute": 10,
    "parts_per_hour": 100,
    "parts_per_day": 1000,
    "money_per_month": "25.50",
    "queue_cap": 500,
    "requests_per_minute": 6000,
    "countries": ["ES", "PT"],
    "modem": "phone1",
    "priority": "high",
    "in_doubt": "resend",
}


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings.model_validate({"trusted_proxies": ["127.0.0.1"]})


async def test_limits_are_set_shown_and_taken_away(api: Api, admin: httpx2.AsyncClient) -> None:
    await admin.post("/v1/clients", json={"name": "shop"})

    changed = await admin.patch("/v1/clients/shop", json={"limits": LIMITS, "reason": "contract"})

    assert (changed.status_code, changed.json()["limits"]) == (200, LIMITS)
    shown = await admin.get("/v1/clients/shop")
    assert shown.json() == changed.json()
    assert shown.headers["etag"] == changed.headers["etag"]
    fewer = await admin.patch("/v1/clients/shop", json={"limits": {"modem": None, "queue_cap": 7}})
    assert fewer.json()["limits"] == LIMITS | {"modem": None, "queue_cap": 7}
    listed = (await admin.get("/v1/clients")).json()["clients"]
    assert [client["limits"] for client in listed if client["name"] == "shop"] == [fewer.json()["limits"]]
    last = api.setup.database.transact(lambda tx: audit.page(tx, limit=2))
    assert [(entry.action, entry.reason) for entry in last] == [
        ("client.limits", None),
        ("client.limits", "contract"),
    ]


async def test_change_of_what_has_changed_since_is_412(admin: httpx2.AsyncClient) -> None:
    await admin.post("/v1/clients", json={"name": "shop"})
    seen = {"if-match": (await admin.get("/v1/clients/shop")).headers["etag"]}

    first = await admin.patch("/v1/clients/shop", json={"limits": {"queue_cap": 1}}, headers=seen)
    second = await admin.patch("/v1/clients/shop", json={"limits": {"queue_cap": 2}}, headers=seen)

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json()["code"] == "precondition_failed"


@pytest.mark.parametrize(
    ("header", "status"), [("*", 200), ('"a", "b"', 412), ('W/"a"', 412), ("naked", 422)]
)
async def test_if_match_is_understood(admin: httpx2.AsyncClient, header: str, status: int) -> None:
    await admin.post("/v1/clients", json={"name": "shop"})

    answer = await admin.patch(
        "/v1/clients/shop", json={"limits": {"queue_cap": 1}}, headers={"if-match": header}
    )

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"queue_cap": 0}, "limits.queue_cap"),
        ({"queue_cap": "many"}, "limits.queue_cap"),
        ({"money_per_month": "0.0000001"}, "limits.money_per_month"),
        ({"money_per_month": "-1"}, "limits.money_per_month"),
        ({"money_per_month": "NaN"}, "limits.money_per_month"),
        ({"money_per_month": "1e30"}, "limits.money_per_month"),
        ({"countries": []}, "limits.countries"),
        ({"countries": ["Spain"]}, "limits.countries"),
        ({"priority": "urgent"}, "limits.priority"),
        ({"parts_per_our": 1}, "limits.parts_per_our"),
    ],
)
async def test_wrong_limit_is_named(admin: httpx2.AsyncClient, limits: dict[str, Any], field: str) -> None:
    await admin.post("/v1/clients", json={"name": "shop"})

    answer = await admin.patch("/v1/clients/shop", json={"limits": limits})

    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_client_unknown_is_404(admin: httpx2.AsyncClient) -> None:
    for path in ("/v1/clients/nobody", "/v1/clients/nobody/usage"):
        assert (await admin.get(path)).status_code == 404
    assert (await admin.patch("/v1/clients/nobody", json={"limits": {}})).status_code == 404


async def test_usage_is_the_same_for_the_client_and_for_administrators(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.patch("/v1/clients/shop", json={"limits": {"queue_cap": 5, "parts_per_hour": 9}})
    await shop.post("/v1/messages", json={"to": "+34600123456", "text": "x" * 200})

    own = (await shop.get("/v1/usage")).json()
    seen = (await admin.get("/v1/clients/shop/usage")).json()

    assert own | {"at": None} == seen | {"at": None}
    assert own["waiting"] == {"messages": 1, "parts": 2, "limit": 5}
    assert own["parts"]["hour"] == {"used": 0, "limit": 9}
    assert (own["month"]["parts"], own["month"]["money"], own["month"]["currency"]) == (2, "0.00", "EUR")


async def test_usage_and_refusals_are_in_the_metrics(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.patch("/v1/clients/shop", json={"limits": {"queue_cap": 1}})
    for _ in range(2):
        await shop.post("/v1/messages", json={"to": "+34600123456", "text": "x"})

    told = (await admin.get("/metrics")).text

    assert 'gatewayd_client_parts_waiting{client="shop"} 1.0' in told
    assert 'gatewayd_messages_refused_total{client="shop",reason="queue_full"}' in told


# --- tokens ---


async def test_token_is_good_behind_a_proxy_from_its_networks_only(
    api: Api, admin: httpx2.AsyncClient
) -> None:
    wanted = {"client": "shop", "scopes": ["read"], "networks": ["192.0.2.0/24"]}
    made = (await admin.post("/v1/tokens", json=wanted)).json()
    assert made["networks"] == ["192.0.2.0/24"]
    token = {"authorization": f"Bearer {made['token']}"}

    async with api.anonymous(headers=token) as shop:
        good = await shop.get("/v1/usage", headers={"x-forwarded-for": "203.0.113.9, 192.0.2.7"})
        bad = await shop.get("/v1/usage", headers={"x-forwarded-for": "192.0.2.7, 203.0.113.9"})
        direct = await shop.get("/v1/usage")

    assert [good.status_code, bad.status_code, direct.status_code] == [200, 401, 401]
    assert bad.json()["code"] == "unauthenticated"


async def test_stolen_token_ends_with_its_rotation(api: Api, admin: httpx2.AsyncClient) -> None:
    made = (await admin.post("/v1/tokens", json={"client": "shop", "scopes": ["read"]})).json()
    async with api.anonymous(headers={"authorization": f"Bearer {made['token']}"}) as thief:
        assert (await thief.get("/v1/usage")).status_code == 200

        path = f"/v1/tokens/{made['id']}/rotate"
        fresh = await admin.post(path, json={"overlap_seconds": 0, "reason": "stolen"})

        assert (await thief.get("/v1/usage")).status_code == 401
    assert (fresh.status_code, fresh.json()["replaces"]) == (201, made["id"])
    async with api.anonymous(headers={"authorization": f"Bearer {fresh.json()['token']}"}) as owner:
        assert (await owner.get("/v1/usage")).status_code == 200
    again = await admin.post(path, json={})
    assert (again.status_code, again.json()["code"]) == (409, "token_ended")


async def test_token_with_wrong_networks_names_each(admin: httpx2.AsyncClient) -> None:
    wanted = {"client": "shop", "scopes": ["read"], "networks": ["192.0.2.0/24", "10.0.0.1/8"]}

    answer = await admin.post("/v1/tokens", json=wanted)

    assert [error["field"] for error in answer.json()["errors"]] == ["networks.1"]
