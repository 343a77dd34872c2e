"""`/v1/erasures`, and messages that are secrets."""

from __future__ import annotations

import httpx2

NUMBER = "+34600123456"


async def test_number_is_erased_and_its_message_is_shown_without_text_and_number(
    admin: httpx2.AsyncClient,
) -> None:
    sent = (await admin.post("/v1/messages", json={"to": NUMBER, "text": "Hello"})).json()
    done = await admin.post("/v1/erasures", json={"number": "+34 600 12 34 56", "reason": "asked"})
    assert done.status_code == 200
    assert (done.json()["messages"], done.json()["cancelled"]) == (1, 1)
    shown = (await admin.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["text"], shown["to"], shown["erased"]) == (None, "+34…56", True)
    exported = (await admin.get("/v1/messages", headers={"accept": "text/csv"})).text
    assert "Hello" not in exported
    assert exported.splitlines()[1].endswith(",yes")


async def test_erasure_needs_a_number_a_reason_and_an_administrator(
    admin: httpx2.AsyncClient, shop: httpx2.AsyncClient
) -> None:
    wrong = await admin.post("/v1/erasures", json={"number": "12"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["reason"]
    wrong = await admin.post("/v1/erasures", json={"number": "x", "reason": "asked"})
    assert [error["field"] for error in wrong.json()["errors"]] == ["number"]
    refused = await shop.post("/v1/erasures", json={"number": NUMBER, "reason": "asked"})
    assert refused.status_code == 403


async def test_secret_is_marked_as_one(admin: httpx2.AsyncClient) -> None:
    sent = await admin.post("/v1/messages", json={"to": NUMBER, "text": "Code 1", "secret": True})
    shown = (await admin.get(f"/v1/messages/{sent.json()['id']}")).json()
    assert (shown["secret"], shown["erased"], shown["text"]) == (True, False, "Code 1")


async def test_opt_out_of_an_erased_number_is_listed_by_its_pseudonym_and_ended_by_the_number(
    admin: httpx2.AsyncClient,
) -> None:
    for number in (NUMBER, "+34600123457"):
        await admin.post("/v1/optouts", json={"recipient": number, "reason": "asked"})
    done = (await admin.post("/v1/erasures", json={"number": NUMBER, "reason": "asked"})).json()
    first = (await admin.get("/v1/optouts", params={"limit": 1})).json()
    assert [each["recipient"] for each in first["opt_outs"]] == [done["pseudonym"]]
    second = (await admin.get("/v1/optouts", params={"limit": 1, "cursor": first["next"]})).json()
    assert [each["recipient"] for each in second["opt_outs"]] == ["+34600123457"]
    assert (await admin.delete(f"/v1/optouts/{NUMBER}", params={"reason": "asked"})).status_code == 204
    left = (await admin.get("/v1/optouts")).json()["opt_outs"]
    assert [each["recipient"] for each in left] == ["+34600123457"]
