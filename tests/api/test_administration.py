"""Modems, the queue, clients and tokens, as an administrator steers them."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gatewayd import audit
from gatewayd.access.scopes import Scope
from gatewayd.modem.ports import LinkState

from .conftest import Api

REASON = {"reason": "SIM to be changed"}


def deeds(api: Api) -> list[tuple[str, str, str | None]]:
    """Action, object and reason of what was done, oldest first."""
    entries = api.setup.database.transact(lambda tx: audit.page(tx, limit=100))
    return [(entry.action, entry.object, entry.reason) for entry in reversed(entries)]


async def test_modems_are_shown_with_state_mode_and_pace(api: Api, shop: httpx2.AsyncClient) -> None:
    api.setup.air.change("phone1", LinkState.READY)

    modems = (await shop.get("/v1/modems")).json()["modems"]

    assert [(modem["name"], modem["state"], modem["mode"], modem["interval"]) for modem in modems] == [
        ("phone1", "ready", "running", 7.0),
        ("phone2", "absent", "running", 7.0),
    ]
    assert modems[1]["reason"] == "no such port"
    assert (await shop.get("/v1/modems/phone1")).json() == modems[0]


@pytest.mark.parametrize(
    ("verb", "mode"), [("pause", "paused"), ("drain", "draining"), ("resume", "running")]
)
async def test_modem_is_steered_with_a_reason_that_the_audit_keeps(
    api: Api, admin: httpx2.AsyncClient, verb: str, mode: str
) -> None:
    answer = await admin.post(f"/v1/modems/phone1/{verb}", json=REASON)

    assert answer.status_code == 200
    assert (await admin.get("/v1/modems/phone1")).json()["mode"] == mode
    assert (f"modem.{mode}", "modem:phone1", REASON["reason"]) in deeds(api)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 5}, {"reason": "x", "why": "y"}, []])
async def test_modem_is_not_steered_without_a_reason(api: Api, admin: httpx2.AsyncClient, body: Any) -> None:
    answer = await admin.post("/v1/modems/phone1/pause", json=body)

    assert answer.status_code == 422
    assert (await admin.get("/v1/modems/phone1")).json()["mode"] == "running"


async def test_modem_unknown_is_404(admin: httpx2.AsyncClient) -> None:
    assert (await admin.get("/v1/modems/phone9")).status_code == 404
    assert (await admin.post("/v1/modems/phone9/pause", json=REASON)).status_code == 404


async def test_queue_shows_what_waits_and_why_nothing_leaves(shop: httpx2.AsyncClient) -> None:
    await shop.post("/v1/messages", json={"to": "+34600123456", "text": "x" * 200, "priority": "bulk"})

    shown = (await shop.get("/v1/queue")).json()

    assert (shown["waiting"]["bulk"]["messages"], shown["waiting"]["bulk"]["parts"]) == (1, 2)
    assert shown["waiting"]["emergency"] == {"messages": 0, "parts": 0, "oldest": None}
    assert [obstacle["code"] for obstacle in shown["obstacles"]] == ["no_modem"]


async def test_queue_that_isnt_halted_cannot_be_resumed(admin: httpx2.AsyncClient) -> None:
    answer = await admin.post("/v1/queue/resume", json=REASON)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_halted")


async def test_client_is_created_listed_disabled_and_enabled(api: Api, admin: httpx2.AsyncClient) -> None:
    created = await admin.post("/v1/clients", json={"name": "billing"})
    disabled = await admin.post("/v1/clients/billing/disable", json=REASON)

    assert (created.status_code, created.json()["name"]) == (201, "billing")
    assert disabled.json()["disabled"]
    assert ("client.disable", "client:billing", REASON["reason"]) in deeds(api)
    listed = (await admin.get("/v1/clients")).json()["clients"]
    assert [(client["name"], client["disabled"]) for client in listed] == [("billing", True), ("ops", False)]
    enabled = await admin.post("/v1/clients/billing/enable", json=REASON)
    assert not enabled.json()["disabled"]


async def test_client_created_twice_is_409(admin: httpx2.AsyncClient) -> None:
    await admin.post("/v1/clients", json={"name": "billing"})

    answer = await admin.post("/v1/clients", json={"name": "billing"})

    assert (answer.status_code, answer.json()["code"]) == (409, "client_exists")


async def test_client_with_a_wrong_name_is_422(admin: httpx2.AsyncClient) -> None:
    answer = await admin.post("/v1/clients", json={"name": "a/b"})

    assert answer.json()["errors"][0] | {"message": ""} == {"field": "name", "code": "format", "message": ""}


async def test_client_unknown_cannot_be_disabled(admin: httpx2.AsyncClient) -> None:
    assert (await admin.post("/v1/clients/nobody/disable", json=REASON)).status_code == 404


async def test_token_issued_works_until_it_is_revoked(api: Api, admin: httpx2.AsyncClient) -> None:
    issued = await admin.post("/v1/tokens", json={"client": "billing", "scopes": ["read"], "name": "nightly"})
    assert issued.status_code == 201
    assert issued.headers["cache-control"] == "no-store"
    async with api.anonymous(headers={"authorization": f"Bearer {issued.json()['token']}"}) as billing:
        assert (await billing.get("/v1/messages")).status_code == 200

        revoked = await admin.delete(f"/v1/tokens/{issued.json()['id']}")

        assert (revoked.status_code, revoked.content) == (204, b"")
        assert (await billing.get("/v1/messages")).status_code == 401


async def test_tokens_listed_are_without_their_secret(admin: httpx2.AsyncClient) -> None:
    issued = (await admin.post("/v1/tokens", json={"client": "billing", "scopes": ["read", "send"]})).json()

    answer = await admin.get("/v1/tokens?client=billing")

    assert answer.json()["tokens"] == [{key: value for key, value in issued.items() if key != "token"}]
    assert issued["token"] not in answer.text


async def test_token_request_names_every_wrong_field(api: Api, admin: httpx2.AsyncClient) -> None:
    before = api.rows("token")

    answer = await admin.post("/v1/tokens", json={"scopes": ["fly"], "expires_at": "tomorrow", "admin": True})

    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == {
        "client": "required",
        "scopes.0": "choice",
        "expires_at": "format",
        "admin": "unknown_key",
    }
    assert api.rows("token") == before


async def test_token_that_would_have_expired_is_refused(admin: httpx2.AsyncClient) -> None:
    asked = {"client": "billing", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}

    answer = await admin.post("/v1/tokens", json=asked)

    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("expires_at", "past")]


async def test_token_unknown_cannot_be_revoked(admin: httpx2.AsyncClient) -> None:
    assert (await admin.delete("/v1/tokens/0123456789ab")).status_code == 404


async def test_events_show_the_clients_own_and_go_on_from_the_cursor(
    api: Api, shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    sent = (await shop.post("/v1/messages", json={"to": "+34600123456", "text": "Hello"})).json()
    await admin.post("/v1/modems/phone1/pause", json=REASON)

    own = (await shop.get("/v1/events")).json()
    everybodys = (await admin.get("/v1/events?limit=1")).json()
    rest = (await admin.get(f"/v1/events?after={everybodys['next']}")).json()

    assert [(event["kind"], event["subject"]) for event in own["events"]] == [("message.queued", sent["id"])]
    assert own["next"] == rest["next"]
    assert [event["kind"] for event in everybodys["events"] + rest["events"]] == [
        "message.queued",
        "modem.paused",
    ]
    assert (await shop.get(f"/v1/events?after={own['next']}")).json() == {"events": [], "next": own["next"]}


@pytest.mark.parametrize("after", ["-1", "x", str(2**63)])
async def test_events_from_a_wrong_cursor_are_422(shop: httpx2.AsyncClient, after: str) -> None:
    answer = await shop.get("/v1/events", params={"after": after})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "after"


async def test_events_need_the_scope_read(api: Api) -> None:
    async with await api.client("shop", Scope.SEND) as sender:
        assert (await sender.get("/v1/events")).status_code == 403
