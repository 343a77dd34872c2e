"""Which events a webhook is told of. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: First words of the kinds of events that go out as webhooks, with what they are about.
FAMILIES: Final = {
    "message": "each change of a message",
    "inbox": "received messages",
    "batch": "managed batches",
    "modem": "modems",
    "queue": "the queue as a whole",
}
#: What is told of webhooks themselves never goes out as one: two dead ones would tell of each other for ever.
_OWN: Final = "webhook."
_WORD: Final = r"[a-z][a-z0-9_]*"
_PATTERN: Final = re.compile(rf"\*|{_WORD}(?:\.{_WORD})*(?:\.\*)?")


@dataclass(frozen=True, slots=True)
class Interest:
    """Whose events, and which."""

    patterns: tuple[str, ...]
    """Kinds: ``message.sent``, ``message.*``, ``*``."""
    client_id: int | None
    """The client whose webhook it is, which sees its own events alone; None: the gateway's."""
    clients: frozenset[int] | None = None
    """Of the gateway's webhook: the clients whose events it gets; None: all."""
    sees_inbox: bool = False
    """Whether received messages, which belong to no client, may go there."""

    def wants(self, kind: str, client_id: int | None) -> bool:
        """Whether an event of that kind and client is told."""
        return self._may_see(kind, client_id) and matches(self.patterns, kind)

    def _may_see(self, kind: str, client_id: int | None) -> bool:
        if client_id is None:
            return self.sees_inbox if kind.startswith("inbox.") else self.client_id is None
        if self.client_id is not None:
            return client_id == self.client_id
        return self.clients is None or client_id in self.clients


@lru_cache(maxsize=4096)
def matches(patterns: tuple[str, ...], kind: str) -> bool:
    """Whether any of the patterns names the kind."""
    if kind.startswith(_OWN):
        return False
    return any(_matches(pattern, kind) for pattern in patterns)


def _matches(pattern: str, kind: str) -> bool:
    if pattern == "*":
        return True
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else kind == pattern


def complaint(pattern: str) -> str | None:
    """What is wrong with a pattern, and what would be right; None where it is fine."""
    if not _PATTERN.fullmatch(pattern):
        return "must be a kind of event such as message.sent, or a pattern: message.* or *"
    family = pattern.partition(".")[0]
    if pattern == "*" or (family in FAMILIES and family != pattern):
        return None
    near = difflib.get_close_matches(family, FAMILIES, n=1)
    meant = f"; did you mean {near[0]}.*?" if near else ""
    return f"there are no such events{meant} There are {', '.join(f'{name}.*' for name in FAMILIES)}"


def sees_inbox(patterns: Sequence[str]) -> bool:
    """Whether any of the patterns is about received messages alone."""
    return any(pattern.startswith("inbox.") for pattern in patterns)
