"""What must hold of all that was sent to our SIMs: it is in the inbox once, as it was said, and STOP is obeyed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from gatewayd.queue.keywords import Keywords
from tests.simulation.people import SAID, Said

if TYPE_CHECKING:
    from tests.simulation.world import World


def violations(world: World) -> Iterator[str]:
    """What is wrong, in words."""
    shown = _rows(world, "SELECT * FROM inbox ORDER BY seq")
    # What lies on a SIM that was taken out may be in the inbox already, or not.
    left = {letter.pdu for letters in world.network.letters.values() for letter in letters}
    yield from _marked(world.people.said, shown, left)
    yield from _unmarked(world.people.said, shown, left)
    yield from _keywords(world)


def _rows(world: World, statement: str) -> list[Any]:
    return world.database.transact(lambda tx: list(tx.execute(text(statement))))


def _marked(said: list[Said], shown: list[Any], left: set[bytes]) -> Iterator[str]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in shown:
        marks = {int(mark) for mark in SAID.findall(row.text)}
        if len(marks) > 1:
            yield f"received messages {sorted(marks)} were put together to one"
        for mark in marks:
            found[mark].append(row)
    for mark, message in enumerate(said):
        if not SAID.match(message.text):
            continue
        came = [part for place, part in enumerate(message.parts) if place not in message.lost]
        sure = [part for part in came if part not in left]
        if len(found[mark]) > 1:
            yield f"received message {mark} is in the inbox {len(found[mark])} times"
        elif not found[mark] and sure:
            yield f"received message {mark} was lost"
        for row in found[mark]:
            yield from _of_one(mark, message, row, len(sure), len(came))


def _of_one(mark: int, message: Said, row: Any, sure: int, came: int) -> Iterator[str]:
    if not sure <= row.parts <= came:
        yield f"received message {mark} has {row.parts} parts, and {sure} to {came} came"
    if row.parts + row.missing != len(message.parts):
        yield f"received message {mark} had {len(message.parts)} parts, and {row.missing} count as missing"
    if (row.text == message.text) != (row.missing == 0):
        yield f"received message {mark} says something else"
    if row.sender != message.sender or row.sim not in (message.sim, None):
        yield f"received message {mark} is from somebody else, or on another SIM"


def _unmarked(said: list[Said], shown: list[Any], left: set[bytes]) -> Iterator[str]:
    """Keywords, which can't be told from each other but by who sent how many of them."""
    most = Counter((one.sender, one.text) for one in said if not SAID.match(one.text) and not one.lost)
    least = most - Counter((one.sender, one.text) for one in said if left & set(one.parts))
    found = Counter((row.sender, row.text) for row in shown if not SAID.search(row.text))
    for (_sender, words), count in (found - most).items():
        yield f"{count} times {words!r} is in the inbox, and nobody said it"
    for (_sender, words), count in (least - found).items():
        yield f"{words!r} was lost {count} times"


def _keywords(world: World) -> Iterator[str]:
    """Replay the feed: nothing is accepted for who has said STOP, until they say START."""
    received = {row.id: row for row in _rows(world, "SELECT * FROM inbox")}
    recipients = {row.id: row.recipient for row in _rows(world, "SELECT id, recipient FROM message")}
    keywords, stopped, accepted = Keywords(), set(), set()
    for event in _rows(world, "SELECT kind, subject FROM event ORDER BY seq"):
        if event.kind == "inbox.received":
            row = received[event.subject]
            if (keyword := keywords.find(row.text)) is not None:
                (stopped.add if keyword.wish == "stop" else stopped.discard)(row.sender)
        elif event.kind.startswith("message.") and event.subject not in accepted:
            accepted.add(event.subject)
            if recipients[event.subject] in stopped:
                yield "a message was accepted for somebody who had said STOP"
    if stopped != {row.recipient for row in _rows(world, "SELECT recipient FROM opt_out")}:
        yield "who has opted out isn't who has said STOP"
