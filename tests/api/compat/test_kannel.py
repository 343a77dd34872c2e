"""`/cgi-bin/sendsms`, in Kannel's own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gatewayd.access.scopes import Scope
from gatewayd.api.compat.kannel.request import Rejected, drafts
from gatewayd.message import Priority
from gatewayd.modem.ports import LinkState
from gatewayd.queue.view import MessageView, Query
from tests.api.conftest import Api

from .conftest import cap

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
URL = "/cgi-bin/sendsms"


def draft(**parameters: str | bytes) -> Any:
    named = {
        name.replace("_", "-"): value
        for name, value in ({"to": "34600123456", "text": "Hi"} | parameters).items()
    }
    octets = {name: value if isinstance(value, bytes) else value.encode() for name, value in named.items()}
    (made,) = drafts(octets, NOW, "ES")
    return made


async def messages(api: Api) -> list[MessageView]:
    return list((await api.queue.find(Query())).messages)


def test_parameters_become_a_draft() -> None:
    made = draft(
        mclass="0",
        validity="10",
        deferred="5",
        priority="3",
        smsc="phone1",
        account="billing-7",
        dlr_mask="31",
    )
    assert (made.to, made.text, made.encoding) == ("34600123456", "Hi", "auto")
    assert made.flash
    assert made.report
    assert (made.send_at, made.expires_at) == (NOW + timedelta(minutes=5), NOW + timedelta(minutes=10))
    assert (made.priority, made.modem, made.reference) == (Priority.EMERGENCY, "phone1", "billing-7")


def test_parameters_left_out_or_minus_one_ask_for_nothing() -> None:
    made = draft(
        mclass="-1", coding="-1", priority="", dlr_mask="0", pid="0", mwi="-1", compress="0", binfo="x"
    )
    assert (made.priority, made.flash, made.report, made.send_at, made.expires_at) == (
        None,
        False,
        False,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("parameters", "text", "encoding"),
    [
        ({"text": "Olá €"}, "Olá €", "auto"),
        ({"text": "Olá".encode("latin-1"), "charset": "ISO-8859-1"}, "Olá", "auto"),
        ({"text": "Zażółć".encode("utf-16-be"), "coding": "2"}, "Zażółć", "ucs2"),
        ({"text": "Zażółć".encode("utf-16-be"), "coding": "2", "charset": "UCS-2"}, "Zażółć", "ucs2"),
        ({"text": "Zażółć", "coding": "2", "charset": "utf-8"}, "Zażółć", "ucs2"),
    ],
)
def test_text_is_read_in_its_charset(parameters: dict[str, Any], text: str, encoding: str) -> None:
    made = draft(**parameters)
    assert (made.text, made.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"to": ""}, "Empty receiver number not allowed, rejected"),
        ({"text": ""}, "Empty text not allowed, rejected"),
        ({"udh": b"\x05\x00\x03\x01\x02\x01"}, "udh field misformed|UDH is not supported"),
        ({"udh": "06050415820000"}, "UDH is not supported"),
        ({"coding": "1"}, "8 bit"),
        ({"coding": "7"}, "Coding field misformed, rejected"),
        ({"mclass": "2"}, "MClass 2 and 3"),
        ({"mclass": "4"}, "MClass field misformed, rejected"),
        ({"mwi": "0"}, "MWI is not supported"),
        ({"pid": "64"}, "PID is not supported"),
        ({"priority": "4"}, "Priority field misformed, rejected"),
        ({"validity": "0"}, "Validity field misformed, rejected"),
        ({"deferred": "soon"}, "Deferred field misformed, rejected"),
        ({"dlr_mask": "64"}, "DLR-Mask field misformed, rejected"),
        ({"dlr_url": "ftp://x"}, "DLR-URL field misformed, rejected"),
        ({"charset": "klingon"}, "Charset or body misformed, rejected"),
        ({"charset": "rot13"}, "Charset or body misformed, rejected"),
        ({"text": "\\ud800", "charset": "unicode_escape"}, "Charset or body misformed, rejected"),
        ({"text": "+2AA-", "charset": "utf-7"}, "Charset or body misformed, rejected"),
        ({"text": "x-y", "charset": "Punycode"}, "Charset or body misformed, rejected"),
        ({"charset": "idna"}, "Charset or body misformed, rejected"),
        ({"charset": "a\0b"}, "Charset or body misformed, rejected"),
        ({"text": b"\xff\xff"}, "Charset or body misformed, rejected"),
        ({"text": b"\xd8", "coding": "2"}, "Charset or body misformed, rejected"),
    ],
)
def test_request_that_is_wrong_or_can_not_be_met_is_rejected_in_words(
    parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(Rejected, match=words):
        draft(**parameters)


@pytest.mark.parametrize("names", [("username", "password"), ("user", "pass")])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_text_is_accepted_from_the_address_and_from_a_form(
    api: Api, token: str, names: tuple[str, str], method: str
) -> None:
    asked = {names[0]: "shop", names[1]: token, "to": "+34600123456", "text": "Olá", "from": "ignored"}
    async with api.anonymous() as http:
        sent = {"params": asked} if method == "GET" else {"data": asked}
        answer = await http.request(method, URL, **sent)
    assert (answer.status_code, answer.text) == (202, "3: Queued for later delivery")
    assert answer.headers["content-type"].startswith("text/plain")
    (message,) = await messages(api)
    assert (message.client, message.to, message.text) == ("shop", "+34600123456", "Olá")


async def test_answer_says_accepted_while_a_modem_can_send(api: Api, token: str) -> None:
    api.setup.air.change("phone1", LinkState.READY)
    asked = {"username": "shop", "password": token, "to": "+34600123456", "text": "Hi"}
    async with api.anonymous() as http:
        answer = await http.get(URL, params=asked)
    assert (answer.status_code, answer.text) == (202, "0: Accepted for delivery")


async def test_several_receivers_are_accepted_each_once_or_none_at_all(api: Api, token: str) -> None:
    asked = {"username": "shop", "password": token, "text": "Hi"}
    async with api.anonymous() as http:
        wrong = await http.get(URL, params=asked | {"to": "34600123456 3460"})
        assert wrong.status_code == 400
        assert wrong.text.startswith("to.1: ")
        assert wrong.text.endswith(", rejected")
        assert await messages(api) == []
        await http.get(URL, params=asked | {"to": "34600123456 34600123457 34600123456"})
    assert sorted(message.to for message in await messages(api)) == ["+34600123456", "+34600123457"]


@pytest.mark.parametrize(
    "wrong", [{"username": "bank"}, {"password": "secret"}, {"username": ""}, {"password": ""}]
)
async def test_wrong_credentials_are_forbidden_and_accept_nothing(
    api: Api, token: str, wrong: dict[str, str]
) -> None:
    await api.token("bank")
    asked = {"username": "shop", "password": token, "to": "+34600123456", "text": "Hi"} | wrong
    async with api.anonymous() as http:
        answer = await http.get(URL, params=asked)
    assert (answer.status_code, answer.text) == (403, "Authorization failed for sendsms")
    assert await messages(api) == []


async def test_token_that_may_only_read_is_forbidden(api: Api) -> None:
    reading = await api.token("shop", Scope.READ)
    asked = {"username": "shop", "password": reading, "to": "+34600123456", "text": "Hi"}
    async with api.anonymous() as http:
        assert (await http.get(URL, params=asked)).status_code == 403


async def test_limit_reached_is_a_temporal_failure(api: Api, token: str) -> None:
    await cap(api, 1)
    asked = {"username": "shop", "password": token, "text": "Hi"}
    async with api.anonymous() as http:
        await http.get(URL, params=asked | {"to": "34600123456"})
        answer = await http.get(URL, params=asked | {"to": "34600123457"})
    assert (answer.status_code, answer.text) == (503, "Temporal failure, try again later.")
    assert int(answer.headers["retry-after"]) >= 1


async def test_head_sends_nothing(api: Api, token: str) -> None:
    asked = {"username": "shop", "password": token, "to": "+34600123456", "text": "Hi"}
    async with api.anonymous() as http:
        assert (await http.head(URL, params=asked)).status_code == 405
    assert await messages(api) == []


async def test_body_of_another_type_is_refused(api: Api, token: str) -> None:
    async with api.anonymous() as http:
        answer = await http.post(URL, json={"username": "shop", "password": token})
    assert answer.status_code == 415


async def test_what_is_switched_off_is_not_there(api: Api) -> None:
    from gatewayd.api.compat.settings import CompatSettings
    from gatewayd.api.settings import ApiSettings
    from tests.api.conftest import application

    silent = Api(
        api.setup, api.queue, application(api.setup, api.queue, ApiSettings(), compat=CompatSettings())
    )
    async with silent.anonymous() as http:
        for path in (URL, "/3rdparty/v1/health", "/2010-04-01/Accounts/AC0/Messages.json"):
            assert (await http.get(path)).status_code == 404
        assert URL not in (await http.get("/openapi.json")).json()["paths"]
