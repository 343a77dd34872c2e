"""Delivery reports over the real daemon: what a client sees of them."""

from __future__ import annotations

from typing import Any

import pytest

from .gateway import Gateway, Gateways, Phones, eventually

pytestmark = pytest.mark.slow

LONG = "Bom dia. " * 30
EXPIRED = "46"


def final(gateway: Gateway, text: str, wanted: str) -> dict[str, Any]:
    """Send ``text``; return the message once it is ``wanted``."""
    with gateway.administrator() as client:
        path = client.post("/v1/messages", json={"to": "+34600000001", "text": text}).headers["location"]

        def look() -> dict[str, Any]:
            message: dict[str, Any] = client.get(path).json()
            return message if message["state"] == wanted else {}

        return eventually(look, f"it is {wanted}")


def test_message_is_delivered_once_all_its_parts_are(plug_in: Phones, serve: Gateways) -> None:
    phone = plug_in("phone1", "--reports", "--report-after", "0.2")
    gateway = serve(phone)
    message = final(gateway, LONG, "delivered")
    assert message["parts"] == len(phone.accepted) == 2
    assert [part["report"] for part in message["part_details"]] == ["delivered"] * 2
    assert message["delivered_at"] is not None
    with gateway.administrator() as client:
        metrics = client.get("/metrics").text
        (found,) = client.get("/v1/messages?status=sent").json()["messages"]
        kinds = [event["kind"] for event in client.get("/v1/events").json()["events"]]
    assert 'gatewayd_reports_total{modem="phone1",result="matched"} 2.0' in metrics
    assert found["state"] == "delivered"
    assert kinds[-2:] == ["message.sent", "message.delivered"]


def test_message_that_the_network_gives_up_is_undelivered_and_says_why(
    plug_in: Phones, serve: Gateways
) -> None:
    gateway = serve(plug_in("phone1", "--reports", "--report-after", "0.2", "--report-status", EXPIRED))
    message = final(gateway, "too late", "undelivered")
    assert "validity" in message["error_text"]
    assert [part["report"] for part in message["part_details"]] == ["failed"]
    assert message["parts_sent"] == 1


def test_message_without_a_report_stays_sent(plug_in: Phones, serve: Gateways) -> None:
    gateway = serve(plug_in("phone1"))
    message = final(gateway, "no news", "sent")
    assert [part["report"] for part in message["part_details"]] == [None]
