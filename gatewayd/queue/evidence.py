"""What the SIM's own count says of a submit that was never answered.

Where a modem keeps the reference of the last message on the SIM, and that has moved on by one, the submit went out
with that TP-MR. The network need not have taken it, so this settles nothing by itself; but the TP-MR tells its
delivery report from all others, and a person who has to settle the message sees that it left the phone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from gatewayd.clock import Clock
from gatewayd.errors import StorageFull
from gatewayd.events import feed
from gatewayd.modem.ports import Accepted, Line, Outcome, Phase, Unknown
from gatewayd.queue.claim import Claim
from gatewayd.queue.records import doubts
from gatewayd.queue.reports import follow_up
from gatewayd.store.runner import Lane, Runner
from gatewayd.store.transaction import Tx


class LastReference:
    """Watches the references of one modem's submits."""

    def __init__(self, database: Runner, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: int | None = None
        """Of the last accepted submit."""
        self._unanswered: Claim | None = None

    def note(self, claimed: Claim, outcome: Outcome) -> None:
        """Take in how a submit ended."""
        match outcome:
            case Accepted(mr=mr):
                self._known, self._unanswered = mr, None
            case Unknown(phase=Phase.SUBMITTED):
                self._unanswered = claimed

    async def look(self, line: Line) -> None:
        """Ask the SIM once after a submit that was not answered, before the next one counts on."""
        claimed, self._unanswered = self._unanswered, None
        if claimed is None or self._known is None:
            return
        found = await line.last_reference()
        if found == (self._known + 1) % 256:
            self._known = found
            # It is a help and no more: a full disk must not end the sending for it.
            with suppress(StorageFull):
                await self._database.run(note_reference, claimed, found, self._clock.now(), lane=Lane.OUTCOME)


def note_reference(tx: Tx, claimed: Claim, mr: int, at: datetime) -> None:
    """Write down the TP-MR of a part in doubt, and see whether a report that waits carries it."""
    row = claimed.message
    part = {"b_message_seq": row.seq, "b_number": claimed.part, "b_mr": mr}
    if doubts.learn_reference.change(tx, part) == 1:
        data = {"evidence": "last_reference", "part": claimed.part, "mr": mr}
        feed.append(tx, "message.evidence", subject=row.id, client_id=row.client_id, data=data, at=at)
        # Those of others wait too: while its TP-MR was unknown, they may have been its own.
        follow_up(tx, row.seq, at)
