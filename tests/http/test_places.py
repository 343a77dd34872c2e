from __future__ import annotations

import pytest

from gatewayd.access.networks import parse_address, parse_network
from gatewayd.http.places import Places


@pytest.fixture
def places() -> Places:
    return Places(6, 2, (parse_network("192.0.2.7"),))


def test_one_address_cannot_take_all_places(places: Places) -> None:
    greedy, other = parse_address("198.51.100.1"), parse_address("198.51.100.2")
    assert [places.take(greedy) for _ in range(4)] == [True, True, False, False]
    assert places.take(other)


def test_place_that_is_given_back_is_free_again(places: Places) -> None:
    address = parse_address("198.51.100.1")
    for _ in range(10):
        assert places.take(address)
        places.give_back(address)


def test_addresses_of_one_ipv6_network_count_as_one(places: Places) -> None:
    taken = [places.take(parse_address(f"2001:db8:1::{number:x}")) for number in range(3)]
    assert taken == [True, True, False]
    assert places.take(parse_address("2001:db8:2::1"))


@pytest.mark.parametrize("address", ["192.0.2.7", None])
def test_proxies_and_the_unix_socket_are_held_to_the_whole_only(places: Places, address: str | None) -> None:
    shared = None if address is None else parse_address(address)
    assert [places.take(shared) for _ in range(7)] == [True] * 6 + [False]
