"""What follows from a registration."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gatewayd.modem.network import Network
from gatewayd.modem.ports import LinkState
from gatewayd.modem.registration import Nudge, Registration, nudge


def reading(word: str) -> Network:
    return Network(word, None, None)


def test_denied_three_times_in_a_row_needs_a_person() -> None:
    registration = Registration(allow_roaming=False)
    states = [
        registration.judge(reading(word))[0]
        for word in ("denied", "denied", "home", "denied", "denied", "denied")
    ]
    searching, ready, stopped = LinkState.SEARCHING, LinkState.READY, LinkState.STOPPED
    assert states == [searching, searching, ready, searching, searching, stopped]


def test_roaming_without_leave_says_which_option_would_allow_it() -> None:
    state, reason = Registration(allow_roaming=False).judge(reading("roaming"))
    assert state is LinkState.STOPPED
    assert "allow_roaming" in (reason or "")


@pytest.mark.parametrize(
    ("word", "seconds", "deed"),
    [
        ("not registered", 59, None),
        ("not registered", 60, Nudge.RESELECT),
        ("searching", 599, None),
        ("searching", 600, Nudge.RESTART),
        ("denied", 6000, None),
    ],
)
def test_modem_without_network_is_nudged_in_time(word: str, seconds: int, deed: Nudge | None) -> None:
    assert nudge(reading(word), timedelta(seconds=seconds)) is deed
