"""`/v1/batches` over HTTP: how one comes in, its report, who may do what."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import trio
from sqlalchemy import text

from gatewayd.access.scopes import Scope
from gatewayd.batches import restoring
from gatewayd.store.schema import to_microseconds

from .conftest import Api

THREE = "to;nome\n+34600000001;Ana\n+34600000002;Rui\n+34600000003;Ewa\n"
HELLO = {"name": "hello", "text": "Hello {{ nome }}"}
CSV = {"content-type": "text/csv"}


async def hand_in(client: httpx2.AsyncClient, content: str = THREE, **params: Any) -> dict[str, Any]:
    """A batch, once it is checked."""
    made = await client.post("/v1/batches", content=content, params=HELLO | params, headers=CSV)
    assert made.status_code == 202, made.text
    return await reach(client, made.json()["id"], "checked")


async def reach(client: httpx2.AsyncClient, id_: str, state: str) -> dict[str, Any]:
    with trio.fail_after(20):
        while True:
            seen: dict[str, Any] = (await client.get(f"/v1/batches/{id_}")).json()
            if seen["state"] == state:
                return seen
            await trio.sleep(0.01)


async def test_csv_comes_in_with_its_options_in_the_query(shop: httpx2.AsyncClient) -> None:
    made = await shop.post("/v1/batches", content=THREE, params=HELLO, headers=CSV)
    assert made.status_code == 202
    assert made.headers["location"] == f"/v1/batches/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    assert (made.json()["state"], made.json()["rows"], made.json()["columns"]) == ("draft", 3, ["to", "nome"])
    seen = await reach(shop, made.json()["id"], "checked")
    assert (seen["good"], seen["wrong"], seen["parts"], seen["possible"]) == (
        3,
        0,
        3,
        ["check", "approve", "cancel"],
    )


@pytest.mark.parametrize("kind", ["form", "json", "ndjson"])
async def test_other_forms_make_the_same_batch(shop: httpx2.AsyncClient, kind: str) -> None:
    objects = [{"to": f"+3460000000{n}", "nome": name} for n, name in enumerate(("Ana", "Rui", "Ewa"), 1)]
    match kind:
        case "form":
            made = await shop.post(
                "/v1/batches", data=HELLO | {"language": ""}, files={"file": ("list.csv", THREE.encode())}
            )
        case "json":
            made = await shop.post("/v1/batches", json=HELLO | {"rows": objects})
        case _:
            lines = "\n".join(str(each).replace("'", '"') for each in objects)
            headers = {"content-type": "application/x-ndjson"}
            made = await shop.post("/v1/batches", content=lines, params=HELLO, headers=headers)
    assert made.status_code == 202, made.text
    await reach(shop, made.json()["id"], "checked")
    rows = (await shop.get(f"/v1/batches/{made.json()['id']}/rows")).json()["rows"]
    assert [row["text"] for row in rows] == ["Hello Ana", "Hello Rui", "Hello Ewa"]


async def test_batch_without_a_name_is_called_as_its_file(shop: httpx2.AsyncClient) -> None:
    made = await shop.post(
        "/v1/batches", data={"text": "Hello"}, files={"file": ("lists/january.csv", THREE.encode())}
    )
    assert made.json()["name"] == "january.csv"


async def test_report_names_rows_and_columns_as_json_and_as_csv(shop: httpx2.AsyncClient) -> None:
    seen = await hand_in(shop, "to;nome\n12;Ana\n+34600000002;\n+34600000003;Ewa\n")
    assert (seen["good"], seen["wrong"], seen["problems"]["required"]) == (1, 2, 1)
    rows = (await shop.get(f"/v1/batches/{seen['id']}/rows", params={"errors": "true"})).json()["rows"]
    assert [(row["number"], row["errors"][0]["field"]) for row in rows] == [(1, "to"), (2, "nome")]
    report = await shop.get(f"/v1/batches/{seen['id']}/rows", headers={"accept": "text/csv"})
    lines = list(csv.DictReader(io.StringIO(report.text)))
    assert [(line["row"], line["state"], line["column"]) for line in lines] == [
        ("1", "wrong", "to"),
        ("2", "wrong", "nome"),
        ("3", "good", ""),
    ]


async def test_rows_and_batches_are_paged(shop: httpx2.AsyncClient) -> None:
    first, second = await hand_in(shop), await hand_in(shop)
    page = (await shop.get("/v1/batches", params={"limit": 1})).json()
    assert [batch["id"] for batch in page["batches"]] == [second["id"]]
    page = (await shop.get("/v1/batches", params={"limit": 1, "cursor": page["next"]})).json()
    assert ([batch["id"] for batch in page["batches"]], page["next"]) == ([first["id"]], None)
    rows = (await shop.get(f"/v1/batches/{first['id']}/rows", params={"limit": 2})).json()
    rest = (await shop.get(f"/v1/batches/{first['id']}/rows", params={"cursor": rows["next"]})).json()
    assert [row["number"] for row in rows["rows"] + rest["rows"]] == [1, 2, 3]
    assert (await shop.get("/v1/batches", params={"cursor": "x"})).status_code == 400
    assert (await shop.get("/v1/batches", params={"state": "done"})).json()["batches"] == []


async def test_steps_need_the_right_state_and_the_version_that_was_seen(shop: httpx2.AsyncClient) -> None:
    seen = await hand_in(shop)
    path = f"/v1/batches/{seen['id']}"
    wrong = await shop.post(f"{path}/pause", json={})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")
    stale = await shop.post(f"{path}/approve", json={}, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    etag = (await shop.get(path)).headers["etag"]
    approved = await shop.post(f"{path}/approve", json={}, headers={"if-match": etag})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    running = await reach(shop, seen["id"], "running")
    assert running["possible"] == ["pause", "cancel"]
    paused = await shop.post(f"{path}/pause", json={"reason": "wrong list"})
    assert (paused.json()["state"], paused.json()["reason"]) == ("paused", "wrong list")
    assert (await shop.post(f"{path}/resume", json={})).json()["state"] == "running"
    assert (await shop.post(f"{path}/cancel", json={})).json()["state"] == "cancelled"


async def test_batch_from_a_copy_says_so_and_goes_on_only_where_that_is_said(
    api: Api, shop: httpx2.AsyncClient
) -> None:
    seen = await hand_in(shop)
    assert seen["copied_at"] is None
    path = f"/v1/batches/{seen['id']}"
    for deed, state in (("approve", "checked"), ("resume", "paused")):
        await as_restored(api)
        batch = (await shop.get(path)).json()
        assert (batch["state"], batch["copied_at"]) == (state, "2026-01-05T07:00:00Z")
        refused = await shop.post(f"{path}/{deed}", json={"reason": "as ever"})
        assert (refused.status_code, refused.json()["code"]) == (409, "restored")
        assert "copy of the database of 2026-01-05 07:00:00 UTC" in refused.json()["detail"]
        assert (await shop.post(f"{path}/{deed}", json={"restored": True})).status_code == 200
        await reach(shop, seen["id"], "running")
    unknown = await shop.post(f"{path}/pause", json={"restored": True})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "restored")


async def as_restored(api: Api) -> None:
    """Have everything that there is come from a copy that was made at seven."""
    mark = to_microseconds(datetime(2026, 1, 5, 7, tzinfo=UTC))
    api.setup.database.transact(
        lambda tx: tx.execute(text("INSERT INTO epoch (copied_at) VALUES (:at)"), {"at": mark})
    )
    await restoring.hold_restored(api.setup.database, api.setup.clock.now())


async def test_large_batch_is_released_by_no_token(
    shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    content = "to,nome\n" + "".join(f"+3460000000{n},N{n}\n" for n in range(4))
    seen = await hand_in(shop, content)
    assert seen["needs_second_person"]
    for client in (shop, admin):
        answer = await client.post(f"/v1/batches/{seen['id']}/approve", json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "approver_required")


async def test_another_clients_batch_is_not_there(api: Api, shop: httpx2.AsyncClient) -> None:
    seen = await hand_in(shop)
    path = f"/v1/batches/{seen['id']}"
    async with await api.client("other") as other:
        for call in (other.get(path), other.get(f"{path}/rows"), other.post(f"{path}/cancel", json={})):
            assert (await call).status_code == 404
        assert (await other.get("/v1/batches")).json()["batches"] == []
    async with await api.client("reader", Scope.READ) as reader:
        assert (await reader.post("/v1/batches", json={})).status_code == 403


async def test_same_key_is_answered_as_the_first_time(shop: httpx2.AsyncClient) -> None:
    headers = CSV | {"idempotency-key": "k1"}
    first = await shop.post("/v1/batches", content=THREE, params=HELLO, headers=headers)
    again = await shop.post("/v1/batches", content=THREE, params=HELLO, headers=headers)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    other = await shop.post(
        "/v1/batches", content=THREE + "\n+34600000009;Zoe\n", params=HELLO, headers=headers
    )
    assert (other.status_code, other.json()["code"]) == (422, "idem_mismatch")


@pytest.mark.parametrize(
    ("content", "params", "fields"),
    [
        (b"", {}, ["file"]),
        (b"to\n", {"text": "Hello"}, ["file"]),
        ("to,n\n1,Núñez\n".encode("latin-1"), {}, ["file"]),
        (THREE.encode(), {"text": None}, ["text"]),
        (THREE.encode(), {"text": "{{ name }}"}, ["text"]),
        (THREE.encode(), {"recipient_column": "phone"}, ["recipient_column"]),
        (THREE.encode(), {"modem": "none"}, ["modem"]),
        (
            THREE.encode(),
            {"priority": "now", "flash": "perhaps", "colour": "red"},
            ["priority", "flash", "colour"],
        ),
        (THREE.encode(), {"file_encoding": "ebcdic", "delimiter": "|"}, ["file_encoding", "delimiter"]),
        (THREE.encode(), {"send_at": "2020-01-01T00:00:00Z"}, ["send_at"]),
    ],
)
async def test_wrong_batch_is_told_every_field(
    shop: httpx2.AsyncClient, content: bytes, params: dict[str, str | None], fields: list[str]
) -> None:
    wanted = {name: value for name, value in (HELLO | params).items() if value is not None}
    answer = await shop.post("/v1/batches", content=content, params=wanted, headers=CSV)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert (await shop.get("/v1/batches")).json()["batches"] == []


async def test_body_of_another_kind_or_form_is_refused(shop: httpx2.AsyncClient) -> None:
    other = await shop.post("/v1/batches", content=b"x", headers={"content-type": "application/pdf"})
    assert other.status_code == 415
    for headers, body in (
        ({"content-type": "multipart/form-data"}, b"x"),
        (
            {"content-type": "multipart/form-data; boundary=b"},
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        ),
    ):
        answer = await shop.post("/v1/batches", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_form")
    fileless = await shop.post("/v1/batches", files={"text": (None, "Hello")})
    assert [error["field"] for error in fileless.json()["errors"]] == ["file"]
