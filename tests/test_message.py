from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gatewayd.message import FINAL_STATES, SENT_STATES, TRANSITIONS, Priority, State, new_id

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def reachable_from(state: State) -> set[State]:
    found = {state}
    while more := {after for before, after in TRANSITIONS if before in found} - found:
        found |= more
    return found


def test_every_state_can_be_reached_from_the_first() -> None:
    assert reachable_from(State.STAGED) == set(State)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL_STATES - {State.SENT}))
def test_state_that_is_not_final_leads_to_a_final_one(state: State) -> None:
    assert reachable_from(state) & FINAL_STATES


@pytest.mark.parametrize("state", sorted(FINAL_STATES - {State.FAILED, State.EXPIRED}))
def test_final_state_has_no_way_out(state: State) -> None:
    assert not [after for before, after in TRANSITIONS if before is state]


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED])
def test_message_given_up_moves_only_by_proof_that_it_was_sent(state: State) -> None:
    assert {after for before, after in TRANSITIONS if before is state} == {State.SENT}


def test_message_in_doubt_is_never_cancelled_or_sent_on_without_a_verdict() -> None:
    after_doubt = {after for before, after in TRANSITIONS if before is State.IN_DOUBT}
    assert State.CANCELLED not in after_doubt
    assert State.SENDING not in after_doubt


def test_sent_states_are_never_left_for_unsent_ones() -> None:
    assert all(after in SENT_STATES for before, after in TRANSITIONS if before in SENT_STATES)


def test_priorities_sort_with_the_most_urgent_first() -> None:
    assert [priority.label for priority in sorted(Priority)] == ["emergency", "high", "normal", "bulk"]


def test_new_id_is_a_uuid_of_version_7_with_the_rfc_variant() -> None:
    name = new_id(NOW)
    assert name.version == 7
    assert name.variant == "specified in RFC 4122"


def test_new_id_holds_the_millisecond() -> None:
    assert new_id(NOW).int >> 80 == NOW.timestamp() * 1000


def test_new_ids_of_later_milliseconds_sort_later_whatever_the_random_bits() -> None:
    earlier = new_id(NOW, lambda bits: 2**bits - 1)
    later = new_id(NOW + timedelta(milliseconds=1), lambda bits: 0)
    assert str(earlier) < str(later)


def test_new_ids_of_one_millisecond_differ() -> None:
    assert len({new_id(NOW) for _ in range(1000)}) == 1000
