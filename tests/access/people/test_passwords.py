"""Hashes of passwords."""

from __future__ import annotations

import re
import subprocess
import sys

import trio

from gatewayd.access.people.passwords import Passwords

PHRASE = "violet otter lantern"


async def test_hash_is_argon2id_with_the_parameters_that_owasp_asks_for() -> None:
    stored = await Passwords().hash(PHRASE)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await Passwords().matches(PHRASE, stored)
    assert not await Passwords().matches(PHRASE + " ", stored)


async def test_hash_of_one_password_differs_each_time() -> None:
    cheap = Passwords(memory=64, passes=1)

    assert await cheap.hash(PHRASE) != await cheap.hash(PHRASE)


async def test_nobody_has_no_password_at_all() -> None:
    cheap = Passwords(memory=64, passes=1)

    assert not await cheap.matches(PHRASE, None)
    assert not await cheap.matches("a person that there isn't", None)


async def test_password_beyond_the_longest_is_never_right() -> None:
    cheap = Passwords(memory=64, passes=1)
    stored = await cheap.hash("v" * 200)

    assert await cheap.matches("v" * 200, stored)
    assert not await cheap.matches("v" * 201, stored)


async def test_hash_with_earlier_parameters_still_matches_and_is_outdated() -> None:
    earlier, today = Passwords(memory=32, passes=1), Passwords(memory=64, passes=1)
    stored = await earlier.hash(PHRASE)

    assert await today.matches(PHRASE, stored)
    assert today.is_outdated(stored)
    assert not today.is_outdated(await today.hash(PHRASE))


async def test_hashing_does_not_hold_up_the_event_loop() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await trio.lowlevel.checkpoint()
            ticks += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        await Passwords().hash(PHRASE)
        nursery.cancel_scope.cancel()

    assert ticks > 10


def test_memory_of_hashes_is_given_back() -> None:
    program = """
import re, threading
from pathlib import Path
from gatewayd.access.people.passwords import Passwords

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

hasher = Passwords()._hasher
stored = hasher.hash("violet otter lantern")
before = resident()
for _ in range(4):
    threads = [threading.Thread(target=hasher.hash, args=["x"]) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
print(resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert re.fullmatch(r"-?\d+\n", done.stdout)
    assert int(done.stdout) < 4096  # KiB; without it 19 MiB for each thread
