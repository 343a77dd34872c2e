"""What the database says at the end of a day: the accused."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from gatewayd.store.inline import InlineDatabase
    from tests.simulation.world import World


@dataclass
class Tries:
    """What is on record of the submits of one part."""

    armed: int = 0
    first: int = 0
    """``seq`` of the first."""
    accepted: int = 0
    unanswered: int = 0
    """0x1A was, or may have been, written, and nobody knows what became of it."""


@dataclass(frozen=True)
class Case:
    """Messages, parts and attempts."""

    messages: dict[int, Any]
    """By the number in their mark."""
    parts: dict[int, dict[int, Any]]
    """By their message's ``seq``, then by number."""
    tries: dict[tuple[int, int], Tries]
    """By their message's ``seq`` and the number of the part."""
    doubted: set[tuple[int, int, str | None]]
    """(``seq`` of the message, number, SIM) of every submit whose outcome was unknown."""

    def began(self, mark: int) -> int:
        """``seq`` of the first submit of that message that was armed."""
        seq = self.messages[mark].seq
        return min(
            tried.first for (message, _), tried in self.tries.items() if message == seq and tried.armed
        )

    @classmethod
    def of(cls, world: World) -> Case:
        """Read all of it."""
        parts: dict[int, dict[int, Any]] = defaultdict(dict)
        for row in rows(world.database, "SELECT * FROM part"):
            parts[row.message_seq][row.number] = row
        messages = {int(row.text[2:7]): row for row in rows(world.database, "SELECT * FROM message")}
        tries: dict[tuple[int, int], Tries] = defaultdict(Tries)
        doubted = set()
        for row in rows(world.database, "SELECT * FROM attempt WHERE armed_at NOT NULL ORDER BY seq"):
            tried = tries[row.message_seq, row.part]
            tried.armed += 1
            tried.first = tried.first or row.seq
            tried.accepted += row.outcome == "accepted"
            if row.outcome == "unknown":
                doubted.add((row.message_seq, row.part, row.sim))
                tried.unanswered += row.phase == "submitted"
        return cls(messages, parts, tries, doubted)


def rows(database: InlineDatabase, statement: str) -> list[Any]:
    """What a statement finds."""
    return database.transact(lambda tx: list(tx.execute(text(statement))))
