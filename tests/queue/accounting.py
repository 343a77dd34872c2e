"""What is counted of a client, for tests of the queue."""

from __future__ import annotations

from gatewayd.queue.checking import check_backlog
from gatewayd.queue.service import Queue
from gatewayd.queue.usage import Usage

from .conftest import Setup


async def usage(setup: Setup, queue: Queue, client: str = "shop") -> Usage:
    return await queue.usage(await setup.client(client))


def sound(setup: Setup) -> bool:
    """Whether what is kept of each client's queue is what is there."""
    return setup.database.transact(lambda tx: check_backlog(tx, "")).findings == ()
