"""Fill a real, small file system under a database; print what happened as JSON. Run inside a mount name space.

Usage: full_disk.py DIRECTORY
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import trio

from gatewayd.clock import SystemClock
from gatewayd.errors import StorageFull
from gatewayd.store.database import Database, open_database
from gatewayd.store.runner import Lane
from gatewayd.store.settings import StoreSettings
from gatewayd.store.topics import SPACE
from tests.store.conftest import make_notes, texts, write


async def fill(database: Database) -> int:
    """Write until the database refuses; return how many rows were accepted."""
    accepted = 0
    try:
        while True:
            await database.run(write, f"{accepted:0>8000}")
            accepted += 1
    except StorageFull:
        return accepted


async def main(directory: Path) -> None:
    settings = StoreSettings(url=f"sqlite:///{directory}/full.db", reserve_mib=1)
    ballast = directory / "ballast"
    ballast.write_bytes(b"x" * (2 << 20))
    said: dict[str, object] = {}
    async with open_database(settings, clock=SystemClock()) as database:
        await database.run(make_notes)
        accepted = await fill(database)
        said["full_before_outcomes"] = database.full
        # More than what is left of the pages already allocated: these need the reserve.
        for number in range(20):
            await database.run(write, f"outcome {number:0>8000}", lane=Lane.OUTCOME)
        said["full_after_outcomes"] = database.full
        said["refused_while_full"] = await fill(database) == 0
        space = trio.Event()
        with database.topics.subscribed(SPACE, space.set):
            ballast.unlink()
            with trio.fail_after(10):
                await space.wait()
        await database.run(write, "after")
        said["full_at_end"] = database.full
    async with open_database(settings, clock=SystemClock()) as database:
        found = await database.read(texts)
    said["accepted"] = accepted > 0
    said["nothing_lost"] = len(found) == accepted + 20 + 1
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], check=True)
    trio.run(main, place)
