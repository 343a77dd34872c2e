"""From where requests come, with and without proxies, and with who lies about it."""

from __future__ import annotations

from typing import Any

import pytest

from gatewayd.access.networks import parse_network
from gatewayd.http.origin import Origins

TRUSTED = [parse_network("127.0.0.1"), parse_network("10.0.0.0/8")]


def scope(peer: str | None, *headers: tuple[str, str]) -> dict[str, Any]:
    return {
        "client": None if peer is None else (peer, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


def test_without_trusted_proxies_the_peer_is_the_client_whatever_it_says() -> None:
    asked = scope("198.51.100.7", ("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1"))

    assert str(Origins().of(asked)) == "198.51.100.7"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("203.0.113.9, 192.0.2.1", "192.0.2.1"),  # what stands before, the client made up
        ("192.0.2.1, 10.1.1.1", "192.0.2.1"),  # a second proxy of ours
        ("10.9.9.9, 10.1.1.1", "10.9.9.9"),  # a client within our own network
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_last_untrusted_hop_of_x_forwarded_for_is_the_client(header: str, client: str) -> None:
    assert str(Origins(TRUSTED).of(scope("127.0.0.1", ("x-forwarded-for", header)))) == client


def test_several_lines_of_the_header_are_one_list() -> None:
    asked = scope("127.0.0.1", ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.1"))

    assert str(Origins(TRUSTED).of(asked)) == "192.0.2.1"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ('For="[2001:db8::17]:4711"', "2001:db8::17"),
        ('for="192.0.2.1:4711"', "192.0.2.1"),
        ("for=203.0.113.9, for=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"),
        ("proto=https;for=192.0.2.1", "192.0.2.1"),
        ("for=unknown", "None"),
        ("for=_hidden", "None"),
        ("proto=https", "None"),
    ],
)
def test_last_untrusted_hop_of_forwarded_is_the_client(header: str, client: str) -> None:
    assert str(Origins(TRUSTED, "forwarded").of(scope("127.0.0.1", ("forwarded", header)))) == client


def test_header_that_the_proxy_does_not_write_is_not_believed() -> None:
    asked = scope("127.0.0.1", ("forwarded", "for=192.0.2.1"), ("x-forwarded-for", "198.51.100.7"))

    assert str(Origins(TRUSTED).of(asked)) == "198.51.100.7"


@pytest.mark.parametrize("header", ["nonsense", "192.0.2.1:80:80", "192.0.2.1, x"])
def test_what_cannot_be_read_is_from_nowhere(header: str) -> None:
    assert Origins(TRUSTED).of(scope("127.0.0.1", ("x-forwarded-for", header))) is None


def test_proxy_that_says_nothing_asks_for_itself() -> None:
    assert str(Origins(TRUSTED).of(scope("10.1.1.1"))) == "10.1.1.1"


def test_peer_of_the_unix_socket_is_this_machine() -> None:
    assert str(Origins(TRUSTED).of(scope(None, ("x-forwarded-for", "192.0.2.1")))) == "127.0.0.1"
