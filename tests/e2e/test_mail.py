"""Letters that become messages, through the running daemon; the simulator's ledger is the judge."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Proxy

from .gateway import Gateway, Gateways, Phone, Phones, eventually

pytestmark = pytest.mark.slow

SENDER = "nagios@example.org"
ONE, TWO = "34600000001@sms.example.org", "+34600000002@sms.example.org"

MAIL = """\
[mail_in]
bind = ["127.0.0.1:0"]
domains = ["sms.example.org"]
max_size = 20000
{more}
[[mail_sender]]
name = "monitoring"
addresses = ["nagios@example.org"]
token = {{ file = "{token}" }}
"""


@pytest.fixture
def phone(plug_in: Phones) -> Phone:
    return plug_in("phone1")


@pytest.fixture
def start(tmp_path: Path, phone: Phone, serve: Gateways) -> Gateways:
    """Start a daemon that takes mail of a sender with a token that works."""

    def start(more: str = "") -> Gateway:
        first = serve()
        (tmp_path / "mail.token").write_text(first.token("monitoring", "send"))
        first.stop()
        return serve(phone, more=MAIL.format(token=tmp_path / "mail.token", more=more))

    return start


@pytest.fixture
def gateway(start: Gateways) -> Gateway:
    return start()


def place(gateway: Gateway) -> tuple[str, int]:
    address = gateway.logged("mail.listening")[0]["addresses"][0]
    host, _, port = address.rpartition(":")
    return host, int(port)


def letter(body: str = "Disk full", message_id: str = "<1@mx.example.org>") -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "Alert: ção"
    made["From"] = SENDER
    made["Message-ID"] = message_id
    made.set_content(body)
    return made


@contextmanager
def lmtp(gateway: Gateway) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP(*place(gateway)) as server:
        yield server


def hand_over(server: smtplib.LMTP, made: EmailMessage, *recipients: str) -> list[int]:
    """What is answered for each recipient; ``smtplib`` itself hears only the first answer to a letter."""
    server.ehlo_or_helo_if_needed()
    assert server.mail(SENDER)[0] == 250
    named = [server.rcpt(address)[0] for address in recipients]
    assert server.docmd("DATA")[0] == 354
    server.send(made.as_bytes(policy=policy.SMTP) + b".\r\n")
    return [server.getreply()[0] if code == 250 else code for code in named]


def ledger(phone: Phone, count: int) -> list[tuple[str, str]]:
    eventually(lambda: len(phone.accepted) >= count, f"the network has {count} texts")
    return sorted((entry.to, entry.text) for entry in phone.accepted)


def test_letter_over_lmtp_is_sent_once_to_each_although_it_is_handed_over_twice(
    gateway: Gateway, phone: Phone
) -> None:
    with lmtp(gateway) as server:
        for _ in range(2):
            assert hand_over(server, letter(), ONE, TWO) == [250, 250]
        assert hand_over(server, letter("second", "<2@mx>"), ONE) == [250]
    assert ledger(phone, 3) == [
        ("+34600000001", "Alert: ção\nDisk full"),
        ("+34600000001", "Alert: ção\nsecond"),
        ("+34600000002", "Alert: ção\nDisk full"),
    ]
    assert {message["client"] for message in gateway.messages()} == {"monitoring"}


def test_letter_comes_through_a_mail_server_that_relays_it(gateway: Gateway, phone: Phone) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    relay = Controller(Proxy(*place(gateway)), hostname="127.0.0.1", port=port)
    relay.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as server:
            assert server.send_message(letter(), SENDER, [ONE, TWO]) == {}
    finally:
        relay.stop()
    assert [to for to, _ in ledger(phone, 2)] == ["+34600000001", "+34600000002"]


def test_wrong_recipient_is_refused_and_the_others_get_their_message(gateway: Gateway, phone: Phone) -> None:
    with lmtp(gateway) as server:
        answers = hand_over(server, letter(), "ana@sms.example.org", ONE, "34600000003@example.org")
    assert answers == [550, 250, 550]
    assert [to for to, _ in ledger(phone, 1)] == ["+34600000001"]


def test_forged_or_unknown_sender_is_refused_and_so_is_a_letter_too_large(
    gateway: Gateway, phone: Phone
) -> None:
    with smtplib.SMTP(*place(gateway)) as server:
        for sender in ("mallory@example.org", ""):
            with pytest.raises(smtplib.SMTPSenderRefused) as stranger:
                server.sendmail(sender, [ONE], letter().as_bytes())
            assert stranger.value.smtp_code == 550
        with pytest.raises(smtplib.SMTPSenderRefused) as large:
            server.sendmail(SENDER, [ONE], letter("x\n" * 20_000).as_bytes())
        assert large.value.smtp_code == 552
        assert not server.has_extn("auth")
    assert gateway.messages() == []
    assert phone.accepted == []


def test_sender_whose_token_was_revoked_is_refused(gateway: Gateway) -> None:
    with gateway.administrator() as client:
        (token,) = client.get("/v1/tokens", params={"client": "monitoring"}).json()["tokens"]
        assert client.delete(f"/v1/tokens/{token['id']}").status_code == 204
    with smtplib.SMTP(*place(gateway)) as server, pytest.raises(smtplib.SMTPSenderRefused) as refused:
        server.sendmail(SENDER, [ONE], letter().as_bytes())
    assert refused.value.smtp_code == 550


def test_mail_server_of_a_foreign_network_is_turned_away(start: Gateways) -> None:
    gateway = start('networks = ["192.0.2.0/24"]')
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        smtplib.SMTP(*place(gateway))
    assert refused.value.smtp_code == 554


def test_silent_connections_do_not_keep_others_out_for_ever(start: Gateways) -> None:
    gateway = start("max_connections = 1\ntimeout = 1.0")
    with socket.create_connection(place(gateway)) as silent:
        silent.recv(100)
        with pytest.raises(smtplib.SMTPConnectError) as busy:
            smtplib.SMTP(*place(gateway))
        assert busy.value.smtp_code == 421
        silent.settimeout(40)
        assert silent.recv(100).startswith(b"421 4.4.2")
    with smtplib.SMTP(*place(gateway)) as server:
        assert server.noop()[0] == 250


def test_stop_closes_open_connections(gateway: Gateway) -> None:
    with socket.create_connection(place(gateway)) as idle:
        idle.recv(100)
        assert gateway.stop() == 0
