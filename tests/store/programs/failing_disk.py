"""Commit rows until the disk fails (the caller makes it, with strace); print what happened as JSON.

Usage: failing_disk.py DATABASE
"""

from __future__ import annotations

import json
import sys

import trio

from gatewayd.clock import SystemClock
from gatewayd.errors import StorageFailed
from gatewayd.store.database import open_database
from gatewayd.store.settings import StoreSettings
from tests.store.conftest import make_notes, write


async def main(path: str) -> None:
    settings = StoreSettings(url=f"sqlite:///{path}", reserve_mib=0)
    said: dict[str, object] = {"accepted": 0}
    try:
        async with open_database(settings, clock=SystemClock()) as database:
            await database.run(make_notes)
            try:
                for number in range(1000):
                    await database.run(write, str(number))
                    said["accepted"] = number + 1
            except StorageFailed:
                said["caller"] = "StorageFailed"
            try:
                await database.run(write, "later")
            except StorageFailed:
                said["later_caller"] = "StorageFailed"
    except StorageFailed as failure:
        said["supervisor"] = str(failure)
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    trio.run(main, sys.argv[1])
