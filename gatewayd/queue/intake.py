"""Bringing messages in: checked, written, answered, and answered the same when asked again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
import trio

from gatewayd.audit import trail
from gatewayd.clock import Clock
from gatewayd.errors import FieldError, InvalidRequest, LimitReached, NotFound, StorageFull
from gatewayd.message import Order, Priority
from gatewayd.modem.ports import Lines
from gatewayd.queue import accepting, cancelling, lookup, metrics, optout
from gatewayd.queue.accepting import Ready
from gatewayd.queue.admission import Admission, Prepared
from gatewayd.queue.draft import Draft, IdempotencyKey, Preview, Receipt, Rejected, Submission
from gatewayd.queue.erasure import Eraser
from gatewayd.queue.forecast import Forecast
from gatewayd.queue.keywords import Keywords
from gatewayd.queue.knowntypes import KnownTypes
from gatewayd.queue.limiting import Limiting
from gatewayd.queue.optedout import OptedOut
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.records import history
from gatewayd.queue.scheduler import Scheduler
from gatewayd.queue.settings import QueueSettings
from gatewayd.queue.view import Depth
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx

log = structlog.get_logger(__name__)

#: Objects of an array that are checked, and written, at a stretch: others get their turn between.
SLICE = 200


class Intake:
    """The side of the queue where messages come in."""

    def __init__(
        self,
        database: Runner,
        scheduler: Scheduler,
        admission: Admission,
        lines: Lines,
        clock: Clock,
        settings: QueueSettings,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._database = database
        self._scheduler = scheduler
        self._admission = admission
        self._lines = lines
        self._clock = clock
        self._keep_answers = timedelta(days=settings.idempotency_days)
        self._forecast = Forecast(scheduler, lines, clock, admission)
        self._settings = settings
        self._keywords = Keywords(settings.stop_words, settings.start_words)
        self._honour_opt_out = settings.honour_opt_out
        self.pseudonyms = pseudonyms
        self.eraser = Eraser(database, clock, pseudonyms)
        self._opted_out = OptedOut(database, pseudonyms, honoured=settings.honour_opt_out)
        self.types = KnownTypes(database, clock)
        self._limiting = Limiting(
            database, lambda: self._admission.general_limits, lambda parts: self._forecast.seconds_for(parts)
        )
        self._names: dict[int, str] = {}

    def admit_by(self, admission: Admission) -> None:
        """Take over other rules for what is accepted; what was accepted before stays."""
        self._admission = admission
        self._forecast = Forecast(self._scheduler, self._lines, self._clock, admission)

    async def refresh(self) -> None:
        """Bring up to date what ``prepare`` looks at."""
        await self._opted_out.refresh()
        await self.types.refresh()
        await self._limiting.refresh()

    def prepare(self, draft: Draft, client_id: int | None = None) -> Prepared:
        """Check a draft without accepting it. Raises InvalidRequest that names every wrong field.

        ``client_id``: whose limits hold; None: nobody's.
        """
        limits = self._limiting.known(client_id)
        return self._admission.prepare(
            draft, self._clock.now(), self._opted_out.known, self.types.known, limits
        )

    async def _prepare_all(self, client_id: int, drafts: Sequence[Draft]) -> list[Prepared]:
        """Check the drafts of one request for several recipients; what is wrong with the text is said once."""
        await self.refresh()
        prepared: list[Prepared] = []
        errors: dict[FieldError, None] = {}
        for position, draft in enumerate(drafts):
            if position % SLICE == 0:
                await trio.lowlevel.checkpoint()
            try:
                prepared.append(self.prepare(draft, client_id))
            except InvalidRequest as invalid:
                for error in invalid.errors:
                    if error.field == "to" and len(drafts) > 1:
                        error = replace(error, field=f"to.{position}")
                    errors[error] = None
        if errors:
            raise InvalidRequest(list(errors))
        return prepared

    async def submit(
        self, client_id: int, drafts: Sequence[Draft], *, key: IdempotencyKey | None = None
    ) -> Submission:
        """Accept all drafts or none; on disk when this returns.

        Raises InvalidRequest, StorageFull, and LimitReached where the client has no room or no money for them.
        """
        ready = await self.ready(client_id, drafts)
        with self._limiting.counted(await self._name(client_id)):
            if key is None:
                return await self._database.run(self.accept, ready)
            answer = await self._database.run(
                self._accept_once, client_id, ready.rows, key, ready.answer, ready.now
            )
        self._accepted(ready.prepared, answer)
        return answer

    async def ready(self, client_id: int, drafts: Sequence[Draft]) -> Ready:
        """Check all drafts, and have them ready for ``accept``. Raises InvalidRequest."""
        prepared = await self._prepare_all(client_id, drafts)
        client = await self._name(client_id)
        now = self._clock.now()
        rows = [
            accepting.row_of(item, client_id, self._admission.route(item, client), now) for item in prepared
        ]
        answer = Submission(tuple(map(accepting.receipt_of, rows, prepared)))
        return Ready(tuple(prepared), rows, answer, now)

    def accept(self, tx: Tx, ready: Ready) -> Submission:
        """Accept what is ready: for those who write something of their own in the same transaction.

        Raises LimitReached where the client has no room or no money for it.
        """
        self._accept(tx, ready.rows, ready.now)
        tx.after_commit(lambda: self._accepted(ready.prepared, ready.answer))
        return ready.answer

    def _accept(self, tx: Tx, rows: list[dict[str, Any]], now: datetime) -> None:
        self._limiting.require_room(tx, accepting.accept(tx, rows, now))
        if self._honour_opt_out:
            # Somebody may have opted out since the rows were checked.
            optout.cancel_late(tx, {row["recipient"] for row in rows}, now)

    def _accept_once(
        self,
        tx: Tx,
        client_id: int,
        rows: list[dict[str, Any]],
        key: IdempotencyKey,
        answer: Submission,
        now: datetime,
    ) -> Submission:
        earlier = accepting.find_answer(tx, client_id, key, now - self._keep_answers)
        if earlier is not None:
            return earlier
        self._accept(tx, rows, now)
        accepting.store_answer(tx, client_id, key, answer, now)
        return answer

    def _accepted(self, prepared: Sequence[Prepared], answer: Submission) -> None:
        if answer.replayed:
            return
        for priority, count in Counter(item.priority for item in prepared).items():
            metrics.accepted.labels(priority.label).inc(count)

    async def submit_array(
        self,
        client_id: int,
        items: Sequence[Draft | Rejected],
        *,
        atomic: bool,
        key: IdempotencyKey | None = None,
    ) -> Submission:
        """Accept what is right of an array, or with ``atomic`` all or nothing. It exists as a whole or not at all.

        Raises LimitReached where the client has no room or no money for what is right of it.
        """
        if key is not None and (earlier := await self.replay(client_id, key)) is not None:
            return earlier
        client = await self._name(client_id)
        await self.refresh()
        now = self._clock.now()
        batch = await self._database.run(accepting.open_batch, client_id, now, lane=Lane.BULK)
        results: list[Receipt | Rejected] = []
        prepared: list[Prepared] = []
        try:
            for start in range(0, len(items), SLICE):
                checked = [self._check(item, client_id) for item in items[start : start + SLICE]]
                good = [item for item in checked if isinstance(item, Prepared)]
                rows = [
                    accepting.row_of(item, client_id, self._admission.route(item, client), now, batch=batch)
                    for item in good
                ]
                receipts = iter(map(accepting.receipt_of, rows, good))
                results += [next(receipts) if isinstance(item, Prepared) else item for item in checked]
                prepared += good
                await self._database.run(accepting.stage, rows, lane=Lane.BULK)
        except BaseException:
            await self._discard(batch)
            raise
        answer = Submission(tuple(results))
        if atomic and answer.accepted < len(items):
            await self._discard(batch)
            return Submission(tuple(r if isinstance(r, Rejected) else Rejected(()) for r in results))
        try:
            with self._limiting.counted(client):
                answer = await self._database.run(
                    self._publish, client_id, batch, key, answer, now, lane=Lane.BULK
                )
        except (LimitReached, InvalidRequest):
            await self._discard(batch)
            raise
        self._accepted(prepared, answer)
        return answer

    def _check(self, item: Draft | Rejected, client_id: int) -> Prepared | Rejected:
        if isinstance(item, Rejected):
            return item
        try:
            return self.prepare(item, client_id)
        except InvalidRequest as invalid:
            return Rejected(tuple(invalid.errors))

    def _publish(
        self,
        tx: Tx,
        client_id: int,
        batch: int,
        key: IdempotencyKey | None,
        answer: Submission,
        now: datetime,
    ) -> Submission:
        if key is not None:
            # The same request may have come twice at once; the second is answered like the first.
            earlier = accepting.find_answer(tx, client_id, key, now - self._keep_answers)
            if earlier is not None:
                accepting.discard(tx, batch)
                return earlier
            accepting.store_answer(tx, client_id, key, answer, now)
        late = optout.recipients_in(tx, batch) if self._honour_opt_out else set()
        account = accepting.publish(tx, batch, now)
        if account is not None:
            self._limiting.require_room(tx, account)
        optout.cancel_late(tx, late, now)
        return answer

    async def _discard(self, batch: int) -> None:
        """Remove what is staged. On a full disk it stays, where nobody sees it, until the next start."""
        with trio.CancelScope(shield=True):
            try:
                await self._database.run(accepting.discard, batch, lane=Lane.BULK)
            except StorageFull:
                # Why it had to be removed is what the caller has to know.
                log.warning("queue.staged_left", reason="disk full")

    async def replay(self, client_id: int, key: IdempotencyKey) -> Submission | None:
        """The stored answer to this key, if there is one. Raises KeyReused where that was another request."""
        since = self._clock.now() - self._keep_answers
        return await self._database.read(accepting.find_answer, client_id, key, since)

    async def preview(self, client_id: int, drafts: Sequence[Draft]) -> list[Preview]:
        """What would become of the drafts. Raises InvalidRequest."""
        prepared = await self._prepare_all(client_id, drafts)
        client = await self._name(client_id)
        depth = await self.depth()
        return [self._forecast.preview(item, client, depth) for item in prepared]

    async def depth(self) -> Depth:
        """What waits."""
        return await self._database.read(lookup.depth, self._scheduler.routes)

    def drained_at(self, depth: Depth) -> datetime | None:
        """When all of that would have left, as things stand; None where it is nothing, or no modem can send."""
        return self._forecast.drained_at(depth)

    async def _name(self, client_id: int) -> str:
        """The client's name; clients are never renamed."""
        if client_id not in self._names:
            name = await self._database.read(lambda tx: history.client_name.scalar(tx, {"id": client_id}))
            if name is None:
                raise NotFound(f"there is no client {client_id}")
            self._names[client_id] = name
        return self._names[client_id]

    async def retry(self, client_id: int | None, id_: str, *, actor: str) -> Receipt:
        """Send a message again, as a new one that names the old one. Raises NotFound, Conflict, InvalidRequest.

        The receipt says where the recipient may have got the old one, or a part of it.
        """
        old = await self._database.read(cancelling.again, client_id, id_)
        draft = Draft(
            to=old.recipient,
            text=old.text,
            type=old.type,
            priority=Priority(old.priority),
            encoding="auto",
            flash=old.flash,
            report=old.report,
            modem=old.pinned,
            reference=old.reference,
            in_doubt=lookup.policy(old),
            order=Order(old.ordering),
            template=old.template,
            secret=bool(old.secret),
        )
        now = self._clock.now()
        await self.refresh()
        prepared = self.prepare(draft, old.client_id)
        route = self._admission.route(prepared, old.client)
        row = accepting.row_of(prepared, old.client_id, route, now) | {
            "retry_of": old.id,
        }

        def write(tx: Tx) -> bool:
            given_up = cancelling.again(tx, client_id, id_)
            twice = cancelling.may_have_left(tx, given_up)
            marked = row | {"possible_duplicate": twice}
            self._accept(tx, [marked], now)
            after = {"message": row["id"]}
            trail.record(
                tx, actor=actor, action="message.retry", object=f"message:{old.id}", after=after, at=now
            )
            return twice

        with self._limiting.counted(old.client):
            twice = await self._database.run(write)
        receipt = replace(accepting.receipt_of(row, prepared), possible_duplicate=twice)
        self._accepted([prepared], Submission((receipt,)))
        return receipt
