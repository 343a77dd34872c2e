"""One simulated day: clients, an operator, modems and a network around the real queue, all from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import trio

from gatewayd.access.service import Access
from gatewayd.clock import VirtualClock
from gatewayd.errors import GatewaydError
from gatewayd.message import Doubt, Order, Priority
from gatewayd.modem.ports import LinkState
from gatewayd.queue.admission import Admission
from gatewayd.queue.draft import Draft, Receipt
from gatewayd.queue.mailbox import DatabaseMailbox
from gatewayd.queue.routing import Routing
from gatewayd.queue.scheduler import ModemTerms, Scheduler
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import QueueSettings, QuotaSettings, QuotasSettings, RecipientsSettings
from gatewayd.store.inline import InlineDatabase
from tests.power import Mains, PowerCut
from tests.simulation.faults import Weather
from tests.simulation.modems import SimulatedLine, SimulatedLines
from tests.simulation.network import Network

DAY = 86_400.0
#: Seconds without faults at the end, in which everything must drain that isn't held.
CALM = 2 * DAY
MOST_PARTS = 150
INTERVAL = 7.0
QUOTAS = QuotasSettings(
    sim=QuotaSettings(hour=60), recipient=QuotaSettings(hour=12), client=QuotaSettings(hour=90)
)


@dataclass
class World:
    """Everything of one seed. ``run`` lives through the day; then the ledger and the database can be compared."""

    seed: int
    database: InlineDatabase
    rng: random.Random = field(init=False)
    clock: VirtualClock = field(default_factory=VirtualClock)
    names: dict[int, str] = field(default_factory=dict)
    """The public name of each accepted message, by the number in its mark."""
    resent: set[int] = field(default_factory=set)
    """Messages that the operator had sent again from doubt."""
    crashes: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.weather = Weather.of(self.rng)
        self.modems = [f"phone{number}" for number in range(1, self.rng.choice([1, 1, 2, 3]) + 1)]
        self._parts = 0
        self._marks = 0
        self.weather_had_clock = self.weather.move_clock > 0.0
        self._over = trio.Event()

    async def run(self) -> None:
        """Live through the day and the calm after it."""
        async with trio.open_nursery() as nursery:
            self.network = Network(self.rng, self.weather, self.clock, nursery)
            self.lines = {
                name: SimulatedLine(name, f"8934000000000000{number:03d}", self.network)
                for number, name in enumerate(self.modems)
            }
            access = Access(self.database, self.clock)
            self.clients = [
                (await access.create_client(name, actor="simulation")).id for name in ("shop", "bank", "ops")
            ]
            nursery.start_soon(self._misfortunes)
            nursery.start_soon(self._daemons)
            await trio.sleep(DAY)
            self.weather.clear()
            for line in self.lines.values():
                line.change(LinkState.READY)
            await trio.sleep(CALM)
            self._over.set()
            await trio.sleep(10 * 3600.0)
            nursery.cancel_scope.cancel()

    # --- the daemon ---

    async def _daemons(self) -> None:
        """Start the daemon, again and again: each is killed at some moment but the last."""
        while True:
            mains = Mains(self.database)
            try:
                async with trio.open_nursery() as nursery:
                    queue, scheduler = self._build(mains)
                    await nursery.start(scheduler.run)
                    self.network.mailbox = DatabaseMailbox(mains, scheduler.owed, self.clock)
                    self.network.listening.set()
                    nursery.start_soon(self._clients, queue)
                    nursery.start_soon(self._operator, queue)
                    await self._fate()
                    self.network.mailbox, self.network.listening = None, trio.Event()
                    mains.on = False
                    nursery.cancel_scope.cancel()
            except* PowerCut:
                pass
            self.crashes += 1
            await trio.sleep(self.rng.uniform(0.3, 120.0))

    async def _fate(self) -> None:
        """Return when this daemon is to be killed."""
        while True:
            await trio.sleep(self.rng.uniform(1.0, 120.0))
            if self.rng.random() < self.weather.crash:
                return

    def _build(self, mains: Mains) -> tuple[Queue, Scheduler]:
        lines = SimulatedLines(self.lines)
        routing = Routing((), self.modems)
        settings = QueueSettings()
        scheduler = Scheduler(
            mains,
            lines,
            self.clock,
            settings=settings,
            quotas=QUOTAS,
            routing=routing,
            modems=[ModemTerms(name, INTERVAL, True) for name in self.modems],
            rng=self.rng,
        )
        admission = Admission(settings, RecipientsSettings(), routing)
        return Queue(mains, scheduler, admission, lines, self.clock, settings), scheduler

    # --- people and programs ---

    async def _clients(self, queue: Queue) -> None:
        """Send and sometimes cancel messages, as long as the day lasts."""
        while trio.current_time() < DAY and self._parts < MOST_PARTS:
            await trio.sleep(self.rng.expovariate(1 / 600.0))
            for _ in range(self.rng.choice([1, 1, 1, 5])):
                await self._send(queue)
            if self.names and self.rng.random() < 0.1:
                name = self.rng.choice(list(self.names.values()))
                await self._attempt(lambda: queue.cancel(None, name, remaining=True, actor="simulation"))  # noqa: B023

    async def _send(self, queue: Queue) -> None:
        rng = self.rng
        mark, self._marks = self._marks, self._marks + 1
        # Long enough for each part to hold a whole mark.
        text = f"[m{mark:05d}]" * (rng.choice([1, 1, 1, 20, 40, 60]))
        now = self.clock.now()
        draft = Draft(
            to=f"+34600{rng.randrange(30):06d}",
            text=text,
            priority=rng.choice(list(Priority)),
            send_at=now + timedelta(seconds=rng.uniform(0, 7200)) if rng.random() < 0.1 else None,
            expires_at=now + timedelta(seconds=rng.uniform(7300, 40_000)) if rng.random() < 0.3 else None,
            in_doubt=rng.choice(list(Doubt)),
            order=rng.choice(list(Order)),
            modem=rng.choice(self.modems) if rng.random() < 0.1 else None,
        )
        answer = await queue.submit(rng.choice(self.clients), [draft])
        receipt = answer.results[0]
        assert isinstance(receipt, Receipt)
        self.names[mark] = receipt.id
        self._parts += receipt.parts

    async def _operator(self, queue: Queue) -> None:
        """Look in now and then: set stopped modems running, settle what is held."""
        while True:
            await trio.sleep(self.rng.uniform(600.0, 7200.0))
            for modem in await queue.modems():
                if modem.mode == "stopped":
                    await queue.set_mode(
                        modem.status.name, "running", actor="operator", reason="looked at it"
                    )
            if self.rng.random() < 0.3:
                await self._settle_one(queue)

    async def _settle_one(self, queue: Queue) -> None:
        for mark, name in self.names.items():
            detail = await queue.detail(None, name)
            if detail.message.state == "in_doubt" and self.rng.random() < 0.3:
                verdict = self.rng.choice(["resend", "sent", "failed"])
                await queue.resolve(None, name, verdict, actor="operator", reason="simulation")
                if verdict == "resend":
                    self.resent.add(mark)
                return

    async def _attempt(self, action: Callable[[], object]) -> None:
        try:
            await action()  # type: ignore[misc]
        except GatewaydError:
            # Too late to cancel, and the like: as often in life.
            return

    # --- misfortunes ---

    async def _misfortunes(self) -> None:
        rng, weather = self.rng, self.weather
        while not self._over.is_set():
            await trio.sleep(60.0)
            line = rng.choice(list(self.lines.values()))
            if rng.random() < weather.vanish and line.status.state is LinkState.READY:
                line.change(LinkState.ABSENT)
                await trio.sleep(rng.uniform(1.0, 1500.0))
                line.change(LinkState.READY)
            if rng.random() < weather.swap_sim:
                line.change(LinkState.READY, iccid=f"8934000000000001{rng.randrange(1000):03d}")
            if rng.random() < weather.move_clock:
                self.clock.wall_offset += timedelta(seconds=rng.choice([-7200, -60, 60, 3600, 7200]))
