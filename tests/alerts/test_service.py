"""Notifications against the database: each change once, to whom it concerns, and nothing half done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trio

from gatewayd.access.scopes import Scope
from gatewayd.alerts.notification import Alert
from gatewayd.alerts.service import KEPT
from gatewayd.errors import InvalidRequest, LimitReached
from gatewayd.message import Doubt, Priority, State

from .builders import alert, on_call
from .conftest import Desk

FIRST, SECOND = "+34600000001", "+34600000002"
A, B = alert(instance="a"), alert(instance="b")
CRITICAL = alert("HostDown", severity="critical")
NIGHT = datetime(2026, 1, 5, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 1, 6, 7, 0, tzinfo=UTC)


def over(of: Alert) -> Alert:
    return replace(of, firing=False)


async def test_alert_goes_to_everybody_on_the_list_as_its_clients_message(desk: Desk) -> None:
    desk.use(on_call(recipients=(FIRST, SECOND), validity=3600))
    (told,) = await desk.notify(A)
    messages = await desk.messages()
    assert [message.to for message in messages] == [FIRST, SECOND]
    assert told.messages == tuple(message.id for message in messages)
    one = messages[0]
    assert one.text == "ALERT (1 firing): DiskFull\ninstance=a"
    assert (one.client, one.type, one.priority, one.in_doubt) == (
        "monitoring",
        "alert",
        Priority.NORMAL,
        Doubt.RESEND,
    )
    assert one.expires_at is not None
    assert timedelta(minutes=59) < one.expires_at - one.created_at <= timedelta(hours=1)


async def test_critical_alert_goes_before_others(desk: Desk) -> None:
    await desk.notify(CRITICAL)
    assert [message.priority for message in await desk.messages()] == [Priority.HIGH]


async def test_notification_that_comes_again_makes_no_message(desk: Desk) -> None:
    assert await desk.results(A) == ["told"]
    assert await desk.results(A) == ["unchanged"]
    assert len(await desk.messages()) == 1


async def test_notifications_that_come_at_once_make_one_message(desk: Desk) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(desk.notify, A)
    assert len(await desk.messages()) == 1


async def test_change_and_end_are_told(desk: Desk) -> None:
    await desk.notify(A)
    await desk.notify(A, B)
    await desk.notify(over(A), over(B))
    texts = [message.text.split(":")[0] for message in await desk.messages()]
    assert texts == ["ALERT (1 firing)", "UPDATE (2 firing, 1 new)", "RESOLVED (2 resolved)"]


async def test_each_list_is_told_of_its_own_alerts(desk: Desk) -> None:
    desk.use(
        on_call("db", recipients=(FIRST,), match={"team": ("db",)}),
        on_call("web", recipients=(SECOND,), match={"team": ("web", "front")}),
        on_call("net", match={"team": ("net",)}),
    )
    told = await desk.notify(alert(team="db"), alert("Slow", team="front"))
    assert [(each.list, each.firing) for each in told] == [("db", 1), ("web", 1)]
    assert {message.to: message.text for message in await desk.messages()} == {
        FIRST: "ALERT (1 firing): DiskFull",
        SECOND: "ALERT (1 firing): Slow",
    }


async def test_held_alert_leaves_in_the_morning(desk: Desk) -> None:
    desk.use(on_call(quiet_hours="22:00-07:00"))
    desk.turn_clock(NIGHT)
    (told,) = await desk.notify(A)
    (message,) = await desk.messages()
    assert (told.result.value, told.held_until, message.send_at) == ("held", MORNING, MORNING)


async def test_held_alert_that_ends_in_the_night_never_leaves(desk: Desk) -> None:
    desk.use(on_call(recipients=(FIRST, SECOND), quiet_hours="22:00-07:00"))
    desk.turn_clock(NIGHT)
    (held,) = await desk.notify(A)
    (dropped,) = await desk.notify(over(A))
    assert (dropped.result.value, dropped.cancelled, dropped.messages) == ("dropped", held.messages, ())
    assert {message.state for message in await desk.messages()} == {State.CANCELLED}
    assert await desk.results(A) == ["held"]


async def test_held_message_that_a_person_cancelled_is_no_obstacle(desk: Desk) -> None:
    desk.use(on_call(quiet_hours="22:00-07:00"))
    desk.turn_clock(NIGHT)
    (held,) = await desk.notify(A)
    await desk.queue.cancel(None, held.messages[0], actor="test")
    assert await desk.results(over(A)) == ["dropped"]


async def test_recipient_who_opted_out_keeps_nobody_else_from_knowing(desk: Desk) -> None:
    desk.use(on_call(recipients=(FIRST, SECOND)))
    await desk.queue.opt_outs.add(FIRST, reason="asked", actor="test")
    (told,) = await desk.notify(A)
    assert [message.to for message in await desk.messages()] == [SECOND]
    (skipped,) = told.skipped
    assert skipped.recipient == "+34…01"
    assert [(error.field, error.code) for error in skipped.errors] == [
        ("on_call.ops.recipients.0", "opted_out")
    ]


async def test_alert_that_nobody_can_be_told_of_is_refused_and_not_taken_as_told(desk: Desk) -> None:
    await desk.queue.opt_outs.add(FIRST, reason="asked", actor="test")
    with pytest.raises(InvalidRequest, match="START"):
        await desk.notify(A)
    assert desk.rows() == 0
    await desk.queue.opt_outs.remove(FIRST, reason="asked again", actor="test")
    assert await desk.results(A) == ["told"]


async def test_list_that_can_not_be_told_does_not_stop_the_others(desk: Desk) -> None:
    desk.use(on_call("one", recipients=(FIRST,)), on_call("two", recipients=(SECOND,)))
    await desk.queue.opt_outs.add(FIRST, reason="asked", actor="test")
    assert await desk.results(A) == ["undeliverable", "told"]
    await desk.queue.opt_outs.remove(FIRST, reason="asked again", actor="test")
    assert await desk.results(A) == ["told", "unchanged"]


@pytest.mark.parametrize(
    ("settings", "field", "code", "words"),
    [
        ({"receivers": ("night",)}, "receiver", "unknown_receiver", "there are lists for night"),
        ({"match": {"team": ("web",)}}, "alerts", "no_list", "`match`"),
        ({"client": "other"}, "receiver", "no_list", "for this token"),
    ],
)
async def test_notification_that_fits_no_list_is_refused_with_the_reason(
    desk: Desk, settings: dict[str, object], field: str, code: str, words: str
) -> None:
    desk.use(on_call(**settings))
    with pytest.raises(InvalidRequest) as refused:
        await desk.notify(A)
    (error,) = refused.value.errors
    assert (error.field, error.code) == (field, code)
    assert words in error.message


async def test_list_of_one_client_is_open_to_administrators(desk: Desk) -> None:
    desk.use(on_call(client="other"))
    desk.principal = replace(desk.principal, scopes=frozenset({Scope.ADMIN}))
    assert await desk.results(A) == ["told"]


async def test_clients_know_groups_apart(desk: Desk) -> None:
    await desk.notify(A)
    shop = await desk.setup.client("shop")
    desk.principal = replace(desk.principal, client_id=shop, client="shop")
    assert await desk.results(A) == ["told"]
    assert [view.client for view in await desk.alerts.groups(shop, 10)] == ["shop"]
    assert len(await desk.alerts.groups(None, 10)) == 2


async def test_group_shows_what_became_of_it(desk: Desk) -> None:
    (told,) = await desk.notify(A, B)
    await desk.notify(A, B)
    (view,) = await desk.alerts.groups(None, 10)
    assert (view.list, view.firing, view.result, view.notices) == ("ops", 2, "told", 1)
    assert view.messages == told.messages
    assert view.group.startswith("{}/{team=")


async def test_group_is_forgotten_some_weeks_after_it_was_last_spoken_of(desk: Desk) -> None:
    await desk.notify(A)
    desk.turn_clock(desk.setup.clock.now() + KEPT + timedelta(hours=1))
    other = replace(desk.principal, client_id=await desk.setup.client("shop"))
    desk.principal = other
    await desk.notify(B)
    assert desk.rows() == 1


async def test_alert_above_its_clients_limit_is_not_taken_as_told(desk: Desk) -> None:
    desk.use(on_call(recipients=(FIRST, SECOND)))
    await desk.setup.limit("monitoring", queue_cap=1)
    with pytest.raises(LimitReached):
        await desk.notify(A)
    assert (await desk.messages(), desk.rows()) == ([], 0)
    await desk.setup.limit("monitoring", queue_cap=2)
    assert await desk.results(A) == ["told"]
