"""Emptying the modem's memories into the mailbox: read, hand over, and only then delete.

A place is remembered with its octets from the moment the mailbox has them until it is deleted. So an entry that can't
be deleted, or that shall stay, is handed over once and not at each look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from gatewayd.modem import metrics, notices, storage
from gatewayd.modem.ports import Mailbox, ModemStatus
from gatewayd.modem.session import Session
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.watermark import Watermark

logger = structlog.get_logger()

_PRESENT: Final = ""
"""Stands for the memory that is selected, where the modem doesn't let us choose."""
_READ: Final = 1
"""<stat> of a message that was read before."""

_Place = tuple[str, int]
"""A memory and an index in it."""


class Sweeper:
    """Empties one modem's memories. ``meanwhile`` is awaited between two entries: what comes directly is urgent."""

    def __init__(
        self,
        settings: ModemSettings,
        watermark: Watermark,
        *,
        status: Callable[[], ModemStatus],
        meanwhile: Callable[[], Awaitable[None]],
    ) -> None:
        self._keeps_foreign = settings.purge == "never"
        self._watermark = watermark
        self._status = status
        self._meanwhile = meanwhile
        self._memories: tuple[str, ...] = ()
        self._known: dict[_Place, bytes] = {}
        """What the mailbox has, and the memory still has too."""
        self._foreign: dict[_Place, bytes] = {}
        """What shall stay in its memory."""
        self._failing: set[_Place] = set()
        """What the mailbox failed at."""
        self._left: dict[str, int] = {}
        """How many entries the last look left behind, by memory; while there are no more, there is nothing to do."""

    def begin(self) -> None:
        """Look into everything again: the modem was set up anew and may be another one, or room must be made."""
        self._memories = ()
        self._left.clear()

    async def fetch(self, session: Session, mailbox: Mailbox, announced: Sequence[notices.Stored]) -> bool:
        """Fetch what was announced. False: something wasn't where it should be, so all memories are to be looked into.

        Raises as ``Session.command``, and what the mailbox raises.
        """
        if session.quirks.deletes_others or any(notice.index < 0 for notice in announced):
            return False
        found_all = True
        for memory in dict.fromkeys(notice.memory for notice in announced):
            if memory not in await self._readable(session) or await storage.select(session, memory) is None:
                found_all = False
                continue
            entries = {}
            for notice in announced:
                if notice.memory != memory:
                    continue
                # One place can be announced twice, for a report and a message: EC25 says "SM" of one that lies in "SR".
                if notice.index not in entries:
                    entries[notice.index] = await storage.read_entry(session, notice.index)
                entry = entries[notice.index]
                found_all &= entry is not None and _is(notice.what, memory, entry)
            received = [entry for entry in entries.values() if entry is not None and entry.received]
            await self._take(session, mailbox, memory, received)
        return found_all

    async def sweep(self, session: Session, mailbox: Mailbox) -> None:
        """Look into every memory, and take what is there. Raises as ``fetch``."""
        memories = await self._readable(session)
        for memory in memories:
            usage = await storage.select(session, memory)
            if usage is None:
                continue
            await self._watermark.measured(self._status(), memory, usage, mailbox)
            if usage.used != self._left.get(memory, 0):
                # Not what the next look counts: more may have come meanwhile.
                self._left[memory] = await self._take_all(session, mailbox, memory)
                usage = await storage.select(session, memory) or usage
                await self._watermark.measured(self._status(), memory, usage, mailbox)
            self._watermark.judge(session.name, memory)
        if not memories:
            await self._take_all(session, mailbox, _PRESENT)

    async def _readable(self, session: Session) -> tuple[str, ...]:
        if not self._memories:
            # Also where it told none the last time: a line may have gone missing.
            self._memories = await storage.read_memories(session)
        return self._memories

    async def _take_all(self, session: Session, mailbox: Mailbox, memory: str) -> int:
        """Take what the selected memory holds; return how many entries are left there.

        Where that is wanted, what somebody has read before us stays.
        """
        listed = await storage.list_entries(session)
        entries = [entry for entry in listed if entry.received]
        if self._keeps_foreign:
            for entry in entries:
                place = (memory, entry.index)
                if entry.status == _READ and self._known.get(place) != entry.octets:
                    self._foreign[place] = entry.octets
        return len(listed) - await self._take(session, mailbox, memory, entries)

    async def _take(
        self, session: Session, mailbox: Mailbox, memory: str, entries: Sequence[storage.Entry]
    ) -> int:
        """Hand the entries over, and only when all of them are safe delete them; return how many are deleted."""
        known = [entry for entry in entries if self._known.get((memory, entry.index)) == entry.octets]
        deleted = await self._delete(session, memory, known)
        # One that the mailbox failed at mustn't keep the others waiting.
        fresh = sorted(
            (entry for entry in entries if entry not in known),
            key=lambda entry: (memory, entry.index) in self._failing,
        )
        for entry in fresh:
            if entry.octets:
                await self._hand_over(mailbox, memory, entry)
            await self._meanwhile()
        return deleted + await self._delete(session, memory, fresh)

    async def _hand_over(self, mailbox: Mailbox, memory: str, entry: storage.Entry) -> None:
        place, status = (memory, entry.index), self._status()
        kind: storage.Kind = "report" if _is("report", memory, entry) else "message"
        self._failing.add(place)
        await (mailbox.report if kind == "report" else mailbox.message)(status, entry.octets)
        self._failing.discard(place)
        self._known[place] = entry.octets
        metrics.RECEIVED.labels(status.name, kind, "stored").inc()

    async def _delete(self, session: Session, memory: str, entries: Sequence[storage.Entry]) -> int:
        deleted = 0
        # Each place once: it may be filled again at once, with what nobody has read yet.
        for entry in {entry.index: entry for entry in entries}.values():
            place = (memory, entry.index)
            if entry.octets and self._foreign.get(place) == entry.octets:
                continue
            if await storage.delete_entry(session, entry.index):
                self._known.pop(place, None)
                deleted += 1
            else:
                logger.warning("modem.not_deleted", modem=session.name, memory=memory, index=entry.index)
            await self._meanwhile()
        return deleted


def _is(what: storage.Kind, memory: str, entry: storage.Entry) -> bool:
    """Whether an entry is a message or a report; what is neither is kept with the messages, for people to see."""
    kind = "report" if memory == storage.REPORTS else storage.kind_of(entry.octets) or "message"
    return kind == what
