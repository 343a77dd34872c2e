"""`/v1/webhooks`: who may what, and what is wrong with what."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gatewayd.access.scopes import Scope

from .conftest import Api

HOOK = {"url": "https://shop.example/hook"}


async def create(by: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await by.post("/v1/webhooks", json=HOOK | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_webhook_is_made_shown_changed_and_deleted(admin: httpx2.AsyncClient) -> None:
    answer = await admin.post("/v1/webhooks", json=HOOK | {"description": "orders"})
    made = answer.json()
    path = answer.headers["location"]
    assert (answer.status_code, path) == (201, f"/v1/webhooks/{made['id']}")
    assert made["secret"].startswith("whsec_")
    shown = (await admin.get(path)).json()
    assert "secret" not in shown
    assert (shown["events"], shown["condition"], shown["include_text"]) == (["*"], "working", "received")
    changed = (await admin.patch(path, json={"events": ["message.*"], "include_text": "all"})).json()
    assert (changed["events"], changed["include_text"], changed["description"]) == (
        ["message.*"],
        "all",
        "orders",
    )
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404
    assert (await admin.get("/v1/webhooks")).json() == {"webhooks": []}


async def test_every_wrong_field_is_named_at_once(admin: httpx2.AsyncClient) -> None:
    answer = await admin.post(
        "/v1/webhooks",
        json=HOOK
        | {
            "events": ["message.sent", "mesage.*", "!"],
            "client": "nobody",
            "clients": ["shopp"],
            "description": "a\nb",
            "secret": "whsec_short",
        },
    )
    assert answer.status_code == 422
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["client", "clients.0", "events.1", "events.2", "description", "secret"]
    assert "did you mean message.*?" in answer.text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.example/", "https"),
        ("https://169.254.169.254/latest/meta-data", "not public"),
        ("https://[::1]/", "not public"),
        ("https://user:secret@shop.example/", "user name"),
        ("https://shop.example:22/", "port"),
        ("ftp://shop.example/", "https"),
        ("https://2130706433/", "usual form"),
        ("nonsense", "https"),
    ],
)
async def test_url_that_may_not_be_reached_is_refused(
    admin: httpx2.AsyncClient, url: str, words: str
) -> None:
    answer = await admin.post("/v1/webhooks", json={"url": url})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "url")
    assert words in error["message"]


async def test_clients_see_and_touch_their_own_alone(api: Api, admin: httpx2.AsyncClient) -> None:
    async with (
        await api.client("shop", Scope.WEBHOOKS) as shop,
        await api.client("other", Scope.WEBHOOKS) as other,
    ):
        made = await create(shop)
        assert made["client"] == "shop"
        assert (await other.get("/v1/webhooks")).json() == {"webhooks": []}
        path = f"/v1/webhooks/{made['id']}"
        reason = {"reason": "curious"}
        refused = [
            await other.get(path),
            await other.patch(path, json={"description": "mine"}),
            await other.delete(path),
            await other.post(f"{path}/enable"),
            await other.post(f"{path}/disable", json=reason),
            await other.post(f"{path}/rotate"),
            await other.post(f"{path}/test"),
            await other.post(f"{path}/replay", json={"after": 0}),
            await other.post(f"{path}/skip", json=reason),
            await other.get(f"{path}/dead-letters"),
            await other.post(f"{path}/dead-letters/retry"),
            await other.post(f"{path}/dead-letters/1/retry"),
            await other.delete(f"{path}/dead-letters", params=reason),
            await other.delete(f"{path}/dead-letters/1", params=reason),
        ]
        assert {answer.status_code for answer in refused} == {404}
        assert (await shop.get(path)).json()["condition"] == "working"
    assert [one["id"] for one in (await admin.get("/v1/webhooks")).json()["webhooks"]] == [made["id"]]


async def test_token_without_the_scope_is_refused(shop: httpx2.AsyncClient) -> None:
    for answer in (await shop.get("/v1/webhooks"), await shop.post("/v1/webhooks", json=HOOK)):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_required")


async def test_client_cannot_give_a_webhook_to_others_or_listen_to_them(api: Api) -> None:
    await api.setup.client("other")
    async with await api.client("shop", Scope.WEBHOOKS) as shop:
        answer = await shop.post("/v1/webhooks", json=HOOK | {"client": "other"})
        assert [error["field"] for error in answer.json()["errors"]] == ["client"]
        answer = await shop.post("/v1/webhooks", json=HOOK | {"clients": ["other"]})
        assert [error["code"] for error in answer.json()["errors"]] == ["not_allowed"]


async def test_received_messages_need_the_scope_inbox(api: Api) -> None:
    async with await api.client("shop", Scope.WEBHOOKS) as shop:
        answer = await shop.post("/v1/webhooks", json=HOOK | {"events": ["inbox.received"]})
        assert [error["code"] for error in answer.json()["errors"]] == ["scope_required"]
    async with await api.client("shop", Scope.WEBHOOKS, Scope.INBOX) as shop:
        await create(shop, events=["inbox.received"])


async def test_administrator_makes_a_clients_webhook_and_one_for_some_clients(
    api: Api, admin: httpx2.AsyncClient
) -> None:
    await api.setup.client("shop")
    await api.setup.client("other")
    assert (await create(admin, client="shop"))["client"] == "shop"
    made = await create(admin, clients=["shop", "other"])
    assert (made["client"], sorted(made["clients"])) == (None, ["other", "shop"])
    path = f"/v1/webhooks/{made['id']}"
    assert (await admin.patch(path, json={"description": "x"})).json()["clients"] == made["clients"]
    assert (await admin.patch(path, json={"clients": None})).json()["clients"] is None


async def test_client_has_a_bounded_number_of_webhooks(api: Api) -> None:
    async with await api.client("shop", Scope.WEBHOOKS) as shop:
        for _ in range(20):
            await create(shop)
        answer = await shop.post("/v1/webhooks", json=HOOK)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


async def test_test_call_shows_the_answers_body_to_administrators_alone(
    api: Api, admin: httpx2.AsyncClient
) -> None:
    async with await api.client("shop", Scope.WEBHOOKS) as shop:
        made = await create(shop)
        path = f"/v1/webhooks/{made['id']}/test"
        theirs, ours = (await shop.post(path)).json(), (await admin.post(path)).json()
    assert (theirs["delivered"], theirs["status"], theirs["body"]) == (True, 200, None)
    assert (ours["delivered"], ours["status"], ours["body"]) == (True, 200, "thanks")


async def test_secret_of_ones_own_is_taken_and_rotation_shows_a_new_one(admin: httpx2.AsyncClient) -> None:
    own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = await create(admin, secret=own)
    assert made["secret"] == own
    rotated = (await admin.post(f"/v1/webhooks/{made['id']}/rotate")).json()
    assert rotated["secret"] != own
    assert rotated["old_secret_until"] is not None


async def test_replay_of_what_is_still_to_happen_is_refused(admin: httpx2.AsyncClient) -> None:
    made = await create(admin)
    answer = await admin.post(f"/v1/webhooks/{made['id']}/replay", json={"after": 999})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_nothing_is_skipped_where_nothing_is_in_the_way(admin: httpx2.AsyncClient) -> None:
    made = await create(admin)
    answer = await admin.post(f"/v1/webhooks/{made['id']}/skip", json={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_in_the_way")


async def test_dead_letter_that_is_not_there_is_not_found(admin: httpx2.AsyncClient) -> None:
    path = f"/v1/webhooks/{(await create(admin))['id']}/dead-letters"
    assert (await admin.get(path)).json() == {"dead_letters": [], "next": None}
    for seq in ("1", "x", "9" * 30):
        assert (await admin.post(f"{path}/{seq}/retry")).status_code == 404
    assert (await admin.post(f"{path}/retry")).json() == {"dead_letters": 0}


async def test_every_change_is_in_the_audit_without_secrets(admin: httpx2.AsyncClient) -> None:
    made = await create(admin, url="https://shop.example/hook?token=geheim")
    path = f"/v1/webhooks/{made['id']}"
    await admin.patch(path, json={"url": "https://shop.example/other?token=geheim", "events": ["message.*"]})
    rotated = (await admin.post(f"{path}/rotate")).json()
    await admin.post(f"{path}/test")
    await admin.post(f"{path}/disable", json={"reason": "holidays"})
    await admin.post(f"{path}/enable")
    await admin.post(f"{path}/replay", json={"after": 0})
    await admin.post(f"{path}/dead-letters/retry")
    await admin.delete(f"{path}/dead-letters", params={"reason": "old"})
    await admin.delete(path)
    audit = (await admin.get("/v1/audit", params={"object": f"webhook:{made['id']}"})).text
    for verb in (
        "create",
        "update",
        "rotate",
        "test",
        "disable",
        "enable",
        "replay",
        "send_again",
        "discard",
        "delete",
    ):
        assert f'"webhook.{verb}"' in audit
    assert "holidays" in audit
    for secret in (made["secret"], rotated["secret"], "geheim"):
        assert secret not in audit


async def test_metrics_count_webhooks_by_condition(admin: httpx2.AsyncClient) -> None:
    made = await create(admin)
    await admin.post(f"/v1/webhooks/{made['id']}/disable", json={"reason": "x"})
    text = (await admin.get("/metrics")).text
    assert 'gatewayd_webhooks{condition="disabled"} 1.0' in text
    assert "gatewayd_webhook_dead_letters 0.0" in text
