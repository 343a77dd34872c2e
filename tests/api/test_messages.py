"""`/v1/messages`: the history, one message, cancelling and sending again."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx2
import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.scopes import Scope
from gatewayd.modem.ports import LinkState, Said, Voice
from gatewayd.queue.draft import Draft

from .conftest import Api

HELLO = {"to": "+34600123456", "text": "Hello"}


async def send(client: httpx2.AsyncClient, **more: Any) -> str:
    answer = await client.post("/v1/messages", json=HELLO | more)
    assert answer.status_code == 202, answer.text
    name: str = answer.json()["id"]
    return name


async def texts(client: httpx2.AsyncClient, /, **parameters: Any) -> list[str]:
    answer = await client.get("/v1/messages", params=parameters)
    assert answer.status_code == 200, answer.text
    return [message["text"] for message in answer.json()["messages"]]


@pytest.fixture
async def busy_shop(api: Api, shop: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """The shop with three messages, the first sent and the second cancelled; there is one of another client."""
    await send(shop, text="first", type="otp", reference="a")
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(5)
    api.setup.air.change("phone1", LinkState.ABSENT)
    second = await send(shop, text="second", to="+34600123457")
    await shop.delete(f"/v1/messages/{second}")
    await trio.sleep(5)
    await send(shop, text="third, 50% off", type="ad")
    async with await api.client("other") as other:
        await send(other, text="of another")
    return shop


async def test_history_shows_the_clients_own_newest_first(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient
) -> None:
    assert await texts(busy_shop) == ["third, 50% off", "second", "first"]


async def test_history_of_an_administrator_shows_everybodys(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    assert len(await texts(admin)) == 4
    assert await texts(admin, client="other") == ["of another"]


async def test_history_of_another_client_is_empty(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient
) -> None:
    assert await texts(busy_shop, client="other") == []


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"status": "all"}, ["third, 50% off", "second", "first"]),
        ({"status": "sent"}, ["first"]),
        ({"status": "not_sent"}, ["third, 50% off", "second"]),
        ({"state": "cancelled"}, ["second"]),
        ({"state": ["cancelled", "sent"]}, ["second", "first"]),
        ({"state": "cancelled,sent"}, ["second", "first"]),
        ({"type": "otp"}, ["first"]),
        ({"reference": "a"}, ["first"]),
        ({"recipient": "+34 600 123 457"}, ["second"]),
        ({"q": "50%"}, ["third, 50% off"]),
        ({"q": "SECOND"}, ["second"]),
        ({"since": "2026-01-05", "until": "2026-01-05"}, ["third, 50% off", "second", "first"]),
        ({"since": "2026-01-06"}, []),
        ({"until": "2026-01-05T08:00:08Z"}, ["second", "first"]),
        ({"since": "2026-01-05T09:00:08+01:00"}, ["third, 50% off"]),
        ({"status": "sent", "type": "ad"}, []),
    ],
)
async def test_history_narrowed_shows_what_fits(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert await texts(busy_shop, **parameters) == expected


async def test_recipient_whose_plus_became_a_space_is_found(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient
) -> None:
    answer = await busy_shop.get("/v1/messages?recipient=+34600123457")

    assert len(answer.json()["messages"]) == 1


async def test_history_in_pages_shows_each_message_once(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient
) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await busy_shop.get("/v1/messages", params={"limit": "1", **cursor})).json()
        seen += [message["text"] for message in page["messages"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert seen == ["third, 50% off", "second", "first"]


async def test_history_as_csv_has_all_rows_and_no_formula(
    autojump_clock: MockClock, busy_shop: httpx2.AsyncClient
) -> None:
    await send(busy_shop, text="=1+1")
    await trio.sleep(1)

    answer = await busy_shop.get("/v1/messages?limit=1", headers={"accept": "text/csv"})

    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["text"] for row in rows] == ["'=1+1", "third, 50% off", "second", "first"]
    assert rows[3]["to"] == "+34600123456"
    assert (rows[3]["state"], rows[3]["modem"], rows[3]["sent_at"]) == (
        "sent",
        "phone1",
        "2026-01-05T08:00:02+00:00",
    )


@pytest.mark.parametrize(
    ("parameters", "field", "code"),
    [
        ({"since": "31/01/2026"}, "since", "format"),
        ({"since": "2026-02-31"}, "since", "range"),
        ({"until": "9999-12-31"}, "until", "range"),
        ({"since": "0001-01-01"}, "since", "range"),
        ({"since": "2026-02-01", "until": "2026-01-31"}, "until", "period_inverted"),
        ({"status": "maybe"}, "status", "choice"),
        ({"state": "staged"}, "state.0", "choice"),
        ({"recipient": "mother"}, "recipient", "not_a_number"),
        ({"limit": "0"}, "limit", "range"),
        ({"limit": "1001"}, "limit", "range"),
        ({"limit": "ten"}, "limit", "type"),
        ({"q": ""}, "q", "required"),
        ({"from": "2026-01-01"}, "from", "unknown_key"),
    ],
)
async def test_history_with_a_wrong_parameter_is_422_and_names_it(
    shop: httpx2.AsyncClient, parameters: dict[str, str], field: str, code: str
) -> None:
    answer = await shop.get("/v1/messages", params=parameters)

    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


async def test_history_with_a_foreign_cursor_is_400(shop: httpx2.AsyncClient) -> None:
    answer = await shop.get("/v1/messages?cursor=abc")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_message_shown_has_its_parts_attempts_and_timeline(
    autojump_clock: MockClock, api: Api, shop: httpx2.AsyncClient
) -> None:
    name = await send(shop)
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(5)

    shown = (await shop.get(f"/v1/messages/{name}")).json()

    assert (shown["state"], shown["modem"], shown["parts"], shown["parts_sent"]) == ("sent", "phone1", 1, 1)
    assert [(part["number"], part["state"]) for part in shown["part_details"]] == [(1, "sent")]
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["accepted"]
    kinds = [change["kind"] for change in shown["timeline"]]
    assert (kinds[0], kinds[-1]) == ("message.queued", "message.sent")


async def test_attempt_that_was_refused_is_shown_with_what_was_said_to_the_modem(
    autojump_clock: MockClock, api: Api, shop: httpx2.AsyncClient
) -> None:
    line = api.setup.air.lines["phone1"]
    line.dialogue = (Said(0.0, Voice.GATEWAYD, "AT+CMGS=25"), Said(2.5, Voice.MODEM, "+CMS ERROR: 38"))
    line.refusals[0] = ("cms", 38, 2.5)
    name = await send(shop)
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(600)

    refused, accepted = (await shop.get(f"/v1/messages/{name}")).json()["attempts"]

    assert refused["dialogue"] == [
        {"seconds": 0.0, "voice": "gatewayd", "line": "AT+CMGS=25"},
        {"seconds": 2.5, "voice": "modem", "line": "+CMS ERROR: 38"},
    ]
    assert accepted["dialogue"] == []


@pytest.mark.parametrize("name", ["0", "00000000-0000-7000-8000-000000000000", "%2e%2e"])
async def test_message_that_isnt_there_is_404(shop: httpx2.AsyncClient, name: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
        answer = await shop.request(method, f"/v1/messages/{name}{path}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


async def test_message_of_another_client_is_404_but_not_for_an_administrator(
    api: Api, shop: httpx2.AsyncClient, admin: httpx2.AsyncClient
) -> None:
    name = await send(shop)

    async with await api.client("other") as other:
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
            assert (await other.request(method, f"/v1/messages/{name}{path}")).status_code == 404

    assert (await admin.get(f"/v1/messages/{name}")).json()["client"] == "shop"
    assert (await admin.delete(f"/v1/messages/{name}")).json()["state"] == "cancelled"


async def test_message_cancelled_stays_cancelled(shop: httpx2.AsyncClient) -> None:
    name = await send(shop)

    first = await shop.delete(f"/v1/messages/{name}")
    second = await shop.delete(f"/v1/messages/{name}")

    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert (second.status_code, second.json()["state"]) == (200, "cancelled")


async def test_message_at_the_modem_cannot_be_cancelled(
    autojump_clock: MockClock, api: Api, shop: httpx2.AsyncClient
) -> None:
    name = await send(shop)
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(1)

    answer = await shop.delete(f"/v1/messages/{name}")

    assert (answer.status_code, answer.json()["code"]) == (409, "already_submitting")


async def test_message_of_several_parts_is_stopped_half_way(
    autojump_clock: MockClock, api: Api, shop: httpx2.AsyncClient
) -> None:
    name = await send(shop, text="x" * 400)
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(5)

    refused = await shop.delete(f"/v1/messages/{name}")
    stopped = await shop.delete(f"/v1/messages/{name}?remaining=true")

    assert refused.status_code == 409
    assert (stopped.json()["state"], stopped.json()["parts_sent"]) == ("cancelled", 1)


async def test_message_retried_is_a_new_one_that_names_the_old(shop: httpx2.AsyncClient) -> None:
    name = await send(shop, reference="a", priority="high")
    await shop.delete(f"/v1/messages/{name}")

    answer = await shop.post(f"/v1/messages/{name}/retry")

    assert answer.status_code == 202
    again = (await shop.get(answer.headers["location"])).json()
    assert (again["retry_of"], again["state"], again["reference"]) == (name, "queued", "a")
    assert answer.json()["priority"] == "high"
    assert "possible_duplicate" not in answer.json()


async def test_message_that_still_waits_cannot_be_retried(shop: httpx2.AsyncClient) -> None:
    name = await send(shop)

    answer = await shop.post(f"/v1/messages/{name}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "still_queued")


async def test_message_to_read_needs_read_and_to_send_needs_send(api: Api) -> None:
    async with await api.client("shop", Scope.SEND) as sender, await api.client("shop", Scope.READ) as reader:
        name = await send(sender)

        assert (await sender.get(f"/v1/messages/{name}")).status_code == 403
        assert (await reader.get(f"/v1/messages/{name}")).status_code == 200
        assert (await reader.post("/v1/messages", json=HELLO)).status_code == 403


async def test_dry_run_tells_when_it_would_leave(
    api: Api, shop: httpx2.AsyncClient, autojump_clock: MockClock
) -> None:
    away = (await shop.post("/v1/messages?dry_run=true", json=HELLO)).json()
    await api.queue.submit(await api.setup.client(), [Draft("+34600123456", "x")] * 3)
    api.setup.air.change("phone1", LinkState.READY)
    near = (await shop.post("/v1/messages?dry_run=true", json=HELLO)).json()

    assert away["leaves_at"] is None
    assert near["leaves_at"] > "2026-01-05T08:00:07Z"


async def test_message_in_doubt_is_settled_with_a_reason_and_only_once(
    autojump_clock: MockClock, api: Api, shop: httpx2.AsyncClient
) -> None:
    api.setup.air.lines["phone1"].silent.add(0)
    name = await send(shop, modem="phone1")
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(200)

    wrong = await shop.post(f"/v1/messages/{name}/resolve", json={"verdict": "maybe"})
    settled = await shop.post(f"/v1/messages/{name}/resolve", json={"verdict": "sent", "reason": "seen"})
    again = await shop.post(f"/v1/messages/{name}/resolve", json={"verdict": "failed", "reason": "late"})

    assert wrong.status_code == 422
    assert {error["field"] for error in wrong.json()["errors"]} == {"verdict", "reason"}
    assert settled.json()["state"] == "sent"
    assert (again.status_code, again.json()["code"]) == (409, "not_in_doubt")
    assert "settled it as sent" in again.json()["detail"]


async def test_another_clients_doubt_cannot_be_settled(api: Api, shop: httpx2.AsyncClient) -> None:
    name = await send(shop)
    async with await api.client("bank") as bank:
        answer = await bank.post(f"/v1/messages/{name}/resolve", json={"verdict": "sent", "reason": "x"})
    assert answer.status_code == 404
