"""Who may send by mail, to whom, and what is answered; tests/e2e sends letters to the listener itself."""

from __future__ import annotations

from email.message import EmailMessage
from ipaddress import ip_address

import pytest
from pydantic import SecretStr

from gatewayd.access.registry import TokenRequest
from gatewayd.access.scopes import Principal, Scope
from gatewayd.api.compat.mail.delivery import Delivery
from gatewayd.api.compat.mail.session import LetterGiven
from gatewayd.api.compat.mail.settings import MailSenderSettings, MailSettings
from gatewayd.config import ConfigError
from gatewayd.config.loading import parse
from gatewayd.queue.view import MessageView, Query
from tests.api.conftest import Api

from .conftest import cap

PEER = ip_address("127.0.0.1")
SETTINGS = MailSettings(bind=("127.0.0.1:0",), domains=("sms.example.org",))
ONE, TWO = "34600123456@sms.example.org", "+34600123457@SMS.example.org"


def delivery(api: Api, token: str, *addresses: str) -> Delivery:
    sender = MailSenderSettings(
        name="monitoring", addresses=addresses or ("nagios@example.org",), token=SecretStr(token)
    )
    return Delivery(api.queue, api.setup.access, SETTINGS, [sender], "ZZ")


async def admitted(mail: Delivery) -> Principal:
    reply, principal = await mail.admit("Nagios@Example.org", PEER)
    assert principal is not None, reply
    return principal


def letter(
    *recipients: str, for_each: bool = True, body: str = "Disk full\n", id_: str | None = "<1@mx>"
) -> LetterGiven:
    made = EmailMessage()
    if id_ is not None:
        made["Message-ID"] = id_
    made.set_content(body)
    return LetterGiven(recipients or (ONE,), made.as_bytes(), for_each)


async def messages(api: Api) -> list[MessageView]:
    return list((await api.queue.find(Query())).messages)


async def test_letter_becomes_a_message_of_the_senders_client(api: Api, token: str) -> None:
    mail = delivery(api, token)
    (reply,) = await mail.deliver(letter(), await admitted(mail))
    assert (reply.code, reply.status) == (250, "2.0.0")
    (message,) = await messages(api)
    assert (message.client, message.to, message.text) == ("shop", "+34600123456", "Disk full")
    assert message.reference == "1@mx"


@pytest.mark.parametrize("for_each", [True, False])
async def test_letter_handed_over_again_is_accepted_once(api: Api, token: str, for_each: bool) -> None:
    mail = delivery(api, token)
    principal = await admitted(mail)
    again = letter(ONE, TWO, ONE, for_each=for_each)
    for _ in range(2):
        replies = await mail.deliver(again, principal)
        assert [reply.code for reply in replies] == [250] * (3 if for_each else 1)
    assert len(await messages(api)) == 2
    replies = await mail.deliver(letter(ONE, TWO, for_each=for_each, body="another\n"), principal)
    assert {reply.code for reply in replies} == {554}


async def test_letters_without_an_id_are_each_accepted(api: Api, token: str) -> None:
    mail = delivery(api, token)
    for _ in range(2):
        await mail.deliver(letter(id_=None), await admitted(mail))
    assert len(await messages(api)) == 2


@pytest.mark.parametrize(
    "address", ["", "@example.org", "mallory@example.org", "nagios@evil.example", "nagios"]
)
async def test_sender_who_is_not_listed_is_refused(api: Api, token: str, address: str) -> None:
    reply, principal = await delivery(api, token).admit(address, PEER)
    assert (reply.code, principal) == (550, None)


async def test_sender_may_be_anybody_of_a_domain(api: Api, token: str) -> None:
    mail = delivery(api, token, "@example.org")
    assert (await mail.admit("anybody@example.org", PEER))[0].code == 250
    assert (await mail.admit("@example.org", PEER))[0].code == 550
    assert (await mail.admit("anybody@sub.example.org", PEER))[0].code == 550


async def test_token_that_is_revoked_foreign_or_may_not_send_is_refused(api: Api, token: str) -> None:
    access = api.setup.access
    reading = await api.token("shop", Scope.READ)
    there = TokenRequest("shop", (Scope.SEND,), networks=("192.0.2.0/24",))
    bound = (await access.issue(there, actor="test")).token
    for wrong in (reading, bound, "secret"):
        assert (await delivery(api, wrong).admit("nagios@example.org", PEER))[0].code == 550
    assert (await delivery(api, bound).admit("nagios@example.org", ip_address("192.0.2.7")))[0].code == 250
    mail = delivery(api, token)
    await admitted(mail)
    await access.revoke(token.split("_")[1], actor="test")
    assert (await mail.admit("nagios@example.org", PEER))[0].code == 550


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (ONE, "2.1.5"),
        (TWO, "2.1.5"),
        ("34600123456@example.org", "5.1.2"),
        ("ana@sms.example.org", "5.1.1"),
        ("3460012@sms.example.org", "5.1.1"),
        ("34807123456@sms.example.org", "5.1.1"),
        ("34600123458@sms.example.org", "5.1.1"),
    ],
)
async def test_recipient_is_checked_when_it_is_named(api: Api, token: str, address: str, status: str) -> None:
    await api.queue.opt_outs.add("+34600123458", reason="asked", actor="test")
    mail = delivery(api, token)
    assert (await mail.check(address, await admitted(mail))).status == status


async def test_each_recipient_has_its_own_answer_where_there_is_room_for_one(api: Api, token: str) -> None:
    await cap(api, 1)
    mail = delivery(api, token)
    replies = await mail.deliver(letter(ONE, TWO), await admitted(mail))
    assert [(reply.code, reply.status) for reply in replies] == [(250, "2.0.0"), (452, "4.3.1")]


async def test_letter_that_can_not_be_sent_is_refused_for_good(api: Api, token: str) -> None:
    mail = delivery(api, token)
    principal = await admitted(mail)
    for body in ("\n", "x" * 10_000 + "\n"):
        replies = await mail.deliver(letter(ONE, TWO, body=body), principal)
        assert [reply.code for reply in replies] == [554, 554]
    assert await messages(api) == []


def test_configuration_names_what_is_missing_and_what_is_there_twice() -> None:
    bound = {"bind": ["127.0.0.1:2525"]}
    sender = {"name": "a", "addresses": ["a@b.c"], "token": "t"}
    for raw, words in (
        ({"mail_in": bound}, "domains are required"),
        ({"mail_in": bound | {"domains": ["b.c"]}}, "add a [[mail_sender]]"),
        ({"mail_sender": [sender, sender | {"name": "b"}]}, "the sender a has it already"),
        ({"mail_sender": [sender | {"addresses": ["nobody"]}]}, "is no address"),
    ):
        with pytest.raises(ConfigError) as refused:
            parse(raw)
        assert words in str([str(problem) for problem in refused.value.problems])
