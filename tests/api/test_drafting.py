"""The event loop has its turn while a long array is read."""

from __future__ import annotations

import json

import trio

from gatewayd.api.drafting import read_items
from gatewayd.api.wire.split import split_array
from gatewayd.queue.draft import Draft, Rejected

from .conftest import Api, templates_of


async def turns_while_reading(
    api: Api, objects: list[dict[str, object]]
) -> tuple[int, list[Draft | Rejected]]:
    """How often another task had its turn while the array was read, and what was read."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(count)
        items = await read_items(
            api.queue, templates_of(api.setup), split_array(json.dumps(objects).encode()), len(objects)
        )
        nursery.cancel_scope.cancel()
    return turns, items


async def test_array_read_lets_others_run_after_each_slice(api: Api) -> None:
    turns, items = await turns_while_reading(api, [{"to": "+34600123456", "text": "x"}] * 2000)

    # One less, since trio begins with either task.
    assert turns >= 2000 // 200 - 1
    assert all(isinstance(item, Draft) for item in items)


async def test_array_of_wrong_objects_lets_others_run_after_each(api: Api) -> None:
    turns, items = await turns_while_reading(api, [{"to": "+34600123456", "txt": "x"}] * 300)

    assert turns >= 300 - 1
    assert all(isinstance(item, Rejected) for item in items)
