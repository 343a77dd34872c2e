"""Managed batches as the API, the command line and the pages use them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

import trio

from gatewayd.access.scopes import Principal
from gatewayd.batches import records, shaping, steering, uploading
from gatewayd.batches.approval import require_approver, require_worker
from gatewayd.batches.checking import STAND_IN_NUMBER, STAND_IN_TEXT, Checker, wording_of
from gatewayd.batches.settings import BatchesSettings
from gatewayd.batches.sheets import Sheet
from gatewayd.batches.states import Event, State
from gatewayd.batches.uploading import SLICE, Origin, Taken
from gatewayd.batches.view import BatchDetail, BatchDraft, BatchPage, BatchView, RowPage, RowView
from gatewayd.batches.worker import BatchWorker
from gatewayd.clock import Clock
from gatewayd.errors import Conflict, FieldError, InvalidRequest
from gatewayd.message import Priority
from gatewayd.queue import managed
from gatewayd.queue.draft import IdempotencyKey, Rejected
from gatewayd.queue.service import Queue
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx
from gatewayd.templates.service import Templates

#: Rows of one read of a report.
EXPORT_ROWS = 1000
_NO_CHANGES: Mapping[str, Any] = MappingProxyType({})


class Batches(BatchWorker):
    """Makes, shows and steers batches; its worker (``run``) moves them on."""

    def __init__(
        self, database: Runner, queue: Queue, templates: Templates, clock: Clock, settings: BatchesSettings
    ) -> None:
        super().__init__(database, queue, templates, clock, settings)
        self.settings = settings
        self.templates = templates

    # --- making ---

    async def create(
        self, principal: Principal, draft: BatchDraft, sheet: Sheet, *, key: IdempotencyKey | None = None
    ) -> tuple[BatchView, bool]:
        """Take a batch in, to be checked; return it, and whether the same request had made it before.

        Nothing of it is there before all of it is. Raises InvalidRequest naming what is wrong with it as a whole,
        KeyReused, Conflict ``upload_going_on`` and StorageFull.
        """
        require_worker(principal)
        now = self._clock.now()
        origin = Origin(principal.client_id, principal.actor, now, key)
        if key is not None and (earlier := await self._earlier(origin, key)) is not None:
            return earlier, True
        await self._require_sound(draft, sheet.columns, principal.client_id)
        seq = await self._begin(draft, sheet.columns, origin)
        try:
            count = await self._take_in(seq, sheet)
            row = await self._database.run(
                uploading.finish, seq, count, principal.actor, self._clock.now(), lane=Lane.BULK
            )
        finally:
            # Where it failed, the worker removes what has come in.
            self.uploads.discard(seq)
            self.wakeup.ring()
        return self._view(row), False

    async def _begin(self, draft: BatchDraft, columns: Sequence[str], origin: Origin) -> int:
        """Begin a batch, which the worker leaves alone until its rows are here; return its number."""
        self.arriving += 1
        try:
            seq = await self._database.run(uploading.insert, draft, columns, origin)
        except Taken:
            words = "the same request is coming in on another connection; ask again later"
            raise Conflict("upload_going_on", words) from None
        else:
            self.uploads.add(seq)
            return seq
        finally:
            self.arriving -= 1

    async def _earlier(self, origin: Origin, key: IdempotencyKey) -> BatchView | None:
        row = await self._database.read(uploading.earlier, origin.client_id, key)
        return None if row is None else self._view(row)

    async def _require_sound(self, draft: BatchDraft, columns: Sequence[str], client_id: int) -> None:
        """Raise InvalidRequest naming everything that is wrong with a batch whatever its rows say."""
        if errors := uploading.form_errors(draft, columns):
            raise InvalidRequest(errors)
        await self._queue.refresh()
        row = _Imagined(draft, columns, client_id)
        wording = await wording_of(row, self._templates)
        checker = Checker(row, wording, self._queue)
        tried = checker.draft([STAND_IN_NUMBER] * len(columns), STAND_IN_TEXT)
        found = self._queue.try_row(tried, client_id)
        if isinstance(found, Rejected):
            # The number stands in for many, which have their own verdicts.
            errors = [error for error in found.errors if error.field not in ("to", "text", "reference")]
            if errors:
                raise InvalidRequest(errors)

    async def _take_in(self, seq: int, sheet: Sheet) -> int:
        """Write all rows down; return how many."""
        count = 0
        while some := list(islice(sheet.rows, SLICE)):
            if count + len(some) > self.settings.max_rows:
                words = f"has more than {self.settings.max_rows:,} rows"
                raise InvalidRequest([FieldError("file", "too_many", words)])
            await self._run(uploading.add_rows, seq, count + 1, some)
            count += len(some)
            await trio.lowlevel.checkpoint()
        if not count:
            raise InvalidRequest(
                [FieldError("file", "required", "has no row behind the names of the columns")]
            )
        return count

    # --- showing ---

    async def page(
        self,
        client_id: int | None,
        *,
        states: Sequence[State] = (),
        before: int | None = None,
        limit: int = 100,
    ) -> BatchPage:
        """Up to ``limit`` batches, newest first, before the place ``before``: of one client, or all."""

        statement = records.page(client_id, tuple(map(str, states)), before, limit + 1)
        found = await self._database.read(lambda tx: tx.execute(statement).all())
        shown = found[:limit]
        following = shown[-1].seq if len(found) > limit else None
        return BatchPage(tuple(map(self._view, shown)), following)

    async def find(self, client_id: int | None, id_: str) -> BatchView:
        """One batch. Raises NotFound."""
        return self._view(await self._database.read(steering.find, client_id, id_))

    async def detail(self, client_id: int | None, id_: str) -> BatchDetail:
        """One batch with its problems, its messages by state and when it would be over. Raises NotFound."""

        def read(tx: Tx) -> tuple[Any, dict[str, int], Any, int]:
            row = steering.find(tx, client_id, id_)
            of_batch = {"batch_seq": row.seq}
            problems = {each.code: each.rows for each in records.problems.all(tx, of_batch)}
            if row.outcome is not None:
                messages: Any = shaping.decode_counts(row.outcome)
            else:
                messages = {} if row.queue_batch is None else managed.counts(tx, row.queue_batch)
            return row, problems, messages, records.count_skipped.scalar(tx, of_batch) or 0

        row, problems, messages, skipped = await self._database.read(read)
        view = self._view(row, skipped=skipped)
        currency = self._queue.currency if self._queue.priced else None
        return BatchDetail(view, problems, messages, await self._ends_at(row, view), currency)

    async def _ends_at(self, row: Any, view: BatchView) -> Any:
        if view.state not in (State.CHECKED, State.APPROVED, State.RUNNING):
            return None
        priority = view.options.priority or Priority.BULK
        return await self._queue.ends_at(shaping.decode_routes(row.routes), priority, view.options.send_at)

    async def rows(
        self, client_id: int | None, id_: str, *, errors: bool = False, after: int = 0, limit: int = 100
    ) -> RowPage:
        """Up to ``limit`` rows behind the number ``after``: all, or those with ``errors``. Raises NotFound."""

        def read(tx: Tx) -> list[RowView]:
            row = steering.find(tx, client_id, id_)
            statement = records.rows_with_errors if errors else records.rows
            found = statement.all(tx, {"batch_seq": row.seq, "after": after, "limit": limit + 1})
            return [shaping.row_view(each) for each in found]

        found = await self._database.read(read)
        shown = tuple(found[:limit])
        return RowPage(shown, shown[-1].number if len(found) > limit else None)

    async def report(
        self, client_id: int | None, id_: str, *, errors: bool = False
    ) -> AsyncIterator[tuple[RowView, ...]]:
        """Every row, some at a time: one short read each. Raises NotFound."""
        after: int | None = 0
        while after is not None:
            page = await self.rows(client_id, id_, errors=errors, after=after, limit=EXPORT_ROWS)
            yield page.rows
            after = page.next

    # --- steering ---

    async def recheck(self, principal: Principal, id_: str, *, version: int | None = None) -> BatchView:
        """Check every row again. Raises what ``_steer`` raises."""
        afresh = {"checked": 0, "good": 0, "parts": 0, "price": None, "routes": "{}", "template_label": None}
        return await self._steer(principal, id_, Event.RECHECK, version=version, changes=afresh)

    async def approve(
        self,
        principal: Principal,
        id_: str,
        *,
        version: int | None = None,
        reason: str | None = None,
        restored: bool = False,
    ) -> BatchView:
        """Release a batch.

        ``restored``: it comes from a copy, and may be sent though the original may have sent it. Raises
        ApproverRequired, SelfApproval, Conflict ``nothing_to_send`` and ``restored``, and as ``_steer``.
        """
        above, now = self.settings.approval_above, self._clock.now()

        def approve(tx: Tx) -> Any:
            row = steering.find(tx, principal.sees, id_)
            steering.require_version(row, version)
            if row.state == State.CHECKED:
                require_approver(principal, good=row.good, above=above, created_by=row.created_by)
                if not row.good:
                    raise Conflict("nothing_to_send", "none of its rows can be sent")
            steering.require_word(row, Event.APPROVE, restored=restored)
            by = {"approved_at": now, "approved_by": principal.actor[:80]}
            steering.step(tx, row, Event.APPROVE, now, actor=principal.actor, reason=reason, **by)
            return records.load.first(tx, {"seq": row.seq})

        return self._view(await self._database.run(approve))

    async def pause(
        self, principal: Principal, id_: str, *, version: int | None = None, reason: str | None = None
    ) -> BatchView:
        """Let nothing of a batch leave that has not begun. Raises what ``_steer`` raises."""
        return await self._steer(principal, id_, Event.PAUSE, version=version, reason=reason)

    async def resume(
        self,
        principal: Principal,
        id_: str,
        *,
        version: int | None = None,
        reason: str | None = None,
        restored: bool = False,
    ) -> BatchView:
        """Let a paused batch go on. ``restored`` as for ``approve``. Raises what ``_steer`` raises."""
        return await self._steer(
            principal, id_, Event.RESUME, version=version, reason=reason, restored=restored
        )

    async def cancel(
        self, principal: Principal, id_: str, *, version: int | None = None, reason: str | None = None
    ) -> BatchView:
        """End a batch; what of it has not begun never leaves. Raises what ``_steer`` raises."""
        return await self._steer(principal, id_, Event.CANCEL, version=version, reason=reason)

    async def _steer(
        self,
        principal: Principal,
        id_: str,
        event: Event,
        *,
        version: int | None,
        reason: str | None = None,
        restored: bool = False,
        changes: Mapping[str, Any] = _NO_CHANGES,
    ) -> BatchView:
        """Do a step.

        Raises RoleRequired, NotFound, PreconditionFailed, and Conflict ``wrong_state``; ``restored`` of ``resume``.
        """
        require_worker(principal)
        now = self._clock.now()

        def steer(tx: Tx) -> Any:
            row = steering.find(tx, principal.sees, id_)
            steering.require_version(row, version)
            if event is Event.RESUME:
                steering.require_word(row, event, restored=restored)
            steering.step(tx, row, event, now, actor=principal.actor, reason=reason, **changes)
            return records.load.first(tx, {"seq": row.seq})

        return self._view(await self._database.run(steer))

    def _view(self, row: Any, *, skipped: int = 0) -> BatchView:
        return shaping.batch_view(row, approval_above=self.settings.approval_above, skipped=skipped)


class _Imagined:
    """A batch's row as it would be, for looking at what it says before it is there."""

    def __init__(self, draft: BatchDraft, columns: Sequence[str], client_id: int) -> None:
        self.client_id = client_id
        self.columns = shaping.encode(list(columns))
        self.recipient_column = draft.recipient_column
        self.text = draft.text
        self.template = draft.template
        self.language = draft.language
        self.options = shaping.encode_options(draft.options)
