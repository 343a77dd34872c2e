"""`/v1/types` over HTTP."""

from __future__ import annotations

import httpx2

OTP = {
    "labels": {"en": "One-time code", "pt-BR": "Código"},
    "priority": "high",
    "validity": 300,
    "secret": True,
}


async def test_type_is_made_shown_changed_and_forgotten(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    made = await admin.put("/v1/types/otp", json=OTP)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    seen = await shop.get("/v1/types/otp")
    assert seen.json() == made.json()
    assert (seen.json()["labels"]["pt-BR"], seen.json()["priority"], seen.json()["keep_days"]) == (
        "Código",
        "high",
        None,
    )
    changed = await admin.put("/v1/types/otp", json={"labels": {"en": "Code"}}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["version"], changed.json()["secret"]) == (200, 2, False)
    stale = await admin.put("/v1/types/otp", json=OTP, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await admin.delete("/v1/types/otp", headers={"if-match": '"x"'})).status_code == 412
    assert (await admin.delete("/v1/types/otp")).status_code == 204
    assert (await shop.get("/v1/types")).json() == {"types": []}


async def test_types_are_read_by_all_and_written_by_administrators(shop: httpx2.AsyncClient) -> None:
    assert (await shop.get("/v1/types")).status_code == 200
    assert (await shop.put("/v1/types/otp", json=OTP)).status_code == 403
    assert (await shop.delete("/v1/types/otp")).status_code == 403


async def test_wrong_type_is_told_every_field(admin: httpx2.AsyncClient) -> None:
    answer = await admin.put("/v1/types/a%20b", json={"labels": {"xx": "a"}, "validity": 0})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["code", "labels", "validity"]


async def test_message_of_a_type_takes_what_it_leaves_out_from_that(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    await admin.put("/v1/types/otp", json=OTP)
    sent = await shop.post("/v1/messages", json={"to": "+34600123456", "text": "1234", "type": "otp"})
    assert sent.json()["priority"] == "high"
    assert sent.json()["expires_at"] is not None
