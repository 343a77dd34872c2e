"""Registration, signal, operator, out of what modems say."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from gatewayd.modem.network import DOMAINS, Network, announce_registration, dbm_in, read_network, status_in
from tests.modem.peer import ERROR, SILENCE, Peer, Scripts, said, talking, usual


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("+CREG: 0,1", 1),
        ("+CREG: 1,5", 5),
        ('+CREG: 2,1,"00C3","1A2B"', 1),
        ('+CREG: 5,"00C3","1A2B",7', 5),
        ("+CREG: 1,00C3,1A2B", 1),
        ("+CEREG: 0, 3", 3),
        ("+CREG:2", 2),
        ("+CREG: x", None),
        ("+CREG:", None),
    ],
)
def test_status_in_an_answer_or_an_unsolicited_line_is_found(line: str, status: int | None) -> None:
    assert status_in(line) == status


@pytest.mark.parametrize(
    ("line", "dbm"),
    [
        ("+CSQ: 0,99", -113),
        ("+CSQ: 31,99", -51),
        ("+CSQ:17,0", -79),
        ("+CSQ: 99,99", None),
        ("+CSQ: x", None),
    ],
)
def test_signal_is_converted_to_dbm(line: str, dbm: int | None) -> None:
    assert dbm_in(line) == dbm


def in_domains(circuit: int, packet: int, lte: int) -> dict[str, Scripts]:
    statuses = zip(DOMAINS, (circuit, packet, lte), strict=True)
    return usual() | {f"AT+{domain}?": said(f"+{domain}: 1,{status}") for domain, status in statuses}


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ((1, 0, 0), "home"),
        ((0, 0, 1), "home"),
        ((3, 2, 5), "roaming"),
        ((0, 1, 5), "home"),
        ((6, 0, 0), "home"),
        ((7, 0, 0), "roaming"),
        ((2, 0, 3), "searching"),
        ((3, 0, 0), "denied"),
        ((8, 0, 0), "emergency calls only"),
        ((4, 4, 4), "unknown"),
        ((0, 0, 0), "not registered"),
        ((77, 77, 77), "unknown"),
    ],
)
async def test_registration_in_any_domain_counts(
    statuses: tuple[int, int, int], word: str, autojump_clock: MockClock
) -> None:
    async with talking(Peer(in_domains(*statuses))) as talk:
        assert (await read_network(talk.session, DOMAINS)).registration == word


async def test_network_with_answers_that_tell_nothing_is_unknown_rather_than_wrong(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(otherwise=ERROR, replies={"AT": b"\r\nOK\r\n"})) as talk:
        assert await announce_registration(talk.session) == ()
        assert await read_network(talk.session, ()) == Network("unknown", None, None)


@pytest.mark.parametrize(
    ("word", "allow_roaming", "usable"),
    [
        ("home", False, True),
        ("roaming", False, False),
        ("roaming", True, True),
        ("unknown", False, True),
        ("searching", True, False),
        ("denied", True, False),
        ("emergency calls only", True, False),
    ],
)
def test_network_is_usable_where_messages_may_be_sent(word: str, allow_roaming: bool, usable: bool) -> None:
    network = Network(word, None, None)
    assert network.usable(allow_roaming=allow_roaming) is usable
    assert network.obstacle()


async def test_registration_that_changes_while_it_is_asked_for_is_the_newer_one(
    autojump_clock: MockClock,
) -> None:
    replies = usual() | {"AT+CREG?": said("+CREG: 1,1", "+CREG: 2")}
    async with talking(Peer(replies)) as talk:
        assert (await read_network(talk.session, ("CREG",))).registration == "searching"


async def test_operator_that_the_modem_takes_long_to_find_out_is_left_unknown(
    autojump_clock: MockClock,
) -> None:
    async with talking(Peer(usual() | {"AT+COPS?": SILENCE})) as talk:
        assert await read_network(talk.session, DOMAINS) == Network("home", -73, None)
