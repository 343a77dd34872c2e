"""A device in memory, with a scripted modem in it that can be pulled out, and a link that uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
from trio.testing import memory_stream_pair

from gatewayd.clock import VirtualClock
from gatewayd.modem.failures import PortBusy
from gatewayd.modem.link import Link
from gatewayd.modem.port import Port
from gatewayd.modem.ports import LinkState
from gatewayd.modem.settings import ModemSettings
from tests.modem.peer import Letterbox, Notebook, Peer, usual


@dataclass
class MemoryPort:
    stream: trio.abc.Stream

    async def aclose(self) -> None:
        await self.stream.aclose()


@dataclass
class MemoryDevice:
    """Where the scripted modem is plugged in, or not."""

    peer: Peer
    nursery: trio.Nursery
    name: str = "/dev/modem"
    present: bool = True
    busy: bool = False
    opened: int = 0
    far: trio.abc.Stream | None = None

    def is_present(self) -> bool:
        return self.present

    async def open(self) -> Port:
        await trio.lowlevel.checkpoint()
        if self.busy:
            raise PortBusy("/dev/modem is held by ModemManager (pid 812)")
        self.opened += 1
        near, self.far = memory_stream_pair()
        self.nursery.start_soon(self.peer.run, self.far, self.nursery)
        return MemoryPort(near)

    async def unplug(self) -> None:
        self.present = False
        assert self.far is not None
        await self.far.aclose()


@dataclass
class Bench:
    """A link on a scripted modem."""

    link: Link
    device: MemoryDevice
    peer: Peer
    journal: Notebook
    mailbox: Letterbox = field(default_factory=Letterbox)
    changes: int = 0

    async def until(self, condition: Callable[[], bool], *, within: float) -> float:
        """Wait for it, and return the seconds that it took."""
        began = trio.current_time()
        with trio.fail_after(within):
            while not condition():  # noqa: ASYNC110 - virtual time, and any condition
                await trio.sleep(0.01)
        return trio.current_time() - began

    async def until_state(self, state: LinkState, *, within: float = 60.0) -> float:
        return await self.until(lambda: self.link.status.state is state, within=within)

    async def say(self, text: bytes) -> None:
        assert self.device.far is not None
        await self.device.far.send_all(text)


@asynccontextmanager
async def linking(
    peer: Peer | None = None, *, present: bool = True, running: bool = True, **settings: object
) -> AsyncIterator[Bench]:
    """A link that runs, in virtual time, on a device with ``peer`` in it."""
    peer = peer or Peer(usual())
    async with trio.open_nursery() as nursery:
        device = MemoryDevice(peer, nursery, present=present)
        journal = Notebook()

        def changed() -> None:
            bench.changes += 1

        link = Link(
            ModemSettings.model_validate({"name": "m", "port": "/dev/modem", **settings}),
            device,
            journal=journal,
            clock=VirtualClock(),
            on_change=lambda: changed(),
        )
        bench = Bench(link, device, peer, journal)
        link.receiver.mailbox = bench.mailbox
        if running:
            nursery.start_soon(link.run)
            nursery.start_soon(link.receiver.run)
        yield bench
        nursery.cancel_scope.cancel()
