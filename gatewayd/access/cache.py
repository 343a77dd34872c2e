"""All usable tokens in memory, so that a request costs one hash and one look-up.

The whole table is read at once, not token by token: it is small, and a guessed token then costs no database
access at all. After each committed change the cache is dropped and read anew at the next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import trio

from gatewayd.access import records
from gatewayd.access.networks import IPNetwork
from gatewayd.access.scopes import Principal
from gatewayd.store.runner import Runner


@dataclass(slots=True)
class Entry:
    """One usable token."""

    digest: bytes
    principal: Principal
    expires_at: datetime | None
    last_used_at: datetime | None
    networks: tuple[IPNetwork, ...]
    requests_per_minute: int | None
    """Its client's own limit."""


class TokenCache:
    """The usable tokens by public name."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._entries: dict[str, Entry] | None = None
        self._changes = 0
        self._loading = trio.Lock()

    def drop(self) -> None:
        """Forget everything: a change was committed. To be called after the commit, on the trio thread."""
        self._changes += 1
        self._entries = None

    async def entries(self) -> dict[str, Entry]:
        """Return what is usable according to the database; read from there only after a change."""
        while (entries := self._entries) is None:
            async with self._loading:
                await self._load()
        return entries

    async def _load(self) -> None:
        if self._entries is not None:
            return  # Another request read it while this one waited.
        seen = self._changes
        rows = await self._runner.read(records.usable_tokens)
        if seen != self._changes:
            return  # A change was committed meanwhile, and these rows may be older than it.
        self._entries = {row.view.id: _entry(row) for row in rows}


def _entry(row: records.UsableToken) -> Entry:
    view = row.view
    principal = Principal(
        row.client_id, view.client, view.id, frozenset(view.scopes), actor=f"client:{view.client}/{view.id}"
    )
    return Entry(
        row.digest, principal, view.expires_at, view.last_used_at, view.networks, row.requests_per_minute
    )
