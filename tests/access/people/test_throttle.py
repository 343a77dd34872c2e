"""Who is slowed down, and who isn't. Requirement: 10 wrong passwords a minute lock nobody else out."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from gatewayd.access.people import throttle
from gatewayd.access.people.throttle import ADDRESS, PAIR, Throttle, network_of
from gatewayd.clock import VirtualClock

HOME, AWAY, THIRD = "192.0.2.1", "198.51.100.7", "203.0.113.9"


async def fail(throttle: Throttle, name: str, address: str, times: int) -> float:
    """Guess wrong as fast as one may; the seconds that it took."""
    began = trio.current_time()
    for _ in range(times):
        wait = throttle.begin(name, address)
        if wait:
            await trio.sleep(wait)
            assert throttle.begin(name, address) == 0
    return trio.current_time() - began


async def test_first_failures_cost_nothing(autojump_clock: MockClock) -> None:
    assert await fail(Throttle(VirtualClock()), "ana", HOME, PAIR.free) == 0


async def test_further_failures_cost_twice_as_long_each_time_up_to_five_minutes(
    autojump_clock: MockClock,
) -> None:
    guessed = Throttle(VirtualClock())
    await fail(guessed, "ana", HOME, PAIR.free)

    waits = [await fail(guessed, "ana", HOME, 1) for _ in range(12)]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


async def test_attempt_that_comes_too_early_makes_nobody_wait_longer(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    await fail(guessed, "ana", HOME, PAIR.free + 3)
    wait = guessed.begin("ana", HOME)

    assert wait == 8
    assert all(guessed.begin("ana", HOME) == wait for _ in range(1000))


async def test_ten_wrong_passwords_a_minute_lock_nobody_else_out(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    for _ in range(60):  # an hour
        for _ in range(10):
            guessed.begin("ana", HOME)
        await trio.sleep(60)

        assert guessed.begin("ana", AWAY) == 0, "the right person, from elsewhere"
        guessed.passed("ana", AWAY)
        assert guessed.begin("rui", HOME) == 0, "another person, from the same address"
        guessed.passed("rui", HOME)


async def test_hundred_guesses_at_once_are_as_many_failures(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())

    admitted = [guessed.begin("ana", HOME) for _ in range(100)].count(0)

    assert admitted == PAIR.free


async def test_right_password_clears_the_pair(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    await fail(guessed, "ana", HOME, PAIR.free - 1)
    guessed.begin("ana", HOME)
    guessed.passed("ana", HOME)

    assert await fail(guessed, "ana", HOME, PAIR.free) == 0


async def test_address_that_fails_for_many_names_waits_though_briefly(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    for number in range(ADDRESS.free):
        assert guessed.begin(f"name{number}", HOME) == 0

    assert guessed.begin("other", HOME) == 1
    assert await fail(guessed, "yetanother", HOME, 1) == 1
    for number in range(20):
        await fail(guessed, f"more{number}", HOME, 1)
    assert guessed.begin("last", HOME) == ADDRESS.longest


async def test_person_known_at_an_address_does_not_wait_for_its_other_failures(
    autojump_clock: MockClock,
) -> None:
    guessed = Throttle(VirtualClock())
    guessed.begin("ana", HOME)
    guessed.passed("ana", HOME)
    for number in range(ADDRESS.free + 10):
        guessed.begin(f"name{number}", HOME)

    assert guessed.begin("rui", HOME) > 0
    assert guessed.begin("ana", HOME) == 0


async def test_failures_are_forgotten_after_an_hour(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    await fail(guessed, "ana", HOME, PAIR.free + 9)
    await trio.sleep(3600)

    assert await fail(guessed, "ana", HOME, PAIR.free) == 0


async def test_codes_are_counted_by_name_from_wherever_they_come(autojump_clock: MockClock) -> None:
    guessed = Throttle(VirtualClock())
    for _ in range(5):
        assert guessed.begin_code("ana") == 0

    assert guessed.begin_code("ana") == 1
    assert guessed.begin_code("rui") == 0
    await trio.sleep(1)
    assert guessed.begin_code("ana") == 0
    guessed.passed_code("ana")
    assert guessed.begin_code("ana") == 0


async def test_memory_is_bounded(autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "_ENTRIES", 10)
    guessed = Throttle(VirtualClock())
    for number in range(1000):
        address = f"10.0.{number // 250}.{number % 250}"
        guessed.begin(f"name{number}", address)
        if number % 2:
            guessed.passed(f"name{number}", address)

    assert len(guessed._known) <= 10
    assert all(len(counter._records) <= 10 for counter in (guessed._pairs, guessed._addresses))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_network_of_an_address(address: str, network: str) -> None:
    assert network_of(address) == network
