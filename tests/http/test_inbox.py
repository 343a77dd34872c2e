from __future__ import annotations

import trio
from trio.testing import wait_all_tasks_blocked

from gatewayd.http.inbox import Inbox

DISCONNECT = {"type": "http.disconnect"}


def body(number: int) -> dict[str, object]:
    return {"type": "http.request", "body": bytes([number]), "more_body": True}


async def fill(inbox: Inbox) -> None:
    """Put until there is no room."""
    with trio.move_on_after(0):
        for number in range(256):
            await inbox.put(body(number))


async def test_events_come_out_in_order() -> None:
    inbox = Inbox()
    for number in range(3):
        await inbox.put(body(number))
    assert [await inbox.receive() for _ in range(3)] == [body(0), body(1), body(2)]


async def test_receiver_waits_for_an_event(nursery: trio.Nursery) -> None:
    inbox = Inbox()
    nursery.start_soon(inbox.put, body(1))
    assert await inbox.receive() == body(1)


async def test_full_inbox_lets_the_client_wait_until_the_handler_reads(nursery: trio.Nursery) -> None:
    inbox = Inbox()
    await fill(inbox)
    put = trio.Event()

    async def one_more() -> None:
        await inbox.put(body(99))
        put.set()

    nursery.start_soon(one_more)
    await wait_all_tasks_blocked()
    assert not put.is_set()
    await inbox.receive()
    await put.wait()


async def test_disconnect_finds_room_in_a_full_inbox_and_comes_last() -> None:
    inbox = Inbox()
    await fill(inbox)
    await inbox.put(DISCONNECT)
    assert await inbox.receive() == body(0)
    while (event := await inbox.receive()) != DISCONNECT:
        assert event["type"] == "http.request"


async def test_disconnect_is_told_as_often_as_it_is_asked_for() -> None:
    inbox = Inbox()
    await inbox.put(DISCONNECT)
    assert [await inbox.receive() for _ in range(3)] == [DISCONNECT] * 3


async def test_abandoned_inbox_frees_who_waits_for_room_and_drops_what_comes(nursery: trio.Nursery) -> None:
    inbox = Inbox()
    await fill(inbox)
    async with trio.open_nursery() as waiting:
        waiting.start_soon(inbox.put, body(99))
        await wait_all_tasks_blocked()
        inbox.abandon()
    await fill(inbox)
    with trio.move_on_after(0) as scope:
        await inbox.receive()
    assert scope.cancelled_caught
