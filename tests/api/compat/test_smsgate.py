"""SMSGate's API, in the process; tests/e2e drives it with the published client."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.scopes import Scope
from gatewayd.api.compat.smsgate.incoming import SmsGateMessageIn
from gatewayd.api.compat.smsgate.states import message_out
from gatewayd.message import Priority, State
from gatewayd.modem.ports import LinkState
from gatewayd.queue.view import Query
from tests.api.conftest import Api
from tests.api.test_inbox import received
from tests.queue.mail import SENDER

from .conftest import basic, cap

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
MESSAGES = "/3rdparty/v1/messages"
HELLO: dict[str, Any] = {"textMessage": {"text": "Hello"}, "phoneNumbers": ["+34600123456"], "priority": 0}
TWO = ["+34600123456", "+34600123457"]


async def call(
    api: Api, token: str, method: str, path: str = MESSAGES, user: str = "shop", **more: Any
) -> httpx2.Response:
    async with api.anonymous(headers=basic(user, token)) as http:
        return await http.request(method, path, **more)


async def send(api: Api, token: str, **more: Any) -> httpx2.Response:
    return await call(api, token, "POST", json=HELLO | more)


@pytest.mark.parametrize(
    ("number", "priority"), [(127, Priority.EMERGENCY), (1, Priority.HIGH), (0, None), (-1, Priority.BULK)]
)
def test_priority_is_the_nearest_of_ours(number: int, priority: Priority | None) -> None:
    asked = SmsGateMessageIn.model_validate(HELLO | {"priority": number})
    assert asked.drafts("a", NOW, "ZZ")[0].priority is priority


def test_message_becomes_a_draft_for_each_number_once() -> None:
    later = NOW + timedelta(hours=1)
    asked = SmsGateMessageIn.model_validate(
        {
            "message": "Hello",
            "phoneNumbers": ["34600123456", "+34600123456", "34600123457"],
            "scheduleAt": later.isoformat(),
            "ttl": 600,
            "deviceId": "phone2",
            "withDeliveryReport": False,
        }
    )
    made = asked.drafts("order-17", NOW, "ZZ")
    assert [draft.to for draft in made] == TWO
    assert (made[0].send_at, made[0].expires_at) == (later, later + timedelta(minutes=10))
    assert (made[0].modem, made[0].reference, made[0].report) == ("phone2", "order-17", False)


@pytest.mark.parametrize(
    "more",
    [
        {"isEncrypted": True},
        {"simNumber": 2},
        {"dataMessage": {"data": "AAAA", "port": 1}},
        {"mmsMessage": {"text": "x"}},
        {"ttl": 60, "validUntil": "2030-01-01T00:00:00Z"},
        {"ttl": 1},
        {"ttl": 10**30},
        {"ttl": 10, "scheduleAt": "9999-12-31T23:59:59Z"},
        {"textMessage": None},
        {"phoneNumbers": []},
        {"phoneNumbers": ["nobody"]},
        {"id": "a/b"},
        {"id": "x" * 37},
        {"priority": 128},
        {"deviceId": "nowhere"},
    ],
)
async def test_what_is_wrong_or_can_not_be_met_is_refused_in_words(
    api: Api, token: str, more: dict[str, Any]
) -> None:
    answer = await send(api, token, **more)
    assert answer.status_code == 400
    assert answer.json()["code"] == 400
    assert len(answer.json()["message"]) > 10
    assert api.rows() == 0


async def test_message_to_two_numbers_is_one_with_a_state_for_each(
    autojump_clock: MockClock, api: Api, token: str
) -> None:
    answer = await send(api, token, id="order-17", phoneNumbers=TWO)
    assert (answer.status_code, answer.headers["location"]) == (202, f"{MESSAGES}/order-17")
    shown = answer.json()
    assert (shown["id"], shown["state"]) == ("order-17", "Pending")
    assert sorted((each["phoneNumber"], each["state"]) for each in shown["recipients"]) == [
        (number, "Pending") for number in TWO
    ]
    api.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(60)
    shown = (await call(api, token, "GET", f"{MESSAGES}/order-17")).json()
    assert [shown["state"], *(each["state"] for each in shown["recipients"])] == ["Sent"] * 3
    assert list(shown["states"]) == ["Pending", "Sent"]


async def test_message_without_an_id_gets_one_that_finds_it(api: Api, token: str) -> None:
    name = (await send(api, token)).json()["id"]
    assert (await call(api, token, "GET", f"{MESSAGES}/{name}")).json()["id"] == name


async def test_same_message_under_the_same_id_is_accepted_once(api: Api, token: str) -> None:
    first = await send(api, token, id="a")
    again = await send(api, token, id="a")
    other = await send(api, token, id="a", priority=1)
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert again.json() == first.json()
    assert api.rows() == 1


async def test_id_that_the_client_used_elsewhere_as_a_reference_is_taken(api: Api, token: str) -> None:
    async with api.anonymous(headers={"authorization": f"Bearer {token}"}) as http:
        await http.post("/v1/messages", json={"to": "+34600123456", "text": "x", "reference": "a"})
    assert (await send(api, token, id="a")).status_code == 409


async def test_same_id_of_another_client_is_another_message(api: Api, token: str) -> None:
    other = await api.token("bank")
    await send(api, token, id="a")
    assert (await call(api, other, "GET", f"{MESSAGES}/a", user="bank")).status_code == 404
    assert (await call(api, other, "DELETE", f"{MESSAGES}/a", user="bank")).status_code == 404
    assert (await call(api, other, "POST", user="bank", json=HELLO | {"id": "a"})).status_code == 202
    assert (await call(api, other, "GET", user="bank")).json()[0]["recipients"] != []
    assert len((await call(api, token, "GET")).json()) == 1


async def test_waiting_message_is_cancelled_once(api: Api, token: str) -> None:
    await send(api, token, id="a", phoneNumbers=TWO)
    cancelled = await call(api, token, "DELETE", f"{MESSAGES}/a")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "Cancelled")
    assert (await call(api, token, "DELETE", f"{MESSAGES}/a")).status_code == 409


async def test_list_is_by_message_newest_first_and_filtered(api: Api, token: str) -> None:
    for name in "abc":
        await send(api, token, id=name, phoneNumbers=TWO)
    await call(api, token, "DELETE", f"{MESSAGES}/b")
    async with api.anonymous(headers={"authorization": f"Bearer {token}"}) as http:
        own = (await http.post("/v1/messages", json={"to": "+34600123456", "text": "x"})).json()["id"]

    async def listed(**parameters: Any) -> list[str]:
        answer = await call(api, token, "GET", params=parameters)
        assert answer.status_code == 200, answer.text
        return [message["id"] for message in answer.json()]

    assert await listed() == [own, "c", "b", "a"]
    assert await listed(limit=2, offset=1) == ["c", "b"]
    assert await listed(state="Cancelled") == ["b"]
    assert await listed(to="2000-01-01T00:00:00Z") == []
    assert (await call(api, token, "GET", f"{MESSAGES}/{own}")).json()["state"] == "Pending"
    assert (await call(api, token, "GET", params={"limit": 0})).status_code == 400


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ((State.QUEUED, State.SENT), "Pending"),
        ((State.IN_DOUBT, State.SENT), "Processed"),
        ((State.DELIVERED, State.DELIVERED), "Delivered"),
        ((State.DELIVERED, State.SENT), "Sent"),
        ((State.DELIVERED, State.FAILED), "Sent"),
        ((State.UNDELIVERED, State.EXPIRED), "Failed"),
        ((State.CANCELLED, State.FAILED), "Failed"),
        ((State.CANCELLED, State.CANCELLED), "Cancelled"),
    ],
)
async def test_state_of_a_message_is_what_its_recipients_have_in_common(
    api: Api, token: str, states: tuple[State, State], word: str
) -> None:
    await send(api, token, id="a", phoneNumbers=TWO)
    views = (await api.queue.find(Query())).messages
    shown = message_out([replace(view, state=state) for view, state in zip(views, states, strict=True)])
    assert shown["state"] == word
    failed = [each for each in shown["recipients"] if each["state"] == "Failed"]
    assert all(each["error"] for each in failed)


async def test_successor_of_a_message_tells_what_became_of_it(api: Api, token: str) -> None:
    await send(api, token, id="a")
    (view,) = (await api.queue.find(Query())).messages
    shown = message_out([replace(view, state=State.SENT), replace(view, state=State.FAILED)])
    assert [each["state"] for each in shown["recipients"]] == ["Sent"]


async def test_bearer_token_is_taken_too_and_wrong_ones_are_not(api: Api, token: str) -> None:
    async with api.anonymous() as http:
        for header, status in ((f"Bearer {token}", 200), ("Bearer x", 401), ("", 401), ("Basic !", 401)):
            assert (await http.get(MESSAGES, headers={"authorization": header})).status_code == status
    assert (await call(api, token, "GET", user="bank")).status_code == 401
    reading = await api.token("shop", Scope.READ)
    denied = await call(api, reading, "POST", json=HELLO)
    assert (denied.status_code, denied.json()["code"]) == (403, 403)


async def test_full_queue_says_when_to_come_back(api: Api, token: str) -> None:
    await cap(api, 1)
    await send(api, token)
    answer = await send(api, token)
    assert (answer.status_code, answer.json()["code"]) == (429, 429)
    assert int(answer.headers["retry-after"]) >= 1


async def test_health_warns_while_nothing_can_be_sent(api: Api) -> None:
    async with api.anonymous() as http:
        ill = (await http.get("/3rdparty/v1/health")).json()
        api.setup.air.change("phone1", LinkState.READY)
        well = (await http.get("/3rdparty/v1/health/ready")).json()
        assert (await http.get("/3rdparty/v1/health/nothing")).status_code == 404
    assert (ill["status"], list(ill["checks"])) == ("warn", ["no_modem"])
    assert (well["status"], well["checks"]) == ("pass", {})


async def test_webhooks_are_made_listed_and_removed_by_smsgates_events(api: Api, token: str) -> None:
    path = "/3rdparty/v1/webhooks"
    asked = {"id": None, "url": "https://shop.example/hook", "event": "sms:failed"}
    made = await call(api, token, "POST", path, json=asked)
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    listed = (await call(api, token, "GET", path)).json()
    assert listed == [{"id": made.json()["id"], "url": asked["url"], "event": "sms:failed"}]
    other = await api.token("bank", Scope.WEBHOOKS)
    assert (await call(api, other, "GET", path, user="bank")).json() == []
    gone = f"{path}/{made.json()['id']}"
    assert (await call(api, other, "DELETE", gone, user="bank")).status_code == 404
    assert (await call(api, token, "DELETE", gone)).status_code == 204
    for wrong in ({"event": "mms:received"}, {"id": "mine"}, {"deviceId": "phone1"}, {"url": "http://x"}):
        assert (await call(api, token, "POST", path, json=asked | wrong)).status_code == 400


async def test_devices_are_the_modems(api: Api, token: str) -> None:
    listed = (await call(api, token, "GET", "/3rdparty/v1/devices")).json()
    assert [device["id"] for device in listed] == ["phone1", "phone2"]


async def test_inbox_is_read_with_the_scope_for_it(api: Api, token: str) -> None:
    names = [received(api, text) for text in ("one", "two", "three")]
    path = "/3rdparty/v1/inbox"
    listed = (await call(api, token, "GET", path, params={"limit": 2, "offset": 1})).json()
    assert [message["id"] for message in listed] == names[1::-1]
    assert (listed[0]["type"], listed[0]["contentPreview"], listed[0]["sender"]) == ("SMS", "two", SENDER)
    assert (await call(api, token, "GET", path, params={"type": "MMS"})).json() == []
    reading = await api.token("shop", Scope.READ)
    assert (await call(api, reading, "GET", path)).status_code == 403
