"""One simulated day: clients, an operator, people, modems and a network around the real queue, all from one seed."""

from __future__ import annotations

import math
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import trio

from gatewayd.access.service import Access
from gatewayd.clock import VirtualClock
from gatewayd.errors import Conflict, GatewaydError, InvalidRequest
from gatewayd.message import Doubt, Order, Priority, State
from gatewayd.modem.ports import ModemStatus
from gatewayd.queue.admission import Admission
from gatewayd.queue.doubt import Verdict
from gatewayd.queue.draft import Draft, Receipt
from gatewayd.queue.mailbox import DatabaseMailbox
from gatewayd.queue.pseudonyms import Pseudonyms
from gatewayd.queue.routing import Routing
from gatewayd.queue.scheduler import ModemTerms, Scheduler
from gatewayd.queue.service import Queue
from gatewayd.queue.settings import QueueSettings, QuotaSettings, QuotasSettings, RecipientsSettings
from gatewayd.queue.view import Query
from gatewayd.sealing import KEY_LENGTH, Keyring
from gatewayd.store.inline import InlineDatabase
from tests.power import Mains, PowerCut
from tests.simulation.faults import Weather
from tests.simulation.modems import SimulatedLine, SimulatedLines
from tests.simulation.network import Network
from tests.simulation.people import People
from tests.simulation.telephone import LinkedLines, Telephone

DAY = 86_400.0
#: Seconds without faults at the end, in which everything must drain that isn't held.
CALM = 2 * DAY
MOST_PARTS = 150
#: Seconds between two 0x1A of a modem.
INTERVAL = 7.0
#: Share of the seeds in which clients may send less, of those in which less often is tried, and of those in which all
#: write to the same few people. Where there is plenty of all, nothing ever comes to its end, and nobody waits in line.
SCARCE = 0.3
#: How many people that is.
FEW = 4


#: Share of the seeds whose modems speak AT commands.
SPEAKING = 0.2
NUMBERS = [f"+34600{number:06d}" for number in range(30)]


@dataclass(frozen=True)
class Sent:
    """What a client asked for, whether it was accepted or not."""

    client: int
    draft: Draft


class WitnessedMailbox(DatabaseMailbox):
    """Tells ``heard`` when each part that somebody sent to us was on disk for the first time."""

    def __init__(self, heard: dict[bytes, float], *rest: Any) -> None:
        super().__init__(*rest)
        self._heard = heard

    async def message(self, modem: ModemStatus, octets: bytes) -> None:
        """Take in a received message part."""
        await super().message(modem, octets)
        self._heard.setdefault(octets, trio.current_time())


@dataclass
class World:
    """Everything of one seed. ``run`` lives through the day; then the ledgers and the database can be compared."""

    seed: int
    database: InlineDatabase
    clock: VirtualClock = field(default_factory=VirtualClock)
    names: dict[int, str] = field(default_factory=dict)
    """The public name of each accepted message, by the number in its mark."""
    sent: dict[int, Sent] = field(default_factory=dict)
    """What clients sent, by the number in its mark. They count up, so they tell the order of acceptance too."""
    verdicts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    """How often the operator said that of a message in doubt, by its public name."""
    crashes: int = 0

    def __post_init__(self) -> None:
        self.rng, self._operating, self._retrying = map(self._dice, ("world", "operator", "retries"))
        self.weather = Weather.of(self._dice("weather"))
        self.speaks = self.rng.random() < SPEAKING
        self.modems = [f"phone{number}" for number in range(1, self.rng.choice([1, 1, 2, 3]) + 1)]
        scarcity = self._dice("scarcity")
        self.quotas = QuotasSettings(
            sim=QuotaSettings(hour=60),
            recipient=QuotaSettings(hour=12),
            client=QuotaSettings(hour=15 if scarcity.random() < SCARCE else 90),
        )
        self.settings = QueueSettings(attempts=2 if scarcity.random() < SCARCE else 4)
        crowded = scarcity.random() < SCARCE
        self.recipients = NUMBERS[:FEW] if crowded else NUMBERS
        self.priorities = [Priority.NORMAL] if crowded else list(Priority)
        self._parts = 0
        self._marks = 0
        self._swaps = 1000
        self.weather_had_clock = self.weather.move_clock > 0.0

    def _dice(self, whose: str) -> random.Random:
        """Each actor has dice of its own, so that what one does more or less of doesn't change all the others."""
        return random.Random(f"{self.seed}: {whose}")

    async def run(self) -> None:
        """Live through the day and the calm after it."""
        async with trio.open_nursery() as nursery:
            self.network = Network(self._dice("network"), self.weather, self.clock, nursery)
            make = Telephone if self.speaks else SimulatedLine
            self.lines: dict[str, Any] = {
                name: make(name, f"8934000000000000{number:03d}", self.network, self._dice(name))
                for number, name in enumerate(self.modems)
            }
            self.people = People(
                self._dice("people"),
                self.network,
                NUMBERS,
                lambda: [line.sim for line in self.lines.values()],
                self._dice("moods"),
            )
            self.network.readers.append(self.people.read)
            access = Access(self.database, self.clock)
            self.clients = [
                (await access.create_client(name, actor="simulation")).id for name in ("shop", "bank", "ops")
            ]
            nursery.start_soon(self._misfortunes)
            nursery.start_soon(self._daemons)
            nursery.start_soon(self.people.write, DAY)
            await trio.sleep(DAY)
            self.weather.clear()
            for line in self.lines.values():
                line.plug()
            await trio.sleep(CALM + 10 * 3600.0)
            nursery.cancel_scope.cancel()

    # --- the daemon ---

    async def _daemons(self) -> None:
        """Start the daemon, again and again: each is killed at some moment but the last."""
        fate = self._dice("fate")
        while True:
            mains = Mains(self.database)
            try:
                async with trio.open_nursery() as nursery:
                    queue, scheduler, lines = self._build(mains)
                    await nursery.start(scheduler.run)
                    mailbox = WitnessedMailbox(self.people.heard, mains, scheduler.owed, self.clock)
                    nursery.start_soon(lines.run, mailbox)
                    nursery.start_soon(self._clients, queue)
                    nursery.start_soon(self._operator, queue)
                    await self._fate(fate)
                    mains.on = False
                    lines.cut()
                    nursery.cancel_scope.cancel()
            except* PowerCut:
                pass
            self.crashes += 1
            # As soon as systemd would do it, or when somebody has looked.
            await trio.sleep(fate.choice([fate.uniform(0.3, 3.0), fate.uniform(0.3, 120.0)]))

    async def _fate(self, rng: random.Random) -> None:
        """Return when this daemon is to be killed."""
        weather = self.weather
        minutes = rng.expovariate(weather.crash) if weather.crash else math.inf
        with trio.move_on_after(60.0 * minutes):
            while True:
                await self.network.busy.wait()
                if rng.random() < weather.kill:
                    # Half of them before most answers come, the others about when the next part would be due.
                    await trio.sleep(rng.choice([rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.5 * INTERVAL)]))
                    return
        # The calm has begun meanwhile.
        if not weather.crash:
            await trio.sleep_forever()

    def _build(self, mains: Mains) -> tuple[Queue, Scheduler, Any]:
        lines = (
            LinkedLines(self.lines, mains, self.clock) if self.speaks else SimulatedLines(self.lines, mains)
        )
        routing = Routing((), self.modems)
        scheduler = Scheduler(
            mains,
            lines,
            self.clock,
            settings=self.settings,
            quotas=self.quotas,
            routing=routing,
            modems=[ModemTerms(name, INTERVAL, True) for name in self.modems],
            rng=self._retrying,
        )
        admission = Admission(self.settings, RecipientsSettings(), routing)
        pseudonyms = Pseudonyms(mains, self.clock, Keyring([bytes(KEY_LENGTH)]))
        queue = Queue(mains, scheduler, admission, lines, self.clock, self.settings, pseudonyms)
        return queue, scheduler, lines

    # --- people and programs ---

    async def _clients(self, queue: Queue) -> None:
        """Send and sometimes cancel messages, as long as the day lasts."""
        rng = self.rng
        while trio.current_time() < DAY and self._parts < MOST_PARTS:
            await trio.sleep(rng.expovariate(1 / 600.0))
            for _ in range(rng.choice([1, 1, 1, 5])):
                await self._send(queue)
            if self.names and rng.random() < 0.1:
                name = rng.choice(list(self.names.values()))
                with suppress(GatewaydError):  # too late, as often in life
                    await queue.cancel(None, name, remaining=True, actor="simulation")

    async def _send(self, queue: Queue) -> None:
        rng = self.rng
        mark, self._marks = self._marks, self._marks + 1
        # Long enough for each part to hold a whole mark.
        text = f"[m{mark:05d}]" * (rng.choice([1, 1, 1, 20, 40, 60]))
        now = self.clock.now()
        draft = Draft(
            to=rng.choice(self.recipients),
            text=text,
            priority=rng.choice(self.priorities),
            send_at=now + timedelta(seconds=rng.uniform(0, 7200)) if rng.random() < 0.1 else None,
            expires_at=now + timedelta(seconds=rng.uniform(7300, 40_000)) if rng.random() < 0.3 else None,
            in_doubt=rng.choice(list(Doubt)),
            order=rng.choice(list(Order)),
            modem=rng.choice(self.modems) if rng.random() < 0.1 else None,
        )
        client = rng.choice(self.clients)
        self.sent[mark] = Sent(client, draft)
        try:
            answer = await queue.submit(client, [draft])
        except InvalidRequest as refusal:
            # Who said STOP gets nothing, and nothing else is wrong with it.
            if [error.code for error in refusal.errors] != ["opted_out"]:
                raise
            return
        receipt = answer.results[0]
        assert isinstance(receipt, Receipt)
        self.names[mark] = receipt.id
        self._parts += receipt.parts

    async def _operator(self, queue: Queue) -> None:
        """Look in now and then: set stopped modems running, settle what is held."""
        rng = self._operating
        while True:
            await trio.sleep(rng.uniform(600.0, 7200.0))
            for modem in await queue.modems():
                if modem.mode == "stopped":
                    await queue.set_mode(
                        modem.status.name, "running", actor="operator", reason="looked at it"
                    )
            if rng.random() < 0.3:
                await self._settle_one(queue, rng)

    async def _settle_one(self, queue: Queue, rng: random.Random) -> None:
        page = await queue.find(Query(states=(State.IN_DOUBT,)))
        for message in reversed(page.messages):
            if rng.random() < 0.3:
                verdict = rng.choice(list(Verdict))
                # Before it is done: a kill may come between COMMIT and return.
                self.verdicts[message.id, verdict] += 1
                try:
                    await queue.resolve(None, message.id, verdict, actor="operator", reason="simulation")
                except Conflict:  # evidence was quicker
                    self.verdicts[message.id, verdict] -= 1
                return

    # --- misfortunes ---

    async def _misfortunes(self) -> None:
        rng, weather = self._dice("misfortunes"), self.weather
        while trio.current_time() < DAY:
            await trio.sleep(60.0)
            line = rng.choice(list(self.lines.values()))
            if rng.random() < weather.vanish and line.present:
                line.pull()
                await trio.sleep(rng.uniform(1.0, 1500.0))
                line.plug()
            if rng.random() < weather.swap_sim:
                # No two SIMs have the same number, however often they are swapped.
                self._swaps += 1
                line.plug(f"893400000000{self._swaps:04d}{rng.randrange(1000):03d}")
            if rng.random() < weather.move_clock:
                self.clock.wall_offset += timedelta(seconds=rng.choice([-7200, -60, 60, 3600, 7200]))
