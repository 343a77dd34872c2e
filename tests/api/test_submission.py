"""`POST /v1/messages`: what is accepted, and how it is answered."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
import trio

from gatewayd.api.submission import MAX_ITEMS

from .conftest import Api

HELLO = {"to": "+34600123456", "text": "Hello"}
NDJSON = {"content-type": "application/x-ndjson"}


async def test_message_is_accepted_with_its_name_state_parts_and_encoding(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    answer = await shop.post("/v1/messages", json=HELLO)

    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == f"/v1/messages/{body['id']}"
    assert body | {"id": "", "created_at": ""} == {
        "id": "",
        "to": "+34600123456",
        "state": "queued",
        "parts": 1,
        "encoding": "gsm7",
        "priority": "normal",
        "created_at": "",
        "send_at": None,
        "expires_at": None,
        "reference": None,
    }
    assert body["created_at"].endswith("Z")
    assert api.rows() == 1


async def test_message_with_every_key_is_accepted_as_asked(shop: httpx2.AsyncClient) -> None:
    asked: dict[str, Any] = {
        "to": "+34600123456",
        "text": "Zażółć",
        "type": "ra_opened",
        "priority": "high",
        "send_at": "2026-01-06T09:00:00+01:00",
        "expires_at": "2026-01-07T09:00:00Z",
        "encoding": "auto",
        "transliterate": True,
        "flash": True,
        "report": True,
        "modem": "phone2",
        "reference": "ra:812",
        "in_doubt": "resend",
        "order": "strict",
    }
    receipt = (await shop.post("/v1/messages", json=asked)).json()
    assert receipt["text"] == "Zazolc"
    assert receipt["send_at"] == "2026-01-06T08:00:00Z"

    shown = (await shop.get(f"/v1/messages/{receipt['id']}")).json()

    assert {
        key: shown[key] for key in ("type", "priority", "flash", "report", "reference", "in_doubt", "order")
    } == {
        key: asked[key] for key in ("type", "priority", "flash", "report", "reference", "in_doubt", "order")
    }
    assert (shown["pinned"], shown["wait_reason"]) == ("phone2", "scheduled")


async def test_list_of_recipients_becomes_one_message_each(shop: httpx2.AsyncClient, api: Api) -> None:
    numbers = ["+34600123456", "+34600123457"]

    answer = await shop.post("/v1/messages", json={"to": numbers, "text": "Hello"})

    assert answer.status_code == 202
    assert [message["to"] for message in answer.json()["messages"]] == numbers
    assert api.rows() == 2


async def test_list_with_one_wrong_recipient_is_refused_as_a_whole(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    answer = await shop.post("/v1/messages", json={"to": ["+34600123456", "+3460"], "text": "Hello"})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["to.1"]
    assert api.rows() == 0


async def test_array_answers_for_each_object_in_its_place(shop: httpx2.AsyncClient, api: Api) -> None:
    asked = [HELLO, {"to": "12", "txt": "x"}, HELLO | {"reference": "b"}, 7, HELLO | {"to": ["+34600123456"]}]

    answer = await shop.post("/v1/messages", json=asked)

    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (2, 3)
    assert ["id" in message for message in body["messages"]] == [True, False, True, False, False]
    assert body["messages"][2]["reference"] == "b"
    assert {error["field"] for error in body["messages"][1]["errors"]} == {"to", "text", "txt"}
    assert body["messages"][3]["errors"][0]["code"] == "type"
    assert body["messages"][4]["errors"][0]["field"] == "to"
    assert api.rows() == 2


async def test_array_with_atomic_is_refused_as_a_whole_with_positions(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    answer = await shop.post("/v1/messages?atomic=true", json=[HELLO, HELLO | {"text": ""}, 7])

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["1.text", "2"]
    assert api.rows() == 0


async def test_array_with_atomic_and_nothing_wrong_is_accepted(shop: httpx2.AsyncClient, api: Api) -> None:
    answer = await shop.post("/v1/messages?atomic=true", json=[HELLO, HELLO])

    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    assert api.rows() == 2


async def test_ndjson_is_taken_like_an_array(shop: httpx2.AsyncClient, api: Api) -> None:
    lines = "\n".join([json.dumps(HELLO), "", json.dumps(HELLO | {"text": ""}), json.dumps(HELLO)]) + "\r\n"

    answer = await shop.post("/v1/messages", content=lines, headers=NDJSON)

    assert answer.status_code == 202
    assert [list(message) == ["errors"] for message in answer.json()["messages"]] == [False, True, False]
    assert api.rows() == 2


async def test_array_of_10_000_is_accepted_in_order(shop: httpx2.AsyncClient, api: Api) -> None:
    asked = [{"to": "+34600123456", "text": f"Hello {number}"} for number in range(MAX_ITEMS)]

    answer = await shop.post("/v1/messages", json=asked)

    assert (answer.status_code, answer.json()["accepted"]) == (202, MAX_ITEMS)
    assert api.rows() == MAX_ITEMS


@pytest.mark.parametrize("count", [0, MAX_ITEMS + 1])
async def test_array_of_none_or_too_many_is_refused(shop: httpx2.AsyncClient, api: Api, count: int) -> None:
    answer = await shop.post("/v1/messages", json=[HELLO] * count)

    assert answer.status_code == 422
    assert "1 to 10000" in answer.json()["errors"][0]["message"]
    assert api.rows() == 0


async def test_dry_run_says_what_would_become_of_it_and_accepts_nothing(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    answer = await shop.post("/v1/messages?dry_run=true", json=HELLO | {"text": "Привет, 🦊"})

    assert answer.status_code == 200
    body = answer.json()
    assert (body["encoding"], body["parts"], body["to"]) == ("ucs2", 1, "+34600123456")
    assert "🦊" in body["offending"]
    assert api.rows() == 0


async def test_dry_run_of_an_array_answers_for_each(shop: httpx2.AsyncClient, api: Api) -> None:
    answer = await shop.post("/v1/messages?dry_run=true", json=[HELLO, HELLO | {"to": "1"}])

    assert answer.status_code == 200
    good, bad = answer.json()["messages"]
    assert good["encoding"] == "gsm7"
    assert bad["errors"][0]["field"] == "to"
    assert api.rows() == 0


async def test_dry_run_of_a_list_answers_for_each(shop: httpx2.AsyncClient) -> None:
    answer = await shop.post(
        "/v1/messages?dry_run=true", json=HELLO | {"to": ["+34600123456", "+34600123457"]}
    )

    assert [preview["to"] for preview in answer.json()["messages"]] == ["+34600123456", "+34600123457"]


@pytest.mark.parametrize("asked", [HELLO, HELLO | {"to": ["+34600123456"]}, [HELLO, 7]])
async def test_request_repeated_under_its_key_is_answered_as_before(
    shop: httpx2.AsyncClient, api: Api, asked: object
) -> None:
    first = await shop.post("/v1/messages", json=asked, headers={"idempotency-key": "order-1"})
    second = await shop.post("/v1/messages", json=asked, headers={"idempotency-key": "order-1"})

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert api.rows() == 1


async def test_other_request_under_a_used_key_is_refused(shop: httpx2.AsyncClient, api: Api) -> None:
    await shop.post("/v1/messages", json=HELLO, headers={"idempotency-key": "order-1"})

    answer = await shop.post(
        "/v1/messages", json=HELLO | {"text": "Bye"}, headers={"idempotency-key": "order-1"}
    )

    assert answer.status_code == 422
    assert answer.json()["code"] == "idem_mismatch"
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert api.rows() == 1


async def test_key_of_another_client_is_another_key(shop: httpx2.AsyncClient, api: Api) -> None:
    await shop.post("/v1/messages", json=HELLO, headers={"idempotency-key": "order-1"})

    async with await api.client("other") as other:
        answer = await other.post("/v1/messages", json=HELLO, headers={"idempotency-key": "order-1"})

    assert answer.status_code == 202
    assert api.rows() == 2


async def test_same_request_twice_at_once_under_its_key_is_accepted_once(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    answers: list[httpx2.Response] = []

    async def post() -> None:
        answers.append(await shop.post("/v1/messages", json=HELLO, headers={"idempotency-key": "order-1"}))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(post)

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert api.rows() == 1


async def test_large_array_under_its_key_is_accepted_once(shop: httpx2.AsyncClient, api: Api) -> None:
    asked = [HELLO | {"text": "x" * 1000}] * 300

    first = await shop.post("/v1/messages", json=asked, headers={"idempotency-key": "order-1"})
    second = await shop.post("/v1/messages", json=asked, headers={"idempotency-key": "order-1"})
    other = await shop.post("/v1/messages?atomic=true", json=asked, headers={"idempotency-key": "order-1"})

    assert first.json() == second.json()
    assert other.status_code == 422
    assert api.rows() == 300
