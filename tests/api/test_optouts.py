"""`/v1/optouts`, and what becomes of messages to who opted out."""

from __future__ import annotations

import httpx2
import pytest

from .conftest import Api
from .test_administration import deeds
from .test_inbox import received

NUMBER = "+34600123456"
HELLO = {"to": NUMBER, "text": "Hello"}
ADD = {"recipient": "+34 600 12 34 56", "reason": "asked us by telephone"}


async def test_number_is_opted_out_listed_and_let_in_again_with_reasons_that_the_audit_keeps(
    api: Api, admin: httpx2.AsyncClient
) -> None:
    added = await admin.post("/v1/optouts", json=ADD)
    again = await admin.post("/v1/optouts", json=ADD | {"reason": "asked again"})
    listed = (await admin.get("/v1/optouts")).json()

    assert (added.status_code, again.status_code) == (201, 200)
    assert added.json() == again.json() == listed["opt_outs"][0]
    assert (added.json()["recipient"], added.json()["reason"]) == (NUMBER, ADD["reason"])
    assert added.json()["by"].startswith("client:ops/")

    removed = await admin.delete(f"/v1/optouts/{NUMBER}", params={"reason": "wrote to us"})

    assert removed.status_code == 204
    assert (await admin.get("/v1/optouts")).json() == {"opt_outs": [], "next": None}
    assert (await admin.delete(f"/v1/optouts/{NUMBER}?reason=x")).status_code == 404
    ended = [deed for deed in deeds(api) if deed[0].startswith("opt_out")]
    name = ended[0][1]
    assert name.startswith("recipient:#")
    assert ended == [("opt_out.add", name, ADD["reason"]), ("opt_out.remove", name, "wrote to us")]


async def test_opt_out_is_not_ended_without_a_reason(admin: httpx2.AsyncClient) -> None:
    await admin.post("/v1/optouts", json=ADD)
    answer = await admin.delete(f"/v1/optouts/{NUMBER}")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("reason", "required")]
    assert len((await admin.get("/v1/optouts")).json()["opt_outs"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "x"}, "recipient"),
        ({"recipient": NUMBER}, "reason"),
        ({"recipient": "nobody", "reason": "x"}, "recipient"),
        ({"recipient": NUMBER, "reason": "x", "until": "2027-01-01"}, "until"),
    ],
)
async def test_wrong_opt_out_is_422_and_names_the_field(
    admin: httpx2.AsyncClient, body: dict[str, str], field: str
) -> None:
    answer = await admin.post("/v1/optouts", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_opt_outs_are_listed_page_by_page_and_by_number(admin: httpx2.AsyncClient) -> None:
    numbers = [f"+3460012345{number}" for number in range(5)]
    for number in numbers:
        await admin.post("/v1/optouts", json={"recipient": number, "reason": "x"})
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await admin.get(f"/v1/optouts?limit=2{cursor and '&cursor=' + cursor}")).json()
        found += [one["recipient"] for one in page["opt_outs"]]
        cursor = page["next"]
    assert found == numbers
    one = (await admin.get("/v1/optouts", params={"recipient": numbers[3]})).json()
    assert [entry["recipient"] for entry in one["opt_outs"]] == [numbers[3]]
    assert (await admin.get("/v1/optouts", params={"recipient": NUMBER})).json()["opt_outs"] == []


@pytest.mark.parametrize("cursor", ["x", "%2B34", "١٢"])
async def test_opt_outs_from_a_wrong_cursor_are_400(admin: httpx2.AsyncClient, cursor: str) -> None:
    assert (await admin.get(f"/v1/optouts?cursor={cursor}")).json()["code"] == "bad_cursor"


async def test_submit_to_who_said_stop_is_refused_in_every_shape(api: Api, shop: httpx2.AsyncClient) -> None:
    received(api, "Stop.", NUMBER)

    single = await shop.post("/v1/messages", json=HELLO)
    listed = await shop.post("/v1/messages", json=HELLO | {"to": ["+34600123457", NUMBER]})
    array = await shop.post("/v1/messages", json=[HELLO, HELLO | {"to": "+34600123457"}])
    asked = await shop.post("/v1/messages?dry_run=true", json=HELLO)

    assert [answer.status_code for answer in (single, listed, array, asked)] == [422, 422, 202, 422]
    assert [(error["field"], error["code"]) for error in single.json()["errors"]] == [("to", "opted_out")]
    assert "send START" in single.json()["errors"][0]["message"]
    assert [(error["field"], error["code"]) for error in listed.json()["errors"]] == [("to.1", "opted_out")]
    assert (array.json()["accepted"], array.json()["rejected"]) == (1, 1)
    assert api.rows() == 1


async def test_request_repeated_after_an_opt_out_is_answered_as_before(
    api: Api, shop: httpx2.AsyncClient
) -> None:
    key = {"idempotency-key": "order-1"}
    first = await shop.post("/v1/messages", json=HELLO, headers=key)
    received(api, "Stop.", NUMBER)
    second = await shop.post("/v1/messages", json=HELLO, headers=key)
    assert second.status_code == 202
    assert second.json() == first.json()


async def test_queued_message_to_who_says_stop_is_cancelled_and_its_client_learns_why(
    api: Api, shop: httpx2.AsyncClient
) -> None:
    sent = (await shop.post("/v1/messages", json=HELLO)).json()
    received(api, "STOP", NUMBER)
    shown = (await shop.get(f"/v1/messages/{sent['id']}")).json()
    assert (shown["state"], shown["error"]) == ("cancelled", "opted_out")
    last = (await shop.get("/v1/events")).json()["events"][-1]
    assert (last["kind"], last["data"]["error"]) == ("message.cancelled", "opted_out")


async def test_opt_out_survives_a_restart(api: Api, shop: httpx2.AsyncClient) -> None:
    received(api, "STOP", NUMBER)
    async with api.restarted() as again:
        previews = (await again.post("/v1/messages?dry_run=1", json=[HELLO], headers=shop.headers)).json()
        answer = await again.post("/v1/messages", json=HELLO, headers=shop.headers)
    assert answer.json()["errors"][0]["code"] == "opted_out"
    assert previews["messages"][0]["errors"][0]["code"] == "opted_out"
