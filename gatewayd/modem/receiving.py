"""Bringing what a modem receives to the mailbox: one task a modem, for as long as the daemon runs.

Three ways lead here. What the modem hands over directly (+CMT, +CDS) is in our hands alone: it is given to the mailbox,
and then acknowledged (+CNMA) where the modem waits for that. What it stores and announces (+CMTI, +CDSI) is read, given
to the mailbox, and then deleted. And because an announcement can be lost, or was made while nobody listened, every
memory is looked into when the modem has been set up, and from time to time.

Nothing is acknowledged or deleted before the mailbox has returned. Each command takes its turn on the line behind a
submit that waits already, and a submit is one turn: neither holds the other up for longer than a command takes.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import Final, Never

import structlog
import trio

from gatewayd.modem import metrics, notices
from gatewayd.modem.acknowledging import Acknowledger
from gatewayd.modem.failures import AnswerOwed, LineLost, LineSilent, ModemRestarted, SimUnknown
from gatewayd.modem.ports import Mailbox, ModemStatus
from gatewayd.modem.reference import ReferenceProbe
from gatewayd.modem.session import Session
from gatewayd.modem.settings import ModemSettings
from gatewayd.modem.sweeping import Sweeper
from gatewayd.modem.watermark import Watermark
from gatewayd.wakeup import Wakeup

logger = structlog.get_logger()

_TROUBLE: Final = (LineLost, LineSilent, ModemRestarted, AnswerOwed, SimUnknown)
"""What a command may raise; the link finds out too, and does something about it."""
_MOST_WAITING: Final = 10_000
"""Direct deliveries that wait for the mailbox; a modem that says more than that isn't in its senses."""

Direct = notices.MessageReceived | notices.ReportReceived | notices.Garbled | notices.LateResult


class Receiver:
    """Receives for one modem. ``status`` is asked for the modem as it is now."""

    def __init__(self, settings: ModemSettings, *, status: Callable[[], ModemStatus]) -> None:
        self.mailbox: Mailbox | None = None
        """Where everything goes. None: nothing is received; what comes directly is lost, the rest stays where it is."""
        self._poll = settings.poll_interval
        self._status = status
        self._direct: deque[Direct] = deque()
        self._early: list[Direct] = []
        """What came while nobody knew for which SIM."""
        self._postponed: bool | None = None
        """The acknowledgement, positive or not, for which the modem wasn't ready."""
        self._announced: list[notices.Stored] = []
        self._due = math.inf
        """When to look through the memories: seconds on trio's clock."""
        self._session: Session | None = None
        self._sim: str | None = None
        """ICCID of the SIM that was in when it began."""
        self._housekeeping: trio.Event | None = None
        self._wakeup = Wakeup()
        self._acknowledger = Acknowledger()
        self._sweeper = Sweeper(settings, Watermark(), status=status, meanwhile=self._take_direct)
        self._probe = ReferenceProbe(enabled=settings.probe_reference)

    @property
    def may_acknowledge(self) -> bool:
        """Whether direct deliveries will be acknowledged, where the modem takes that."""
        return self.mailbox is not None and self._acknowledger.trusted

    def begin(self, session: Session) -> None:
        """The modem is set up, or its SIM found to be the same: collect what has come meanwhile."""
        self._session = session
        if (sim := self._status().iccid) != self._sim:
            self._sim = sim
            self._probe.forget()
        self._sweeper.begin()
        self._direct.extend(self._early)
        self._early.clear()
        self._announced.clear()
        self._due = trio.current_time()
        self._wakeup.ring()

    def end(self) -> None:
        """The line is gone. What has been handed over directly is still taken to the mailbox."""
        self._session = None
        self._announced.clear()
        self._due = math.inf
        self._done_housekeeping()

    def hear(self, notice: notices.Notice) -> None:
        """Take in what the modem said by itself. Called by the reader, so it only remembers."""
        if self.mailbox is None:
            return
        match notice:
            case notices.LateResult():
                self._direct.append(notice)
            case notices.MessageReceived() | notices.ReportReceived() | notices.Garbled():
                if len(self._direct) + len(self._early) >= _MOST_WAITING:
                    logger.error("modem.received_too_much", modem=self._status().name)
                    return
                known = self._session is not None and self._session.usable
                (self._direct if known else self._early).append(notice)
            case notices.Stored():
                self._announced.append(notice)
            case notices.StorageFull():
                logger.warning("modem.storage_full", modem=self._status().name)
                self._sweeper.begin()
                self._due = trio.current_time()
            case _:
                return
        self._wakeup.ring()

    async def housekeep(self) -> None:
        """Look through the memories now, to make room; returns once that is done, or can't be done."""
        if self._session is None or self.mailbox is None:
            return
        if self._housekeeping is None:
            self._housekeeping = trio.Event()
        done = self._housekeeping
        self._sweeper.begin()
        self._due = trio.current_time()
        self._wakeup.ring()
        await done.wait()

    def accepted(self, mr: int | None) -> None:
        """A submit was accepted with this TP-MR."""
        if self._probe.accepted(mr):
            self._wakeup.ring()

    async def last_reference(self) -> int | None:
        """As ``ports.Line.last_reference``."""
        if self._session is not None:
            with contextlib.suppress(*_TROUBLE):
                return await self._probe.read_trusted(self._session)
        return None

    async def run(self) -> Never:
        """Receive until cancelled. A defect in the mailbox ends it; started again, it goes on with what is next."""
        try:
            while True:
                await self._take_direct()
                await self._take_stored()
                await self._wakeup.wait(self._due)
        finally:
            self._done_housekeeping()

    async def _take_stored(self) -> None:
        session = self._session
        if session is None or not session.usable or self.mailbox is None:
            self._due = math.inf
            return
        try:
            await self._collect(session, self.mailbox)
        except _TROUBLE:
            # ``begin`` is called once the modem works again; had nobody noticed anything, the next look helps.
            self._due = trio.current_time() + self._poll
            self._done_housekeeping()

    async def _collect(self, session: Session, mailbox: Mailbox) -> None:
        """Fetch what is announced, and look through all memories where it is time, or where that is the safer way."""
        if self._postponed is not None:
            await self._acknowledge(received=self._postponed)
        if self._announced:
            await trio.sleep(session.quirks.announces_early)
            announced, self._announced = self._announced, []
            if not await self._sweeper.fetch(session, mailbox, announced):
                self._due = trio.current_time()
        if trio.current_time() >= self._due:
            self._due = trio.current_time() + self._poll
            await self._sweeper.sweep(session, mailbox)
            self._done_housekeeping()
        await self._probe.compare(session)

    async def _take_direct(self) -> None:
        """Take to the mailbox what was handed over directly."""
        while self._direct and (mailbox := self.mailbox) is not None:
            notice = self._direct.popleft()
            try:
                await self._hand_over(notice, mailbox)
            except BaseException:
                # Kept, but behind the others: one that the mailbox fails at mustn't keep them waiting.
                self._direct.append(notice)
                raise
            if not isinstance(notice, notices.LateResult):
                await self._acknowledge(received=not isinstance(notice, notices.Garbled))

    async def _acknowledge(self, *, received: bool) -> None:
        """Tell the modem that what it handed over is safe, or wasn't understood; now, or as soon as it is set up."""
        session = self._session
        if session is None or not session.usable:
            self._postponed = received
            return
        self._postponed = None
        # Where that fails, the network says it again.
        with contextlib.suppress(*_TROUBLE):
            await self._acknowledger.acknowledge(session, received=received)

    async def _hand_over(self, notice: Direct, mailbox: Mailbox) -> None:
        status = self._status()
        match notice:
            case notices.MessageReceived(pdu):
                await mailbox.message(status, bytes.fromhex(pdu))
                metrics.RECEIVED.labels(status.name, "message", "direct").inc()
            case notices.ReportReceived(pdu):
                await mailbox.report(status, bytes.fromhex(pdu))
                metrics.RECEIVED.labels(status.name, "report", "direct").inc()
            case notices.LateResult(stamp, mr, fault):
                await mailbox.late(status, stamp, mr, fault)
            case notices.Garbled():
                logger.warning("modem.received_garbled", modem=status.name)

    def _done_housekeeping(self) -> None:
        if self._housekeeping is not None:
            self._housekeeping.set()
            self._housekeeping = None
