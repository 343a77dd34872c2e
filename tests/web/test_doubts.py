"""Two people at the same message in doubt: one settles it, the other is told who did, and what."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from gatewayd.access.roles import Role
from gatewayd.message import State

from .conftest import Pages, said, value_of


async def test_two_people_settle_the_same_message_and_the_second_is_told(
    pages: Pages, mock_clock: MockClock
) -> None:
    name = await pages.doubt(mock_clock)
    assert await pages.setup.state(pages.queue, name) is State.IN_DOUBT
    people = [await pages.signed_in(who, Role.OPERATOR) for who in ("bruno", "zofia")]
    answers: dict[str, tuple[int, str]] = {}

    async def settle(index: int) -> None:
        who, verdict = (("bruno", "sent"), ("zofia", "failed"))[index]
        answer = await people[index].post(
            f"/admin/messages/{name}/resolve", verdict=verdict, reason=f"{who} asked the recipient"
        )
        answers[who] = (answer.status_code, said(answer) if answer.status_code != 303 else "")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(settle, 0)
        nursery.start_soon(settle, 1)
    assert sorted(status for status, _ in answers.values()) == [303, 409]
    loser = min(answers, key=lambda who: answers[who][0] == 409 and -1)
    winner = "zofia" if loser == "bruno" else "bruno"
    told = answers[loser][1]
    assert "It is settled already" in told
    assert f"user:{winner}" in told
    assert {"bruno": "it is sent", "zofia": "it is failed"}[winner] in told


async def test_settling_without_verdict_or_reason_keeps_what_was_typed(
    pages: Pages, mock_clock: MockClock
) -> None:
    name = await pages.doubt(mock_clock)
    ana = await pages.signed_in()
    page = await ana.post(f"/admin/messages/{name}/resolve", reason="the recipient called")
    assert (page.status_code, value_of(page.text, "reason")) == (422, "the recipient called")
    assert "Choose what became of it." in said(page)
    page = await ana.post(f"/admin/messages/{name}/resolve", verdict="sent", reason=" ")
    assert page.status_code == 422
    assert 'value="sent" checked' in page.text
    assert await pages.setup.state(pages.queue, name) is State.IN_DOUBT


async def test_settled_as_not_sent_can_be_sent_again_once(pages: Pages, mock_clock: MockClock) -> None:
    name = await pages.doubt(mock_clock)
    ana = await pages.signed_in()
    settled = await ana.post(
        f"/admin/messages/{name}/resolve", verdict="failed", reason="the recipient called"
    )
    assert settled.headers["location"] == f"/admin/messages/{name}?notice=settled"
    again = await ana.post(f"/admin/messages/{name}/retry")
    assert again.status_code == 303
    assert name not in again.headers["location"]


async def test_what_has_left_meanwhile_can_not_be_cancelled(pages: Pages) -> None:
    name = await pages.setup.send(pages.queue, "Hello")
    ana = await pages.signed_in()
    assert (await ana.post(f"/admin/messages/{name}/cancel")).status_code == 303
    late = await ana.post(f"/admin/messages/{name}/cancel")
    assert late.status_code in (303, 409)
    assert (await ana.get(f"/admin/messages/{name}")).status_code == 200
