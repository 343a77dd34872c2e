"""The life of a managed batch: every state, and the one table of steps between them. Pure.

Everything that affects which state may follow which lives here; ``steering.py`` alone writes one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class State(enum.StrEnum):
    """Where a batch is. In JSON, in the database, on pages: these words."""

    DRAFT = "draft"
    """Its rows come in, or are being checked; the worker moves it on."""
    CHECKED = "checked"
    """Every row has its verdict. Waits for a person, or a program where it is small, to approve it."""
    APPROVED = "approved"
    """Released; the worker starts it at once."""
    RUNNING = "running"
    """Its rows become messages, and its messages are sent. Over when none waits, is under way or in doubt."""
    PAUSED = "paused"
    """Nothing of it begins. A person resumes or cancels it. Also what ran in a database that a copy replaced."""
    DONE = "done"
    """Nothing of it waits any more. Final."""
    CANCELLED = "cancelled"
    """What had not begun never will. Final."""


class Event(enum.StrEnum):
    """What may happen to a batch."""

    CHECKED = "checked"
    """gatewayd: its last row has been checked."""
    RECHECK = "check"
    """Somebody wants every row checked again, since opt-outs, templates or types are others now."""
    APPROVE = "approve"
    START = "start"
    """gatewayd: its first row may be handed in."""
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    """gatewayd: nothing of it waits any more."""
    CANCEL = "cancel"
    RESTORE = "restore"
    """gatewayd: a copy is started for the first time, and the batch may have gone on in the original."""


class Hold(enum.Enum):
    """What a step does to the messages that there are already."""

    AS_THEY_ARE = enum.auto()
    HELD = enum.auto()
    """None that has not begun may leave."""
    LET_GO = enum.auto()
    TAKEN_BACK = enum.auto()
    """Held, and then cancelled."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step."""

    to: State
    by_gatewayd: bool = False
    """Never done by a person or a program."""
    messages: Hold = Hold.AS_THEY_ARE


TRANSITIONS: Final[dict[tuple[State, Event], Transition]] = {
    (State.DRAFT, Event.CHECKED): Transition(State.CHECKED, by_gatewayd=True),
    (State.DRAFT, Event.CANCEL): Transition(State.CANCELLED),
    (State.CHECKED, Event.RECHECK): Transition(State.DRAFT),
    (State.CHECKED, Event.APPROVE): Transition(State.APPROVED),
    (State.CHECKED, Event.CANCEL): Transition(State.CANCELLED),
    (State.APPROVED, Event.START): Transition(State.RUNNING, by_gatewayd=True),
    (State.APPROVED, Event.CANCEL): Transition(State.CANCELLED),
    (State.RUNNING, Event.PAUSE): Transition(State.PAUSED, messages=Hold.HELD),
    (State.RUNNING, Event.FINISH): Transition(State.DONE, by_gatewayd=True),
    (State.RUNNING, Event.CANCEL): Transition(State.CANCELLED, messages=Hold.TAKEN_BACK),
    (State.PAUSED, Event.RESUME): Transition(State.RUNNING, messages=Hold.LET_GO),
    (State.PAUSED, Event.CANCEL): Transition(State.CANCELLED, messages=Hold.TAKEN_BACK),
    # What may have been sent since the copy was made goes on by a person's word only.
    (State.DRAFT, Event.RESTORE): Transition(State.DRAFT, by_gatewayd=True),
    (State.CHECKED, Event.RESTORE): Transition(State.CHECKED, by_gatewayd=True),
    (State.APPROVED, Event.RESTORE): Transition(State.CHECKED, by_gatewayd=True),
    (State.RUNNING, Event.RESTORE): Transition(State.PAUSED, by_gatewayd=True, messages=Hold.HELD),
    (State.PAUSED, Event.RESTORE): Transition(State.PAUSED, by_gatewayd=True),
}

FINAL: Final = frozenset({State.DONE, State.CANCELLED})


def possible(state: State) -> tuple[Event, ...]:
    """What people and programs can do to a batch in ``state``."""
    return tuple(
        event for (before, event), step in TRANSITIONS.items() if before is state and not step.by_gatewayd
    )
