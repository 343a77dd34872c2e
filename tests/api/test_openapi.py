"""The document says what the API does."""

from __future__ import annotations

import re
from typing import Any, get_args

import httpx2
import pytest
from pydantic import TypeAdapter

from gatewayd.api.app import all_operations
from gatewayd.api.wire.query import StateName
from gatewayd.message import State

from .conftest import Api
from .test_inbox import received

OPERATIONS = all_operations(open_metrics=True)


@pytest.fixture
async def document(api: Api) -> dict[str, Any]:
    async with api.anonymous() as anybody:
        answer = await anybody.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_document_has_every_operation_and_its_failures(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for row in OPERATIONS:
        described = document["paths"][row.path][row.method.lower()]
        answers = set(described["responses"])
        assert {str(status) for status in row.answers} <= answers
        if row.scope:
            assert {"401", "403"} <= answers
            assert f"`{row.scope}`" in described["description"]
        if row.body:
            assert {"400", "413", "415", "422"} <= answers
            assert list(described["requestBody"]["content"]) == list(row.body)


async def test_document_has_no_dangling_reference(document: dict[str, Any]) -> None:
    text = str(document)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in document["components"]["schemas"]


async def test_document_names_each_operation_once(document: dict[str, Any]) -> None:
    names = [call["operationId"] for path in document["paths"].values() for call in path.values()]

    assert len(names) == len(set(names)) == len(OPERATIONS)


async def test_document_describes_the_keys_of_a_message(document: dict[str, Any]) -> None:
    message = document["components"]["schemas"]["MessageIn"]

    assert message["required"] == ["to"]
    assert message["additionalProperties"] is False
    assert all("description" in message["properties"][key] for key in message["properties"] if key != "to")
    assert message["properties"]["send_at"]["anyOf"][0]["format"] == "date-time"


async def test_answers_are_what_the_document_says(
    api: Api, shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    """Typed dictionaries are checked by mypy only; here pydantic looks at what really goes out."""
    sent = (await shop.post("/v1/messages", json={"to": "+34600123456", "text": "Hello"})).json()
    ana = {"name": "ana", "password": "violet otter lantern", "roles": ["viewer"]}
    await admin.post("/v1/people", json=ana)
    hook = (await admin.post("/v1/webhooks", json={"url": "https://shop.example/"})).json()
    names = {"messages": sent["id"], "inbox": received(api, "Stop"), "people": "ana", "webhooks": hook["id"]}
    names["clients"] = "shop"
    rows = {"text": "Hello {{ name }}", "rows": [{"to": "+34600123456", "name": "Ana"}]}
    names["batches"] = (await shop.post("/v1/batches", json=rows)).json()["id"]
    names["types"] = "otp"
    await admin.put("/v1/types/otp", json={"labels": {"en": "One-time code"}})
    place = {"kind": "hello", "channel": "sms", "language": "en"}
    await admin.put(
        "/v1/templates/hello/sms/en", json={"fields": [{"name": "name"}], "body": "Hello {{ name }}"}
    )
    for row in OPERATIONS:
        if row.method != "GET" or row.path in ("/metrics", "/openapi.json"):
            continue
        name = names.get(row.path.split("/")[2] if row.path.count("/") > 1 else "", "phone1")
        answer = await admin.get(row.path.format(id=name, name=name, code=name, **place))
        shape = row.answers[answer.status_code].shape
        TypeAdapter(shape).validate_json(answer.content)
        keys = shape.__annotations__
        assert set(answer.json()) <= set(keys)


def test_states_that_can_be_searched_are_all_but_the_invisible_one() -> None:
    assert set(get_args(StateName)) == {state.value for state in State} - {State.STAGED.value}


async def test_operations_are_grouped_by_their_resource(document: dict[str, Any]) -> None:
    assert document["paths"]["/v1/messages/{id}"]["get"]["tags"] == ["messages"]
    assert document["paths"]["/healthz"]["get"]["tags"] == ["service"]
    used = {tag for item in document["paths"].values() for call in item.values() for tag in call["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}
