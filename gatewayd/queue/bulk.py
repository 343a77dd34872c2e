"""What managed batches ask of the queue: checking one row like any message, handing in many, and how long all take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gatewayd.errors import InvalidRequest
from gatewayd.message import Priority
from gatewayd.queue import accepting
from gatewayd.queue.accepting import Ready
from gatewayd.queue.admission import Prepared
from gatewayd.queue.draft import Draft, Rejected, Submission
from gatewayd.queue.intake import Intake


class Bulk(Intake):
    """The side of the queue where managed batches come in."""

    async def client_name(self, client_id: int) -> str:
        """The name of a client. Raises NotFound."""
        return await self._name(client_id)

    @property
    def priced(self) -> bool:
        """Whether anything has a price."""
        return self._admission.prices.priced

    def try_row(self, draft: Draft, client_id: int) -> Prepared | Rejected:
        """Check one row; call ``refresh`` before the first of many."""
        try:
            return self.prepare(draft, client_id)
        except InvalidRequest as invalid:
            return Rejected(tuple(invalid.errors))

    def route_of(self, prepared: Prepared, client: str) -> str:
        """The route of a row of the client of that name."""
        return self._admission.route(prepared, client)

    def hand_in(
        self, prepared: Sequence[Prepared], client_id: int, client: str, batch: int, at: datetime
    ) -> Ready:
        """Rows of the managed batch ``batch`` (``managed.begin``), ready for ``accept``; ``client`` is its name."""
        rows = [
            accepting.row_of(item, client_id, self._admission.route(item, client), at)
            | {"batch_id": batch, "managed": True}
            for item in prepared
        ]
        answer = Submission(tuple(map(accepting.receipt_of, rows, prepared)))
        return Ready(tuple(prepared), rows, answer, at)

    async def ends_at(
        self, parts: Mapping[str, int], priority: Priority, send_at: datetime | None
    ) -> datetime | None:
        """When the last of so many ``parts`` (by route) would leave, if they were accepted now.

        None where there are none, or while no modem could send some of them.
        """
        depth = await self.depth()
        ends = [
            self._forecast.ends_at(route, count, priority, depth) for route, count in parts.items() if count
        ]
        known = [end for end in ends if end is not None]
        if not known or len(known) < len(ends):
            return None
        last = max(known)
        if send_at is not None and send_at > self._clock.now():
            # They begin later, behind nobody that waits now.
            return max(last, send_at + (last - self._clock.now()))
        return last
