"""`/v1/alerts`: Alertmanager's webhook as it comes over the wire."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import httpx2
import pytest

from gatewayd.access.scopes import Scope
from gatewayd.api.settings import ApiSettings
from tests.alerts.builders import on_call
from tests.queue.conftest import Setup

from .conftest import Api, application

PATH = "/v1/alerts/alertmanager"
#: As Debian's Alertmanager 0.25 sent it.
PAYLOAD: dict[str, Any] = {
    "receiver": "gatewayd",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "DiskFull", "instance": "web1", "severity": "warning"},
            "annotations": {"summary": "Disk of web1 is 95 % full"},
            "startsAt": "2026-01-05T07:58:12.739266927Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
            "fingerprint": "c1b9dd3e3f0c3a2b",
        }
    ],
    "groupLabels": {"alertname": "DiskFull"},
    "commonLabels": {"alertname": "DiskFull", "instance": "web1", "severity": "warning"},
    "commonAnnotations": {"summary": "Disk of web1 is 95 % full"},
    "externalURL": "http://alertmanager:9093",
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
}


@pytest.fixture
def setup(setup: Setup) -> Setup:
    setup.on_call = (on_call("ops", recipients=("+34600000001",)),)
    return setup


async def test_notification_becomes_a_message_once(shop: httpx2.AsyncClient, api: Api) -> None:
    first = await shop.post(PATH, json=PAYLOAD)
    again = await shop.post(PATH, json=PAYLOAD)
    assert (first.status_code, again.status_code) == (200, 200)
    (told,), (unchanged,) = first.json()["lists"], again.json()["lists"]
    assert (told["list"], told["result"], told["firing"]) == ("ops", "told", 1)
    assert (unchanged["result"], unchanged["messages"]) == ("unchanged", [])
    message = (await shop.get(f"/v1/messages/{told['messages'][0]}")).json()
    assert message["text"] == "ALERT (1 firing): DiskFull\ninstance=web1\nDisk of web1 is 95 % full"
    assert (message["to"], message["type"], message["client"]) == ("+34600000001", "alert", "shop")
    assert api.rows() == 1


async def test_groups_are_shown_to_their_client_only(api: Api, shop: httpx2.AsyncClient) -> None:
    await shop.post(PATH, json=PAYLOAD)
    (group,) = (await shop.get("/v1/alerts")).json()["groups"]
    assert (group["group"], group["firing"], group["result"]) == (PAYLOAD["groupKey"], 1, "told")
    async with await api.client("other") as other:
        assert (await other.get("/v1/alerts")).json() == {"groups": []}


def changed(**changes: Any) -> dict[str, Any]:
    payload = deepcopy(PAYLOAD)
    payload["alerts"][0] |= changes.pop("alert", {})
    return payload | changes


@pytest.mark.parametrize(
    ("payload", "field", "code"),
    [
        (changed(version="5"), "version", "choice"),
        (changed(groupKey=""), "groupKey", "required"),
        (changed(alerts=[]), "alerts", "required"),
        (changed(alert={"startsAt": "yesterday"}), "alerts.0.startsAt", "format"),
        (changed(alert={"status": "odd"}), "alerts.0.status", "choice"),
        (changed(alert={"labels": None}), "alerts.0.labels", "type"),
        ({}, "groupKey", "required"),
    ],
)
async def test_notification_of_another_form_is_refused_by_field(
    shop: httpx2.AsyncClient, api: Api, payload: dict[str, Any], field: str, code: str
) -> None:
    refused = await shop.post(PATH, json=payload)
    assert refused.status_code == 422
    assert (field, code) in {(error["field"], error["code"]) for error in refused.json()["errors"]}
    assert api.rows() == 0


async def test_keys_that_are_not_known_are_ignored(shop: httpx2.AsyncClient) -> None:
    answer = await shop.post(PATH, json=changed(notificationReason="new", alert={"extra": 1}))
    assert answer.json()["lists"][0]["result"] == "told"


async def test_notification_for_no_list_is_422_and_says_what_is_missing(setup: Setup) -> None:
    setup.on_call = (on_call("ops", receivers=("night",)),)
    async with setup.running() as queue:
        shop = await Api(setup, queue, application(setup, queue, ApiSettings())).client()
        refused = await shop.post(PATH, json=PAYLOAD)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {
            "field": "receiver",
            "code": "unknown_receiver",
            "message": "no on-call list is for this receiver; there are lists for night",
        }
    ]


async def test_group_of_a_thousand_alerts_is_taken(shop: httpx2.AsyncClient) -> None:
    one = PAYLOAD["alerts"][0]
    many = [
        {**one, "labels": {**one["labels"], "instance": f"web{n}"}, "fingerprint": f"{n:016x}"}
        for n in range(1000)
    ]
    answer = await shop.post(PATH, json=changed(alerts=many))
    assert (answer.status_code, answer.json()["lists"][0]["firing"]) == (200, 1000)


async def test_body_above_2_mib_is_413(shop: httpx2.AsyncClient) -> None:
    refused = await shop.post(PATH, json=changed(groupKey="x" * (2 * 1024 * 1024)))
    assert refused.status_code == 413


async def test_token_that_may_only_read_is_refused(api: Api) -> None:
    async with await api.client("reader", Scope.READ) as reader:
        assert (await reader.post(PATH, json=PAYLOAD)).status_code == 403
