"""A scripted modem at the other end of a line: answers what the test says, and remembers what it was told.

Unlike the simulator it isn't faithful: it is for answers that no sane modem gives.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
from trio.testing import memory_stream_pair

from gatewayd.modem.notices import Notice
from gatewayd.modem.ports import ModemStatus
from gatewayd.modem.session import Session, Timeouts
from gatewayd.sms.faults import Fault
from gatewayd.sms.pdu import Pdu

#: What to say: octets, or octets and seconds to wait, in turn. Nothing in it is silence.
Script = bytes | tuple[bytes | float, ...]
#: One for each time; the last one stays.
Scripts = Script | list[Script]
OK = b"\r\nOK\r\n"
ERROR = b"\r\nERROR\r\n"
SILENCE: Script = ()
PROMPT = b"\r\n> "

PDU = Pdu(bytes.fromhex("0001000B914306000010F000000568329BFD06"))


def said(*lines: str) -> bytes:
    """Lines as a modem sends them, then OK."""
    return b"".join(f"\r\n{line}\r\n".encode() for line in lines) + OK


def usual() -> dict[str, Scripts]:
    """A modem without any quirk, registered at home."""
    return {
        "AT+CGMI": said("Acme"),
        "AT+CGMM": said("One"),
        "AT+CGMR": said("1.0"),
        "AT+CGSN": said("490154203237518"),
        "AT+CCID": said("+CCID: 8934070039043559074"),
        "AT+CPIN?": said("+CPIN: READY"),
        "AT+CPINR": said("+CPINR: SIM PIN,3,3"),
        "AT+CREG?": said("+CREG: 1,1"),
        "AT+CGREG?": said("+CGREG: 1,1"),
        "AT+CEREG?": said("+CEREG: 1,1"),
        "AT+CSQ": said("+CSQ: 20,99"),
        "AT+COPS?": said('+COPS: 0,0,"Net",7'),
    }


@dataclass
class Peer:
    """The scripted modem."""

    replies: dict[str, Scripts] = field(default_factory=dict)
    prompt: Script = PROMPT
    submitted: Scripts = field(default_factory=lambda: said("+CMGS: 7"))
    escaped: Script = OK
    otherwise: Script = OK
    echo: bool = False
    heard: list[str] = field(default_factory=list)
    """Commands as they are, ``ESC``, ``PDU …`` and ``SUBMIT``."""
    octets: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)
    _prompting: bool = False

    async def run(self, stream: trio.abc.Stream, nursery: trio.Nursery) -> None:
        self._line.clear()
        self._prompting = False
        with contextlib.suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            while data := await stream.receive_some(4096):
                self.octets += data
                for octet in bytes(data):
                    if (script := self._hear(octet)) is not None:
                        nursery.start_soon(self._say, stream, script)

    def commands(self, prefix: str = "AT") -> list[str]:
        return [line for line in self.heard if line.startswith(prefix)]

    def _hear(self, octet: int) -> Script | None:
        if octet == 0x1B:
            self._prompting = False
            self._line.clear()
            self.heard.append("ESC")
            return self.escaped
        if self._prompting and octet == 0x1A:
            self._prompting = False
            self.heard += [f"PDU {self._line.decode()}", "SUBMIT"]
            self._line.clear()
            return self._next(self.submitted)
        if octet == 0x0D and not self._prompting:
            command = self._line.decode()
            self._line.clear()
            return self._command(command) if command else None
        self._line.append(octet)
        return None

    def _command(self, command: str) -> Script:
        self.heard.append(command)
        if command.startswith("AT+CMGS="):
            self._prompting = True
            script = self.prompt
        else:
            script = self._next(self.replies.get(command, self.otherwise))
        return (f"{command}\r".encode(), *_steps(script)) if self.echo else script

    @staticmethod
    def _next(scripts: Scripts) -> Script:
        if not isinstance(scripts, list):
            return scripts
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    @staticmethod
    async def _say(stream: trio.abc.Stream, script: Script) -> None:
        for step in _steps(script):
            if isinstance(step, bytes):
                with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await stream.send_all(step)
            else:
                await trio.sleep(step)


def _steps(script: Script) -> tuple[bytes | float, ...]:
    return (script,) if isinstance(script, bytes) else script


@dataclass
class Talk:
    """A session with a scripted modem."""

    session: Session
    peer: Peer
    notices: list[Notice]
    far: trio.abc.Stream
    """The modem's end of the line."""

    async def say(self, text: bytes) -> None:
        """Let the modem say something by itself, and let it arrive."""
        await self.far.send_all(text)
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def talking(peer: Peer | None = None, *, ready: bool = True) -> AsyncIterator[Talk]:
    """A session on a line in memory, its reader running; ``ready``: the modem counts as set up."""
    peer = peer or Peer(replies=dict(usual()))
    near, far = memory_stream_pair()
    heard: list[Notice] = []
    session = Session("m", near, timeouts=Timeouts(), on_notice=heard.append, on_change=lambda: None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        nursery.start_soon(peer.run, far, nursery)
        session.ready = ready
        yield Talk(session, peer, heard, far)
        nursery.cancel_scope.cancel()


async def armed() -> None:
    """An ``arm`` that agrees at once."""
    await trio.lowlevel.checkpoint()


@dataclass
class Notebook:
    """A journal in memory, which keeps its promises as the queue's does."""

    wrong: set[tuple[str | None, str]] = field(default_factory=set)
    resets: dict[tuple[str, str], float] = field(default_factory=dict)
    worked: dict[str, str] = field(default_factory=dict)
    known: list[object] = field(default_factory=list)

    async def pin_allowed(self, iccid: str | None, pin_hash: str) -> bool:
        return (iccid, pin_hash) not in self.wrong

    async def pin_tried(self, iccid: str | None, pin_hash: str, *, accepted: bool) -> None:
        (self.wrong.discard if accepted else self.wrong.add)((iccid, pin_hash))

    async def reset_allowed(self, modem: str, rung: str, now: object) -> bool:
        moment = trio.current_time()
        last = self.resets.get((modem, rung))
        if last is not None and moment - last < 600:
            return False
        self.resets[modem, rung] = moment
        return True

    async def reset_worked(self, modem: str, rung: str, now: object) -> None:
        self.worked[modem] = rung

    async def last_worked(self, modem: str) -> str | None:
        return self.worked.get(modem)

    async def identified(self, status: object) -> None:
        self.known.append(status)


@dataclass
class Letterbox:
    """A mailbox in memory; what is in ``poison`` it fails at."""

    messages: list[bytes] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)
    sims: list[str | None] = field(default_factory=list)
    """For each message and report, the ICCID under which it came."""
    late_results: list[tuple[float | None, int | None, Fault | None]] = field(default_factory=list)
    usages: list[tuple[str, int, int]] = field(default_factory=list)
    poison: set[bytes] = field(default_factory=set)
    seconds: float = 0.0
    """How long it takes to write something down."""
    changed: trio.Event = field(default_factory=trio.Event)

    async def message(self, modem: ModemStatus, octets: bytes) -> None:
        await self._write(self.messages, modem, octets)

    async def report(self, modem: ModemStatus, octets: bytes) -> None:
        await self._write(self.reports, modem, octets)

    async def late(
        self, modem: ModemStatus, stamp: float | None, mr: int | None, fault: Fault | None
    ) -> None:
        await trio.lowlevel.checkpoint()
        self.late_results.append((stamp, mr, fault))
        self._tell()

    async def storage(self, modem: ModemStatus, memory: str, used: int, total: int) -> None:
        await trio.lowlevel.checkpoint()
        self.usages.append((memory, used, total))
        self._tell()

    async def until(self, number: int, *, within: float = 10.0) -> None:
        """Wait until so many messages and reports are in it."""
        with trio.fail_after(within):
            while len(self.messages) + len(self.reports) < number:
                await self.changed.wait()

    async def _write(self, place: list[bytes], modem: ModemStatus, octets: bytes) -> None:
        await trio.sleep(self.seconds)
        if octets in self.poison:
            raise RuntimeError("a defect")
        place.append(octets)
        self.sims.append(modem.iccid)
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self.changed = trio.Event()
