"""The state table, exhaustively: every state with every event."""

from __future__ import annotations

from itertools import product

import pytest

from gatewayd.audit import trail
from gatewayd.batches import records, steering
from gatewayd.batches.service import Batches
from gatewayd.batches.states import FINAL, TRANSITIONS, Event, Hold, State, possible
from gatewayd.errors import Conflict
from gatewayd.events import feed
from gatewayd.queue import managed
from gatewayd.store.transaction import Tx

from .conftest import Office

#: What DESIGN draws: draft, checked, approved, running to and from paused, done or cancelled; and from a copy nothing
#: goes on by itself.
STEPS = {
    ("draft", "checked"): "checked",
    ("draft", "cancel"): "cancelled",
    ("checked", "check"): "draft",
    ("checked", "approve"): "approved",
    ("checked", "cancel"): "cancelled",
    ("approved", "start"): "running",
    ("approved", "cancel"): "cancelled",
    ("running", "pause"): "paused",
    ("running", "finish"): "done",
    ("running", "cancel"): "cancelled",
    ("paused", "resume"): "running",
    ("paused", "cancel"): "cancelled",
    ("draft", "restore"): "draft",
    ("checked", "restore"): "checked",
    ("approved", "restore"): "checked",
    ("running", "restore"): "paused",
    ("paused", "restore"): "paused",
}
EVERY = list(product(State, Event))


def test_table_has_the_steps_that_are_drawn_and_no_other() -> None:
    assert {(str(a), str(e)): str(step.to) for (a, e), step in TRANSITIONS.items()} == STEPS


def test_final_states_lead_nowhere_and_every_other_can_be_cancelled() -> None:
    assert all(possible(state) == () for state in FINAL)
    assert all(Event.CANCEL in possible(state) for state in set(State) - FINAL)


def test_steps_that_only_gatewayd_does_are_offered_to_nobody() -> None:
    own = {event for (_, event), step in TRANSITIONS.items() if step.by_gatewayd}
    assert own == {Event.CHECKED, Event.START, Event.FINISH, Event.RESTORE}
    assert not own & {event for state in State for event in possible(state)}


def put_into(tx: Tx, id_: str, state: State) -> None:
    """Have a batch with messages of its own be in a state, by whatever way."""
    row = steering.find(tx, None, id_)
    number = managed.begin(tx, row.client_id, row.created_at)
    tx.connection.exec_driver_sql(
        "UPDATE managed_batch SET state = ?, open = 1, queue_batch = ? WHERE id = ?",
        (str(state), number, id_),
    )


@pytest.mark.parametrize(("state", "event"), EVERY)
async def test_event_does_what_the_table_says_or_nothing(office: Office, state: State, event: Event) -> None:
    queue, _ = office.setup.build()
    batches: Batches = office.build(queue)
    by = await office.token()
    made, _ = await batches.create(by, *office.hello())
    database, now = office.setup.database, office.setup.clock.now()
    database.transact(put_into, made.id, state)
    before = database.transact(feed.last)

    def do(tx: Tx) -> None:
        steering.step(tx, steering.find(tx, None, made.id), event, now, actor="user:ana", reason="because")

    step = TRANSITIONS.get((state, event))
    if step is None:
        with pytest.raises(Conflict) as refused:
            database.transact(do)
        assert refused.value.code == "wrong_state"
        assert f"it is {state}" in str(refused.value)
        assert (await batches.find(None, made.id)).state is state
        assert database.transact(feed.last) == before
        return
    database.transact(do)
    view = await batches.find(None, made.id)
    reason = None if step.to is state else "because"
    assert (view.state, view.version, view.reason) == (step.to, made.version + 1, reason)
    (event_,) = database.transact(lambda tx: feed.read_after(tx, before, 10))
    assert (event_.kind, event_.subject, event_.client_id) == (f"batch.{step.to}", made.id, by.client_id)
    (entry, *_) = database.transact(lambda tx: trail.page(tx, limit=1, object=f"batch:{made.id}"))
    assert (entry.action, entry.actor) == (f"batch.{event}", "user:ana")
    row = database.transact(lambda tx: records.find.first(tx, {"id": made.id}))
    assert row is not None
    held = database.transact(managed.is_held, row.queue_batch)
    assert held == (step.messages in (Hold.HELD, Hold.TAKEN_BACK))
    assert (row.sweep is not None) == (step.messages is not Hold.AS_THEY_ARE)
    assert row.open == (step.to not in FINAL or step.messages is Hold.TAKEN_BACK)


async def test_two_steps_at_once_are_one(office: Office) -> None:
    queue, _ = office.setup.build()
    batches = office.build(queue)
    made, _ = await batches.create(await office.token(), *office.hello())
    now = office.setup.clock.now()

    def twice(tx: Tx) -> None:
        row = steering.find(tx, None, made.id)
        steering.step(tx, row, Event.CHECKED, now)
        steering.step(tx, row, Event.CANCEL, now, actor="user:ana")

    with pytest.raises(Conflict, match="changed just now"):
        office.setup.database.transact(twice)
