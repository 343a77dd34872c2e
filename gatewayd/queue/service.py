"""The queue as the API, the command line and the procedures use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gatewayd.errors import NotFound
from gatewayd.modem.ports import LinkState
from gatewayd.queue import cancelling, lookup, modes, restoring
from gatewayd.queue.activity import Slot, activity
from gatewayd.queue.bulk import Bulk
from gatewayd.queue.doubt import Verdict, resolve
from gatewayd.queue.halting import resume
from gatewayd.queue.inbox import Inbox
from gatewayd.queue.keywords import Wish
from gatewayd.queue.modes import Mode
from gatewayd.queue.optouts import OptOuts
from gatewayd.queue.records import history
from gatewayd.queue.usage import Standing, Usage, standings, usage
from gatewayd.queue.view import MessageDetail, MessageView, ModemView, Obstacle, Page, Query
from gatewayd.queue.wishes import Replies, Rules
from gatewayd.sms.segments import Plan
from gatewayd.store.runner import Lane
from gatewayd.store.transaction import Tx

#: Rows of one read of an export.
EXPORT_ROWS = 1000


class Queue(Bulk):
    """Accepts messages (``Intake``, ``Bulk``), shows them, and steers their sending."""

    async def find(self, query: Query) -> Page:
        """One page of the history. Raises SearchTooLong."""
        return await self._database.read(lookup.page, query, search=query.looks_through)

    async def export(self, query: Query) -> AsyncIterator[list[MessageView]]:
        """Every message of a search, some at a time: one short read each, so that a slow reader pins nothing."""
        query = replace(query, limit=EXPORT_ROWS, until=query.until or self._clock.now())
        while True:
            page = await self.find(query)
            yield list(page.messages)
            if page.next is None:
                return
            query = replace(query, after=page.next)

    async def detail(self, client_id: int | None, id_: str) -> MessageDetail:
        """One message with all that happened to it. Raises NotFound."""
        return await self._database.read(lookup.detail, client_id, id_)

    async def activity(self, bounds: Sequence[datetime]) -> list[Slot]:
        """What was accepted between each two of ``bounds``, and has left since or failed."""
        return await self._database.read(activity, bounds)

    # --- what comes back ---

    @property
    def inbox(self) -> Inbox:
        """What was received."""
        return Inbox(self._database, self._clock)

    @property
    def opt_outs(self) -> OptOuts:
        """Who wants no messages."""
        return OptOuts(self._database, self._clock, self.pseudonyms, cancel=self._honour_opt_out)

    def receiving_rules(self) -> Rules:
        """How received messages are understood, by the configuration in force."""
        replies = self._settings.replies
        texts = {Wish.STOP: replies.stop, Wish.START: replies.start}
        answered = {wish: text for wish, text in texts.items() if text is not None}
        return Rules(
            keywords=self._keywords,
            honour=self._honour_opt_out,
            region=self._admission.region,
            replies=Replies(answered, self._admission) if answered else None,
            pseudonym=self.pseudonyms.of,
        )

    # --- what clients may ---

    @property
    def currency(self) -> str:
        """ISO 4217 code of the currency of all prices."""
        return self._admission.prices.currency

    def measure(self, text: str) -> Plan:
        """What a text will take, whomever it goes to. Raises Unencodable and TooManyParts."""
        return self._admission.measure(text)

    async def usage(self, client_id: int) -> Usage:
        """How much of its limits a client has used. Raises NotFound."""
        name, now = await self._name(client_id), self._clock.now()

        def look(tx: Tx) -> Usage:
            holding = self._limiting.holding(tx, client_id)
            currency = self._admission.prices.currency
            return usage(tx, client_id, name, holding, self._scheduler.quotas, currency, now)

        return await self._database.read(look)

    async def standings(self) -> list[Standing]:
        """How every client stands."""
        return await self._database.read(standings, self._clock.now())

    # --- steering ---

    async def cancel(
        self, client_id: int | None, id_: str, *, remaining: bool = False, actor: str
    ) -> MessageView:
        """Take a message back. Raises NotFound and Conflict; see ``cancelling.cancel``."""
        now = self._clock.now()
        return await self._database.run(
            lambda tx: cancelling.cancel(tx, client_id, id_, remaining=remaining, actor=actor, at=now)
        )

    async def resolve(
        self, client_id: int | None, id_: str, verdict: str, *, actor: str, reason: str
    ) -> MessageView:
        """Settle a message in doubt as a person says. Raises NotFound, and Conflict where it isn't in doubt."""
        said, now = Verdict(verdict), self._clock.now()
        return await self._database.run(
            lambda tx: resolve(tx, client_id, id_, said, actor=actor, reason=reason, at=now)
        )

    async def modems(self) -> list[ModemView]:
        """Every configured modem."""
        return [await self.modem(name) for name in self._lines.names()]

    async def modem(self, name: str) -> ModemView:
        """One modem. Raises NotFound."""
        worker = self._scheduler.workers.get(name)
        if worker is None:
            raise NotFound(f"there is no modem {name}")
        now = self._clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        sent: int = await self._database.read(
            lambda tx: history.sent_since.scalar(tx, {"modem": name, "since": midnight}) or 0
        )
        resting = worker.health.resting()
        return ModemView(
            status=self._lines.status(name),
            mode=worker.mode,
            mode_reason=worker.mode_reason,
            interval=worker.pace.interval,
            free_at=worker.pace.free_wall(),
            resting_until=now + timedelta(seconds=worker.health.left()) if resting else None,
            resting_reason=worker.health.reason if resting else None,
            failing=worker.health.failing,
            sent_today=sent,
        )

    async def set_mode(self, name: str, mode: str, *, actor: str, reason: str | None) -> ModemView:
        """Pause, drain or set running a modem. Raises NotFound."""
        worker = self._scheduler.workers.get(name)
        if worker is None:
            raise NotFound(f"there is no modem {name}")
        wanted, now = Mode(mode), self._clock.now()
        await self._database.run(
            lambda tx: modes.set_mode(tx, name, wanted, worker.set_mode, actor=actor, reason=reason, at=now)
        )
        return await self.modem(name)

    def obstacles(self) -> list[Obstacle]:
        """Why nothing could be sent now; empty where something could."""
        found = []
        if self._scheduler.halted is not None:
            found.append(Obstacle("halted", f"halted: {self._scheduler.halted}; see `gatewayd resume`"))
        if self._database.full:
            found.append(
                Obstacle("storage_full", "the disk is full: nothing is accepted or sent until there is space")
            )
        reasons = [reason for name in self._lines.names() if (reason := self._hindrance(name)) is not None]
        if not self._lines.names():
            found.append(Obstacle("no_modem", "no modem is configured"))
        elif len(reasons) == len(self._lines.names()):
            found.append(Obstacle("no_modem", "; ".join(reasons)))
        return found

    def _hindrance(self, name: str) -> str | None:
        status, worker = self._lines.status(name), self._scheduler.workers.get(name)
        if status.state is not LinkState.READY:
            return f"{name} is {status.state}" + (f": {status.reason}" if status.reason else "")
        if worker is not None and worker.mode is not Mode.RUNNING:
            return f"{name} is {worker.mode}" + (f": {worker.mode_reason}" if worker.mode_reason else "")
        return None

    async def release(self, ids: Collection[str] | None = None, *, actor: str, reason: str) -> int:
        """Send what a restored copy holds back, all or those named; return how many. See ``restoring.release``."""
        released, after = 0, restoring.BEGINNING
        named = None if ids is None else frozenset(ids)
        at_end = False
        while not at_end:
            now = self._clock.now()
            some = await self._database.run(
                restoring.release, named, after, actor, reason, now, lane=Lane.BULK
            )
            released, after, at_end = released + some.released, some.after, some.at_end
        return released

    async def resume(self, *, actor: str, reason: str) -> None:
        """End a halt. Raises Conflict where there is none."""
        now = self._clock.now()
        await self._database.run(resume, actor, reason, now)
        self._scheduler.unhalt()
