"""Software that people have already, pointed at a running daemon; the simulator's ledger is the judge."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from android_sms_gateway.client import APIClient
from android_sms_gateway.domain import (
    InboxQueryFilter,
    Message,
    MessagesQueryFilter,
    TextMessage,
    Webhook,
)
from android_sms_gateway.enums import HealthStatus, MessagePriority, ProcessState, WebhookEvent
from android_sms_gateway.errors import APIError, BadRequestError, NotFoundError, UnauthorizedError
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from .gateway import Gateway, Gateways, Phone, Phones, eventually
from .test_receiving import ASKER, leave_in_the_network, parts

pytestmark = pytest.mark.slow

EVERYTHING = "[compat]\nkannel = true\nsmsgate = true\ntwilio = true\n[webhooks]\nallow = ['127.0.0.1/32']\n"
ONE, TWO = "+34600000001", "+34600000002"


@pytest.fixture
def phone(plug_in: Phones) -> Phone:
    return plug_in("phone1", "--reports", "--report-after", "0.2")


@pytest.fixture
def gateway(phone: Phone, serve: Gateways) -> Gateway:
    return serve(phone, more=EVERYTHING)


@pytest.fixture
def token(gateway: Gateway) -> str:
    return gateway.token("shop", "send", "read", "inbox", "webhooks")


def ledger(phone: Phone, count: int) -> list[tuple[str, str]]:
    """What the network took, once it is ``count`` texts."""
    eventually(lambda: len(phone.accepted) >= count, f"the network has {count} texts")
    return sorted((entry.to, entry.text) for entry in phone.accepted)


# --- Kannel, by curl ---


def curl(gateway: Gateway, *options: str) -> tuple[int, str]:
    """What `/cgi-bin/sendsms` says to curl."""
    done = subprocess.run(
        ["curl", "-sS", "-w", "\n%{http_code}", *options, f"http://{gateway.address}/cgi-bin/sendsms"],
        capture_output=True,
        text=True,
        timeout=40,
        check=True,
    )
    words, _, status = done.stdout.rpartition("\n")
    return int(status), words


def fields(**values: str) -> list[str]:
    return [option for name, value in values.items() for option in ("--data-urlencode", f"{name}={value}")]


def test_curl_with_kannels_parameters_sends_texts(gateway: Gateway, token: str, phone: Phone) -> None:
    who = fields(username="shop", password=token)
    eventually(lambda: curl(gateway, "-G", *who, "-d", "to=&text=x")[0] == 400, "it answers")
    eventually(lambda: _is_ready(gateway), "the modem is ready")
    assert curl(gateway, "-G", *who, *fields(to=ONE, text="Olá €", **{"from": "Shop"})) == (
        202,
        "0: Accepted for delivery",
    )
    unicode = "".join(f"%{octet:02X}" for octet in "Привет".encode("utf-16-be"))
    assert curl(gateway, *who, "-d", "to=34600000001+34600000002", "-d", f"coding=2&text={unicode}")[0] == 202
    latin = ["-d", "to=34600000002&charset=ISO-8859-1&text=caf%E9&dlr-mask=3&dlr-url=http://example.org/"]
    assert curl(gateway, *who, *latin)[0] == 202
    assert ledger(phone, 4) == sorted([(ONE, "Olá €"), (ONE, "Привет"), (TWO, "Привет"), (TWO, "café")])


def test_curl_is_told_in_kannels_words_what_is_wrong(gateway: Gateway, token: str, phone: Phone) -> None:
    who, what = fields(username="shop", password=token), fields(to=ONE, text="x")
    assert curl(gateway, "-G", *fields(username="shop", password="wrong"), *what) == (
        403,
        "Authorization failed for sendsms",
    )
    assert curl(gateway, "-G", *who, *fields(text="x")) == (400, "Missing receiver number, rejected")
    status, words = curl(gateway, "-G", *who, *fields(to="+3460", text="x"))
    assert (status, words.endswith(", rejected")) == (400, True)
    status, words = curl(gateway, "-G", *who, *what, *fields(udh="06050415820000"))
    assert (status, "UDH is not supported" in words) == (400, True)
    assert curl(gateway, "-I", "-G", *who, *what)[0] == 405
    assert phone.accepted == []
    assert gateway.messages() == []
    log = (gateway.config.parent / "gatewayd.log").read_text()
    assert token not in log
    assert ONE not in log


def _is_ready(gateway: Gateway) -> bool:
    with gateway.administrator() as client:
        return client.get("/readyz").status_code == 200


# --- Twilio's client ---


class Redirected(TwilioHttpClient):
    """Twilio's own HTTP client, which goes to us instead."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def request(self, method: str, url: str, *more: Any, **options: Any) -> Response:
        return super().request(
            method, url.replace("https://api.twilio.com", f"http://{self._address}"), *more, **options
        )


@contextmanager
def twilio(gateway: Gateway, token: str, client: str = "shop") -> Iterator[Client]:
    http = Redirected(gateway.address)
    # As docs/compat.md tells people to make it.
    account = "AC" + hashlib.sha256(client.encode()).hexdigest()[:32]
    try:
        yield Client(account, token, http_client=http)
    finally:
        http.session.close()


def test_twilios_client_sends_a_message_and_sees_it_delivered(
    gateway: Gateway, token: str, phone: Phone
) -> None:
    with twilio(gateway, token) as client:
        sent = client.messages.create(
            to=ONE,
            from_="+34600999999",
            body="Olá",
            status_callback="https://example.org/",
            validity_period=600,
        )
        assert (sent.sid[:2], sent.status, sent.num_segments, sent.price) == ("SM", "queued", "1", None)
        shown = eventually(
            lambda: (seen := client.messages(sent.sid).fetch()).status == "delivered" and seen,
            "it is delivered",
        )
    assert shown.date_sent is not None
    assert shown.error_code is None
    assert ledger(phone, 1) == [(ONE, "Olá")]


def test_twilios_client_lists_schedules_and_cancels(gateway: Gateway, token: str, phone: Phone) -> None:
    with twilio(gateway, token) as client:
        for number in range(5):
            client.messages.create(to=ONE, from_=TWO, body=f"number {number}")
        later = client.messages.create(
            to=TWO,
            messaging_service_sid="MG" + "0" * 32,
            body="later",
            schedule_type="fixed",
            send_at=datetime.now(UTC) + timedelta(hours=1),
        )
        assert later.status == "scheduled"
        assert client.messages(later.sid).update(status="canceled").status == "canceled"
        listed = client.messages.list(page_size=2)
        assert [message.body for message in listed] == ["later", *(f"number {n}" for n in range(4, -1, -1))]
        assert [message.sid for message in client.messages.list(to=TWO)] == [later.sid]
        assert len(client.messages.list(limit=3, page_size=2)) == 3
        assert client.messages.list(date_sent_before=datetime(2020, 1, 1, tzinfo=UTC)) == []
        assert len(ledger(phone, 5)) == 5
        first = eventually(
            lambda: [seen for seen in client.messages.list(to=ONE) if seen.status == "delivered"],
            "one is delivered",
        )[0]
        with pytest.raises(TwilioRestException) as refused:
            client.messages(first.sid).update(status="canceled")
        assert (refused.value.status, refused.value.code) == (409, 30409)
    assert (TWO, "later") not in ledger(phone, 5)


def test_twilios_client_is_told_in_its_numbers_what_is_wrong(
    gateway: Gateway, token: str, phone: Phone
) -> None:
    def code(client: Client, **message: Any) -> tuple[int, int | None]:
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(**({"to": ONE, "from_": TWO, "body": "x"} | message))
        return refused.value.status, refused.value.code

    with twilio(gateway, "wrong") as client:
        assert code(client) == (401, 20003)
    with twilio(gateway, token, "bank") as client:
        assert code(client) == (401, 20003)
    with twilio(gateway, token) as client:
        assert code(client, to="+3460") == (400, 21211)
        assert code(client, media_url=["https://example.org/cat.png"]) == (400, 20422)
        with pytest.raises(TwilioRestException) as missing:
            client.messages("SM" + "0" * 32).fetch()
        assert (missing.value.status, missing.value.code) == (404, 20404)
    assert phone.accepted == []


# --- SMSGate's client ---


@contextmanager
def smsgate(gateway: Gateway, token: str, login: str | None = "shop") -> Iterator[APIClient]:
    with APIClient(login, token, base_url=f"http://{gateway.address}/3rdparty/v1") as client:
        yield client


def greeting(*numbers: str, **more: Any) -> Message:
    return Message(phone_numbers=list(numbers), text_message=TextMessage("Olá"), **more)


@pytest.mark.parametrize("login", ["shop", None])
def test_smsgates_client_sends_a_message_to_two_and_sees_it_delivered(
    gateway: Gateway, token: str, phone: Phone, login: str | None
) -> None:
    with smsgate(gateway, token, login) as client:
        message = greeting(ONE, TWO, id="order-17", priority=MessagePriority.BYPASS_THRESHOLD, ttl=600)
        sent = client.send(message)
        assert (sent.id, sent.is_encrypted) == ("order-17", False)
        assert client.send(message).id == "order-17"
        state = eventually(
            lambda: (seen := client.get_state("order-17")).state is ProcessState.Delivered and seen,
            "it is delivered to both",
        )
    assert {each.phone_number: each.state for each in state.recipients} == {
        ONE: ProcessState.Delivered,
        TWO: ProcessState.Delivered,
    }
    assert ledger(phone, 2) == [(ONE, "Olá"), (TWO, "Olá")]


def test_smsgates_client_lists_cancels_and_looks_around(gateway: Gateway, token: str, phone: Phone) -> None:
    eventually(lambda: _is_ready(gateway), "the modem is ready")
    phone.unplug()
    with smsgate(gateway, token) as client:
        client.send(greeting(ONE, TWO, id="a"))
        client.send(greeting(ONE, id="b"))
        client.cancel_message("a")
        assert client.get_state("a").state is ProcessState.Cancelled
        assert [state.id for state in client.get_messages()] == ["b", "a"]
        cancelled = client.get_messages(query=MessagesQueryFilter(state="Cancelled"))
        assert [state.id for state in cancelled] == ["a"]
        assert client.health_check().status is HealthStatus.WARN
        assert [device.id for device in client.list_devices()] == ["phone1"]
        made = client.create_webhook(Webhook(None, "https://127.0.0.1:1/", WebhookEvent.SMS_SENT))
        assert [hook.id for hook in client.get_webhooks()] == [made.id]
        client.delete_webhook(made.id or "")
        assert client.get_webhooks() == []
        phone.plug()
        assert ledger(phone, 1) == [(ONE, "Olá")]
        eventually(lambda: client.readiness_check().status is HealthStatus.PASS, "it is well again")


def test_smsgates_client_reads_the_inbox(tmp_path: Any, plug_in: Phones, serve: Gateways) -> None:
    leave_in_the_network(tmp_path / "phone1.ledger", held=parts(ASKER, "Sim, às 9"), on_sim=[])
    gateway = serve(plug_in("phone1"), more=EVERYTHING)
    with smsgate(gateway, gateway.token("desk", "inbox"), "desk") as client:
        (message,) = eventually(client.list_inbox_messages, "a message came in")
        assert (message.sender, message.content_preview, message.message_type) == (ASKER, "Sim, às 9", "SMS")
        assert client.list_inbox_messages(inbox_filter=InboxQueryFilter(message_type="MMS")) == []


def test_smsgates_client_is_told_what_is_wrong(gateway: Gateway, token: str, phone: Phone) -> None:
    with smsgate(gateway, "wrong") as client, pytest.raises(UnauthorizedError):
        client.send(greeting(ONE))
    with smsgate(gateway, token) as client:
        with pytest.raises(BadRequestError) as wrong:
            client.send(greeting("+3460"))
        assert "too short" in wrong.value.response["message"]
        with pytest.raises(NotFoundError):
            client.get_state("nothing")
        client.send(greeting(ONE, id="a"))
        with pytest.raises(APIError) as taken:
            client.send(greeting(TWO, id="a"))
        assert taken.value.status_code == 409
    assert ledger(phone, 1) == [(ONE, "Olá")]
