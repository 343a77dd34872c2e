"""What must hold after a kill, by the ledger of the simulated network and what clients were told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewayd.modem.simulator import Entry

_SENT = {"sent", "delivered", "undelivered"}


class Violation(AssertionError):
    """A promise was broken."""


@dataclass(frozen=True)
class Figures:
    """What one life held."""

    kills: int = 0
    messages: int = 0
    taken: int = 0
    in_doubt: int = 0

    def __add__(self, other: Figures) -> Figures:
        mine, theirs = vars(self), vars(other)
        return Figures(**{name: mine[name] + theirs[name] for name in mine})


def judge(
    messages: Sequence[Mapping[str, Any]], taken: Iterable[Entry], answered: set[str], kills: int
) -> None:
    """Raise Violation where something was lost, doubled or made up.

    ``messages`` is the settled history, each to a number of its own; ``taken`` what the network took; ``answered`` the
    numbers of those that a client saw accepted. A kill
    may leave one message in doubt on the one modem, so there are ``kills`` at most.
    """
    if found := list(_violations(messages, taken, answered, kills)):
        raise Violation("; ".join(found[:5]))


def _violations(
    messages: Sequence[Mapping[str, Any]], taken: Iterable[Entry], answered: set[str], kills: int
) -> Iterator[str]:
    known = {message["to"]: message for message in messages}
    on_air: dict[str, Counter[int]] = {to: Counter() for to in known}
    if len(known) != len(messages):
        yield "a message is there twice"
    for to in answered - known.keys():
        yield f"the message to {to} was accepted and has vanished"
    for entry in taken:
        if entry.to not in known:
            yield f"something was sent to {entry.to} that is not in the database"
        else:
            on_air[entry.to][entry.parts.n if entry.parts else 1] += 1
    for to, message in known.items():
        yield from _of_message(message, on_air[to])
    if (held := sum(message["state"] == "in_doubt" for message in messages)) > kills:
        yield f"{held} messages are in doubt after {kills} kills"


def _of_message(message: Mapping[str, Any], parts: Counter[int]) -> Iterator[str]:
    to, state = message["to"], message["state"]
    if max(parts.values(), default=0) > 1 and not message["possible_duplicate"]:
        yield f"the message to {to} was sent twice without a mark: {dict(parts)}"
    if state in _SENT:
        if set(parts) != set(range(1, message["parts"] + 1)):
            yield f"the message to {to} is {state}, and of its parts the network took {sorted(parts)}"
    elif state != "in_doubt":
        yield f"the message to {to} is {state} for no reason"
