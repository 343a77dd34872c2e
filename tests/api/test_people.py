"""People, as an administrator keeps them through the API."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from gatewayd import audit

from .conftest import Api

PHRASE = "violet otter lantern"
ANA = {"name": "Ana", "password": PHRASE, "roles": ["operator", "viewer"], "display_name": "Ana Abreu"}
REASON = {"reason": "moved to another team"}


def deeds(api: Api) -> list[tuple[str, str, str | None]]:
    """Action, object and reason of what was done to people, oldest first."""
    entries = api.setup.database.transact(lambda tx: audit.page(tx, limit=100))
    return [(e.action, e.object, e.reason) for e in reversed(entries) if e.object.startswith("person:")]


@pytest.fixture
async def ana(admin: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await admin.post("/v1/people", json=ANA)
    assert answer.status_code == 201
    person: dict[str, Any] = answer.json()
    return person


async def test_person_created_is_shown_without_anything_secret(
    admin: httpx2.AsyncClient, ana: dict[str, Any]
) -> None:
    answer = await admin.get("/v1/people/ana")

    assert answer.json() == ana
    assert (ana["name"], ana["roles"], ana["temporary"]) == ("ana", ["viewer", "operator"], True)
    assert "argon2" not in answer.text
    assert (await admin.get("/v1/people")).json() == {"people": [ana]}


async def test_person_created_twice_is_409(admin: httpx2.AsyncClient, ana: dict[str, Any]) -> None:
    answer = await admin.post("/v1/people", json=ANA | {"name": "ANA"})

    assert (answer.status_code, answer.json()["code"]) == (409, "person_exists")


async def test_person_with_wrong_fields_is_422_that_names_each_and_shows_no_password(
    admin: httpx2.AsyncClient,
) -> None:
    asked = {"name": "a b", "password": "hunter2!", "roles": ["viewer"], "email": "nowhere"}

    answer = await admin.post("/v1/people", json=asked)

    assert answer.status_code == 422
    assert {error["field"]: error["code"] for error in answer.json()["errors"]} == {
        "name": "format",
        "password": "too_short",
        "email": "format",
    }
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"roles": ["king"]}, "roles.0"),
        ({"roles": []}, "roles"),
        ({"language": "la"}, "language"),
        ({"password": 12}, "password"),
        ({"admin": True}, "admin"),
    ],
)
async def test_person_with_an_unknown_choice_is_422(
    admin: httpx2.AsyncClient, asked: dict[str, Any], field: str
) -> None:
    answer = await admin.post("/v1/people", json=ANA | asked)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_person_is_changed_with_a_reason_that_the_audit_keeps(
    api: Api, admin: httpx2.AsyncClient, ana: dict[str, Any]
) -> None:
    roles = await admin.put("/v1/people/ana/roles", json={"roles": ["approver"], **REASON})
    password = await admin.put(
        "/v1/people/ana/password", json={"password": f"{PHRASE}!", "temporary": False, **REASON}
    )
    disabled = await admin.post("/v1/people/ana/disable", json=REASON)
    enabled = await admin.post("/v1/people/ana/enable", json=REASON)
    reset = await admin.post("/v1/people/ana/reset-second-factor", json=REASON)
    out = await admin.post("/v1/people/ana/sign-out", json=REASON)

    assert roles.json()["roles"] == ["approver"]
    assert password.json()["temporary"] is False
    assert (disabled.json()["disabled"], enabled.json()["disabled"]) == (True, False)
    assert reset.json()["second_factor"] is False
    assert out.json() == {"sessions_ended": 0}
    assert deeds(api) == [
        ("person.create", "person:ana", None),
        ("person.roles", "person:ana", REASON["reason"]),
        ("person.password", "person:ana", REASON["reason"]),
        ("person.disable", "person:ana", REASON["reason"]),
        ("person.enable", "person:ana", REASON["reason"]),
        ("person.sign_out", "person:ana", REASON["reason"]),
    ]


@pytest.mark.parametrize(
    "call",
    ["PUT roles", "PUT password", "POST disable", "POST enable", "POST sign-out", "POST sign-in-link"],
    ids=str,
)
async def test_person_is_not_changed_without_a_reason(
    admin: httpx2.AsyncClient, ana: dict[str, Any], call: str
) -> None:
    method, verb = call.split()
    body = {"roles": {"roles": ["viewer"]}, "password": {"password": f"{PHRASE}!"}}.get(verb, {})

    answer = await admin.request(method, f"/v1/people/ana/{verb}", json=body)

    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]


async def test_last_administrator_cannot_be_shut_out(admin: httpx2.AsyncClient) -> None:
    await admin.post("/v1/people", json=ANA | {"roles": ["admin"]})

    answer = await admin.post("/v1/people/ana/disable", json=REASON)

    assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")


@pytest.mark.parametrize("path", ["/v1/people/nobody", "/v1/people/a%2Fb", "/v1/people/%00"])
async def test_person_unknown_is_404(admin: httpx2.AsyncClient, path: str) -> None:
    assert (await admin.get(path)).status_code == 404
    assert (await admin.post(f"{path}/disable", json=REASON)).status_code == 404
