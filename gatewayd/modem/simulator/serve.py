"""The simulated modem as a service: a pty, the modem behind it, and what a person may do to it.

``Simulator`` is for programs (tests, the demo, a configured ``driver = "simulator"``); ``serve`` is for a process of
its own, where SIGUSR1 pulls the plug and SIGUSR2 puts it back, and SIGRTMIN takes the SIM out or, where none is in,
puts another one in.
"""

from __future__ import annotations

import signal
import time

import trio

from gatewayd.modem.simulator.card import Card, Stored
from gatewayd.modem.simulator.deliveries import encode_deliver
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.keeper import Keeper
from gatewayd.modem.simulator.ledger import Entry, Ledger
from gatewayd.modem.simulator.modem import Modem
from gatewayd.modem.simulator.network import Network
from gatewayd.modem.simulator.pty import PtyPort
from gatewayd.modem.simulator.settings import SimulatorSettings


class Simulator:
    """One simulated modem. ``run`` serves it; the other methods act on it and are called on the trio thread.

    What the SIM stores and the network has yet to deliver is kept beside the ledger, where there is one. Raises OSError
    where the ledger, or that file, can't be opened, and ValueError where the latter isn't what it should be.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self._ledger = Ledger(settings.ledger)
        card = Card(settings.slots, settings.pin, settings.pin_tries)
        self._equipment = Equipment(settings, Network(settings, self._ledger), card)
        self._modem = Modem(self._equipment)
        self._cards = {settings.iccid: card}
        self._keeper = Keeper(settings.ledger, self._modem)
        self._port: PtyPort | None = None
        self._plugged = trio.Event()
        self._waiting: trio.CancelScope | None = None
        self._injected: list[bytes] = []
        self._poked = False
        self._received = 0

    @property
    def entries(self) -> list[Entry]:
        """What the ledger holds, oldest first."""
        return self._ledger.entries

    @property
    def stored(self) -> list[Stored]:
        """What lies in its memories."""
        return [stored for memory in self._equipment.memories.values() for stored in memory.messages.values()]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; started once the link is there. Raises LinkOccupied, OSError."""
        try:
            self.plug()
            task_status.started()
            while True:
                await self._plugged.wait()
                if self._port is not None:
                    await self._serve(self._port)
        finally:
            self.close()

    def close(self) -> None:
        """Unplug it and close its ledger, for good; a second time does nothing."""
        self.unplug()
        self._keeper.save()
        self._ledger.close()

    async def _serve(self, port: PtyPort) -> None:
        """Move bytes between a port and the modem until the port is closed."""
        try:
            while True:
                data = await self._read(port)
                now = time.monotonic()
                self._equipment.inbound.attend(port.attended)
                output = self._modem.receive(data, now) if data else self._modem.advance(now)
                output += b"".join(self._injected)
                self._injected.clear()
                self._keeper.save_in_time(now)
                if output:
                    await port.write(output)
        except trio.ClosedResourceError:
            return

    async def _read(self, port: PtyPort) -> bytes:
        """What the client writes next, or nothing once the modem has something to do by itself."""
        patience = 0.0 if self._poked else max(0.0, min(self._modem.due, self._keeper.due) - time.monotonic())
        self._poked = False
        with trio.CancelScope(deadline=trio.current_time() + patience) as self._waiting:
            return await port.read()
        return b""

    def unplug(self) -> None:
        """Pull it out: the link goes, the client sees a hang-up, a submit on its way is lost. Harmless if it is out."""
        if self._port is not None:
            self._port.close()
            self._port = None
            self._plugged = trio.Event()
            self._modem.power_up()

    def plug(self) -> None:
        """Put it (back) in: a new pty under the same link, modem powered up. Raises LinkOccupied, OSError."""
        if self._port is None:
            self._port = PtyPort(self.settings.link)
            self._plugged.set()

    @property
    def iccid(self) -> str:
        """Of the SIM that is in it; empty where there is none."""
        return self._equipment.iccid

    def change_sim(self, iccid: str | None, *, pin: str | None = None) -> None:
        """Take the SIM out, or have the one with this ICCID in it, while the port stays open.

        One that was in before is as it was then; any other is empty, and ``pin`` is its PIN.
        """
        name = iccid or ""
        if name not in self._cards:
            self._cards[name] = Card(self.settings.slots if name else 0, pin, iccid=name)
        self._modem.change_card(self._cards[name])
        self._wake()

    def deliver(self, sender: str, text: str) -> None:
        """Let a message arrive, in parts where it is long. Raises ValueError for an impossible sender."""
        self._received += 1
        reference = self._received % 256
        for pdu in encode_deliver(sender, text, smsc=self.settings.smsc, reference=reference):
            self._equipment.receive_message(pdu)
        self._wake()

    def set_registration(self, stat: int) -> None:
        """Move to another registration state; see ``SimulatorSettings.registration``."""
        self._equipment.set_registration(stat)
        self._wake()

    def inject(self, urc: str | bytes) -> None:
        """Let the modem say something at once, whatever the dialogue is at: a line as text, or bytes as they are."""
        self._injected.append(urc if isinstance(urc, bytes) else f"\r\n{urc}\r\n".encode())
        self._wake()

    def _wake(self) -> None:
        """Let the serving task look at the modem now, or next, where it is at something else."""
        self._poked = True
        if self._waiting is not None:
            self._waiting.cancel()


async def serve(
    settings: SimulatorSettings, *, task_status: trio.TaskStatus[Simulator] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve one simulated modem until cancelled, and obey the signals that this file begins with. Main thread only.

    Raises LinkOccupied where the link's name is taken, OSError where pty, link or ledger can't be made.
    """
    simulator = Simulator(settings)
    try:
        simulator.plug()  # here, so that what it raises isn't wrapped in the nursery's group
        with trio.open_signal_receiver(signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN) as signals:
            async with trio.open_nursery() as nursery:
                await nursery.start(simulator.run)
                task_status.started(simulator)
                async for number in signals:
                    if number == signal.SIGUSR1:
                        simulator.unplug()
                    elif number == signal.SIGUSR2:
                        simulator.plug()
                    else:
                        simulator.change_sim(None if simulator.iccid else settings.spare_iccid)
    finally:
        simulator.close()
