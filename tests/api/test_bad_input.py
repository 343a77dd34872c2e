"""Bad input: each kind is a 4xx that names the field and the reason, and leaves no row."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from .conftest import Api

HELLO = {"to": "+34600123456", "text": "Hello"}
JSON = {"content-type": "application/json"}

WRONG: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "unknown key": ({**HELLO, "txt": "x"}, {("txt", "unknown_key")}),
    "no recipient": ({"text": "x"}, {("to", "required")}),
    "no text": ({"to": "+34600123456"}, {("text", "required")}),
    "number for text": ({**HELLO, "text": 5}, {("text", "type")}),
    "number for recipient": ({**HELLO, "to": 34600123456}, {("to", "type")}),
    "null for text": ({**HELLO, "text": None}, {("text", "required")}),
    "word for boolean": ({**HELLO, "flash": "yes"}, {("flash", "type")}),
    "number for boolean": ({**HELLO, "report": 1}, {("report", "type")}),
    "unknown priority": ({**HELLO, "priority": "urgent"}, {("priority", "choice")}),
    "unknown encoding": ({**HELLO, "encoding": "utf-8"}, {("encoding", "choice")}),
    "unknown policy": ({**HELLO, "in_doubt": "maybe"}, {("in_doubt", "choice")}),
    "unknown order": ({**HELLO, "order": "any"}, {("order", "choice")}),
    "empty text": ({**HELLO, "text": ""}, {("text", "required")}),
    "blank text": ({**HELLO, "text": " \n "}, {("text", "required")}),
    "over-long text": ({**HELLO, "text": "x" * 2000}, {("text", "too_long")}),
    "over-long type": ({**HELLO, "type": "x" * 41}, {("type", "too_long")}),
    "empty type": ({**HELLO, "type": ""}, {("type", "required")}),
    "type of several words": ({**HELLO, "type": "two words"}, {("type", "format")}),
    "over-long reference": ({**HELLO, "reference": "x" * 101}, {("reference", "too_long")}),
    "impossible number": ({**HELLO, "to": "+34123"}, {("to", "too_short")}),
    "number of no country": ({**HELLO, "to": "+999123456789"}, {("to", "no_country")}),
    "number without country": ({**HELLO, "to": "600123456"}, {("to", "no_country")}),
    "letters for a number": ({**HELLO, "to": "my mother"}, {("to", "not_a_number")}),
    "AT command for a number": ({**HELLO, "to": '+34600123456"\r\nAT+CFUN=0'}, {("to", "not_a_number")}),
    "empty number": ({**HELLO, "to": ""}, {("to", "not_a_number")}),
    "no numbers": ({**HELLO, "to": []}, {("to", "required")}),
    "numbers that are none": (
        {**HELLO, "to": ["+34600123456", 5, "x"]},
        {("to.1", "type"), ("to.2", "not_a_number")},
    ),
    "more than 1,000 numbers": ({**HELLO, "to": ["+34600123456"] * 1001}, {("to", "too_many")}),
    "date in the past": ({**HELLO, "send_at": "2020-01-01T00:00:00Z"}, {("send_at", "past")}),
    "expiry in the past": ({**HELLO, "expires_at": "2020-01-01T00:00:00Z"}, {("expires_at", "past")}),
    "date without offset": ({**HELLO, "send_at": "2026-01-31T08:00:00"}, {("send_at", "format")}),
    "date that is a number": ({**HELLO, "send_at": 1767600000}, {("send_at", "format")}),
    "day that doesn't exist": ({**HELLO, "send_at": "2026-02-31T08:00:00Z"}, {("send_at", "range")}),
    "date beyond the calendar": ({**HELLO, "send_at": "0001-01-01T00:00:00+14:00"}, {("send_at", "range")}),
    "unknown modem": ({**HELLO, "modem": "phone9"}, {("modem", "unknown")}),
    "text with 0x1A": ({**HELLO, "text": "a\x1ab"}, {("text", "unsendable")}),
    "text with 0x1B": ({**HELLO, "text": "a\x1bb"}, {("text", "unsendable")}),
    "text with CR": ({**HELLO, "text": "a\rb"}, {("text", "unsendable")}),
    "text with NUL": ({**HELLO, "text": "a\0b"}, {("text", "unsendable")}),
    "everything at once": (
        {"to": "12", "text": "a\x1ab", "send_at": "2020-01-01T00:00:00Z", "flash": 1, "foo": 1, "modem": "x"},
        {
            ("to", "no_country"),
            ("text", "unsendable"),
            ("send_at", "past"),
            ("flash", "type"),
            ("foo", "unknown_key"),
            ("modem", "unknown"),
        },
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_message_is_refused_with_every_field_and_leaves_no_row(
    shop: httpx2.AsyncClient, api: Api, name: str
) -> None:
    asked, expected = WRONG[name]

    answer = await shop.post("/v1/messages", json=asked)

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (422, "invalid")
    assert {(error["field"], error["code"]) for error in problem["errors"]} == expected
    assert all(error["message"] for error in problem["errors"])
    assert api.rows() == 0


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_object_of_an_array_is_refused_and_the_right_one_accepted(
    shop: httpx2.AsyncClient, api: Api, name: str
) -> None:
    answer = await shop.post("/v1/messages", json=[WRONG[name][0], HELLO])

    assert answer.status_code == 202
    bad, good = answer.json()["messages"]
    assert bad["errors"]
    assert "id" in good
    assert api.rows() == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "EOF"),
        (b"{", "EOF"),
        (b'{"to": "+34600123456", "text": "x"} x', "trailing"),
        (b'{"to": "\\ud800"}', ""),
        (b'{"to": "\xff"}', ""),
        (b"[" * 100_000, "element 0"),
        (b"[1, 2", "element 1"),
        (b"[1,]", "element 1"),
        (b"[{}] x", "after"),
        (b'[{"text": "\\ud800", "to": "x"}]', "element 0"),
        (b'{"to": "+34600123456", "text": "x", "to": "+34600123457"}', 'the key "to" stands twice'),
        (b'[{"to": "+34600123456", "text": "x"}, {"text": "x", "text": "x"}]', 'element 1: the key "text"'),
        (b'[{"to": "\xff"}]', "UTF-8"),
    ],
)
async def test_body_that_is_no_json_is_400(
    shop: httpx2.AsyncClient, api: Api, body: bytes, words: str
) -> None:
    answer = await shop.post("/v1/messages", content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_json"
    assert words in answer.json()["detail"]
    assert api.rows() == 0


@pytest.mark.parametrize(
    "spoilt", [json.dumps(HELLO)[:-3], '{"to": "+34600123456", "text": "a", "text": "b"}']
)
async def test_line_of_ndjson_that_is_no_json_refuses_the_whole(
    shop: httpx2.AsyncClient, api: Api, spoilt: str
) -> None:
    lines = json.dumps(HELLO) + "\n\n" + spoilt

    answer = await shop.post("/v1/messages", content=lines, headers={"content-type": "application/x-ndjson"})

    assert answer.status_code == 400
    assert "element 1: " in answer.json()["detail"]
    assert api.rows() == 0


@pytest.mark.parametrize("body", [b"5", b'"text"', b"null", b"true"])
async def test_body_that_is_no_object_is_refused(shop: httpx2.AsyncClient, api: Api, body: bytes) -> None:
    answer = await shop.post("/v1/messages", content=body, headers=JSON)

    assert answer.status_code == 422
    assert "must be a JSON object" in answer.json()["errors"][0]["message"]
    assert api.rows() == 0


async def test_body_above_256_kib_is_413(shop: httpx2.AsyncClient, api: Api) -> None:
    answer = await shop.post("/v1/messages", json=HELLO | {"text": "x" * 256 * 1024})

    assert answer.status_code == 413
    assert api.rows() == 0


async def test_array_above_16_mib_is_413(shop: httpx2.AsyncClient, api: Api) -> None:
    body = b"[" + b" " * 16 * 1024 * 1024 + b"]"

    answer = await shop.post("/v1/messages", content=body, headers=JSON)

    assert answer.status_code == 413
    assert api.rows() == 0


async def test_array_above_256_kib_is_accepted(shop: httpx2.AsyncClient, api: Api) -> None:
    answer = await shop.post("/v1/messages", json=[HELLO | {"text": "x" * 1000}] * 300)

    assert answer.json()["accepted"] == 300


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
)
async def test_body_of_another_media_type_is_415(shop: httpx2.AsyncClient, api: Api, media_type: str) -> None:
    headers = {"content-type": media_type} if media_type else {}

    answer = await shop.post("/v1/messages", content=json.dumps(HELLO), headers=headers)

    assert answer.status_code == 415
    assert api.rows() == 0


@pytest.mark.parametrize(
    "path", ["/v1/messages?dryrun=true", "/v1/messages?dry_run=maybe", "/v1/messages?atomic="]
)
async def test_wrong_parameter_is_422(shop: httpx2.AsyncClient, api: Api, path: str) -> None:
    answer = await shop.post(path, json=HELLO)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in path
    assert api.rows() == 0


async def test_parameter_given_twice_is_422(shop: httpx2.AsyncClient) -> None:
    answer = await shop.get("/v1/messages?limit=1&limit=2")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "limit", "code": "repeated", "message": "must be given once"}
    ]


async def test_parameter_where_none_is_known_is_422(shop: httpx2.AsyncClient) -> None:
    answer = await shop.get("/v1/modems?state=ready")

    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tbed"])
async def test_unusable_idempotency_key_is_422(shop: httpx2.AsyncClient, api: Api, key: str) -> None:
    answer = await shop.post("/v1/messages", json=HELLO, headers={"idempotency-key": key})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert api.rows() == 0


async def test_path_with_a_slash_at_its_end_is_404_not_a_redirect(shop: httpx2.AsyncClient) -> None:
    answer = await shop.post("/v1/messages/", json=HELLO, headers={"host": "elsewhere.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers


async def test_body_that_is_no_object_is_refused_without_a_field(shop: httpx2.AsyncClient) -> None:
    answer = await shop.post("/v1/messages", content="5", headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (422, "must be a JSON object")


async def test_unknown_path_is_404_and_wrong_method_405(shop: httpx2.AsyncClient) -> None:
    missing = await shop.get("/v1/nothing")
    wrong = await shop.put("/v1/messages", json={})

    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND"])
async def test_method_that_no_path_has_is_405_and_shows_nothing_of_the_request(
    shop: httpx2.AsyncClient, method: str
) -> None:
    answer = await shop.request(method, "/v1/messages", headers={"x-canary": "canary"})

    assert answer.status_code == 405
    assert "canary" not in answer.text


async def test_recipient_who_stands_twice_in_the_list_is_refused_with_both_places_and_all_else_that_is_wrong(
    shop: httpx2.AsyncClient, api: Api
) -> None:
    numbers = ["+34600123456", "+34600123457", "+34 600 12 34 56", "12"]

    answer = await shop.post("/v1/messages", json={"to": numbers, "text": "x", "modem": "none"})

    assert answer.status_code == 422
    errors = {error["field"]: error for error in answer.json()["errors"]}
    assert errors["to.2"]["code"] == "repeated"
    assert "to.0" in errors["to.2"]["message"]
    assert {"to.3", "modem"} <= set(errors)
    assert api.rows() == 0


async def test_period_that_is_no_date_is_told_that_a_day_is_enough(shop: httpx2.AsyncClient) -> None:
    answer = await shop.get("/v1/messages", params={"since": "xx"})

    assert answer.status_code == 422
    assert "a day such as 2026-01-31, or" in answer.json()["errors"][0]["message"]
