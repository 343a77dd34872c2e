"""The simulated modem's side of the dialogue: bytes in, bytes out, no I/O and no clock of its own.

Whoever drives it passes ``now`` (monotonic seconds) and what the host wrote to ``receive()``, writes what that returns,
and calls ``advance()`` when ``due`` has come. One of five modes holds at a time:

* COMMAND: characters are collected (and echoed) until CR, then carried out.
* ENTRY: between the prompt and 0x1A or ESC; characters are the PDU.
* SUBMITTING: the network has it; the modem is deaf and bytes wait in its buffer, as they do in the real thing.
* BOOTING: after a reset; bytes are lost.
* HUNG: deaf until it is unplugged.
"""

from __future__ import annotations

import enum
import heapq
import math
import random

from gatewayd.modem.simulator import commands
from gatewayd.modem.simulator.card import Card
from gatewayd.modem.simulator.deliveries import encode_report
from gatewayd.modem.simulator.equipment import Equipment
from gatewayd.modem.simulator.incoming import Incoming, tpdu_length
from gatewayd.modem.simulator.injection import Effect
from gatewayd.modem.simulator.line import Command, SyntaxFault, split
from gatewayd.modem.simulator.network import Ended, Transmission
from gatewayd.modem.simulator.replies import (
    CMS_INVALID_PDU_PARAMETER,
    CMS_NO_NETWORK_SERVICE,
    CMS_SIM_NOT_INSERTED,
    CommandFault,
    Kind,
    Lines,
    Prompt,
    Restart,
    UnknownCommand,
    final_error,
)
from gatewayd.sms.pdu import DecodeError

_CR, _BACKSPACE, _CTRL_Z, _ESC = 0x0D, 0x08, 0x1A, 0x1B
_LINE_CAP = 2048
"""Characters of a command line, or of a PDU, that are kept; more is no dialogue but noise."""


_BUFFER = 65536
"""Octets that wait while the modem is busy; what doesn't fit is lost, as on a line without flow control."""


class Mode(enum.Enum):
    """See the top of this file."""

    COMMAND = enum.auto()
    ENTRY = enum.auto()
    SUBMITTING = enum.auto()
    BOOTING = enum.auto()
    HUNG = enum.auto()


class Modem:
    """The line discipline around an ``Equipment``."""

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment
        self.mode = Mode.COMMAND
        self._input = bytearray()
        self._line = bytearray()
        self._output = bytearray()
        self._length = 0
        self._transmission: Transmission | None = None
        self._mode_due = math.inf
        self._reports: list[tuple[float, bytes]] = []
        self._others: dict[str, tuple[list[tuple[float, bytes]], list[Incoming]]] = {}
        """What the network has for SIMs that were in it before: reports to come, and what it holds back."""
        self._awaited: Incoming | None = None
        """What the host has yet to acknowledge."""
        self._acknowledgement_due = math.inf
        self._noise = random.Random(equipment.settings.seed + 1)  # noqa: S311 - reproducible on purpose

    @property
    def due(self) -> float:
        """When to call ``advance()`` at the latest, in monotonic seconds; infinity: not before something happens."""
        report_due = self._reports[0][0] if self._reports else math.inf
        return min(self._mode_due, report_due, self._acknowledgement_due)

    @property
    def reports(self) -> list[tuple[float, bytes]]:
        """Status reports to come, each with its time in monotonic seconds."""
        return list(self._reports)

    def restore_reports(self, reports: list[tuple[float, bytes]]) -> None:
        """Expect the reports that an earlier run expected."""
        self._reports = list(reports)
        heapq.heapify(self._reports)

    def receive(self, data: bytes, now: float) -> bytes:
        """Take what the host wrote, read at ``now``; return what to write to it."""
        if self.mode not in (Mode.BOOTING, Mode.HUNG):
            self._input += data[: _BUFFER - len(self._input)]
        return self.advance(now)

    def advance(self, now: float) -> bytes:
        """Do what is due at ``now``; return what to write to the host."""
        while self._reports and self._reports[0][0] <= now:
            self.equipment.receive_report(heapq.heappop(self._reports)[1])
        if self._acknowledgement_due <= now:
            self._awaited, self._acknowledgement_due = None, math.inf
            self.equipment.inbound.give_up_waiting()
        self._work(now)
        while self._mode_due <= now:
            self._mode_due = math.inf
            if self.mode is Mode.SUBMITTING:
                self._end_submit(now)
            else:
                self._end_boot()
            self._work(now)
        self._await_acknowledgement(now)
        self._flush_unsolicited()
        written = bytes(self._output)
        self._output.clear()
        return written

    def power_up(self) -> None:
        """Start as on a new plug: what was typed, or was on its way to the network, is gone."""
        self._input.clear()
        self._line.clear()
        self._output.clear()
        self._transmission = None
        self._mode_due = math.inf
        self.mode = Mode.COMMAND
        self.equipment.power_up()

    def change_card(self, card: Card) -> None:
        """Put another SIM in while it is on, or an empty holder: what was on its way to the network is gone.

        What the network has for the SIM before, or will have, waits until that one is in again.
        """
        if self.mode is Mode.SUBMITTING:
            self._transmission, self._mode_due, self.mode = None, math.inf, Mode.COMMAND
            self._answer(final_error("cms", CMS_SIM_NOT_INSERTED, 0))
        equipment = self.equipment
        self._others[equipment.iccid] = self._reports, equipment.inbound.take_held()
        equipment.change_card(card)
        self._reports, held = self._others.pop(equipment.iccid, ([], []))
        equipment.inbound.restore(held)
        equipment.inbound.retry()

    def _work(self, now: float) -> None:
        """Consume input as far as the mode allows."""
        while self._input and self.mode in (Mode.COMMAND, Mode.ENTRY):
            ends = (_CR,) if self.mode is Mode.COMMAND else (_CTRL_Z, _ESC)
            found = [position for position in map(self._input.find, ends) if position >= 0]
            size = min(found) + 1 if found else len(self._input)
            chunk = bytes(self._input[:size])
            del self._input[:size]
            if self.equipment.registers.echo:
                self._output += chunk.rstrip(b"\x1a\x1b") if self.mode is Mode.ENTRY else chunk
            self._collect(chunk)
            if found and self.mode is Mode.COMMAND:
                self._run_line(now)
            elif found:
                self._end_entry(chunk[-1], now)

    def _collect(self, chunk: bytes) -> None:
        for byte in chunk if _BACKSPACE in chunk else ():
            if byte == _BACKSPACE:
                del self._line[-1:]
            else:
                self._line.append(byte)
        if _BACKSPACE not in chunk:
            self._line += chunk
        del self._line[_LINE_CAP:]

    def _run_line(self, now: float) -> None:
        line = self._line.decode("latin-1").strip("\r\n \x00")
        self._line.clear()
        start = line.upper().find("AT")  # What stands before AT is noise (V.250 §5.2.1).
        if start < 0:
            return
        final = "OK"
        try:
            wanted = split(line[start + 2 :])
        except SyntaxFault as fault:
            wanted, final = fault.before, "ERROR"
        profile = self.equipment.settings.profile
        try:
            for command in wanted:
                if not self._run(command, now):
                    return
        except UnknownCommand as fault:
            final = profile.unknown_command or self._final(fault)
        except CommandFault as fault:
            final = self._final(fault)
        else:
            if wanted and str(wanted[-1]).startswith(profile.without_ok):
                return
        self._answer(final)

    def _final(self, fault: CommandFault) -> str:
        return final_error(fault.kind, fault.code, self.equipment.registers.cmee)

    def _run(self, command: Command, now: float) -> bool:
        """Carry out one command of a line; False if the line ends with it, without a result of its own."""
        result = commands.run(self.equipment, command)
        if isinstance(result, Prompt):
            self._length, self.mode = result.length, Mode.ENTRY
            if not self.equipment.network.swallows_prompt(now):
                self._output += b"\r\n> "
            return False
        if isinstance(result, Restart):
            self._answer("OK")
            self.equipment.power_up()
            self._input.clear()
            self.mode, self._mode_due = Mode.BOOTING, now + self.equipment.settings.boot_seconds
            return False
        self._say(result)
        return True

    def _end_boot(self) -> None:
        self.mode = Mode.COMMAND
        for line in self.equipment.settings.profile.boot:
            lock = f"+CPIN: {self.equipment.card.lock}"
            self.equipment.unsolicited.append(lock if line.startswith("+CPIN:") else line)

    def _end_entry(self, end: int, now: float) -> None:
        typed = bytes(self._line[:-1])
        self._line.clear()
        self.mode = Mode.COMMAND
        if end == _ESC:
            self._answer("OK")  # 3GPP TS 27.005 §3.5.1: ESC cancels, with OK
            return
        try:
            pdu = bytes.fromhex(typed.decode("latin-1"))
            if not pdu or tpdu_length(pdu) != self._length:
                raise DecodeError("the PDU isn't as long as AT+CMGS said")
            if not self.equipment.registered:
                self._answer(final_error("cms", CMS_NO_NETWORK_SERVICE, 0))
                return
            self._transmission = self.equipment.network.submit(pdu, now)
        except ValueError:  # DecodeError is one, and so is what fromhex() raises
            self._answer(final_error("cms", CMS_INVALID_PDU_PARAMETER, 0))
            return
        self.mode, self._mode_due = Mode.SUBMITTING, now + self._transmission.seconds

    def _end_submit(self, now: float) -> None:
        transmission, self._transmission, self.mode = self._transmission, None, Mode.COMMAND
        if transmission is None:
            return
        ended = self.equipment.network.settle(transmission)
        if ended.mr is not None:
            self._expect_report(transmission, ended.mr, now)
        self._answer_submit(ended)

    def _answer_submit(self, ended: Ended) -> None:
        if ended.kind == Effect.HANG:
            self.mode = Mode.HUNG
            self._input.clear()
        elif ended.kind in (Effect.TIMEOUT, Effect.LOST):
            return
        elif ended.kind is None:
            self._say((f"+CMGS: {ended.mr}",))
            self._answer("OK")
        else:
            cmee = max(1, self.equipment.registers.cmee)  # An injected +CME ERROR is to be seen as such.
            kind: Kind = "cms" if ended.kind == Effect.CMS else "cme" if ended.kind == Effect.CME else "error"
            self._answer(final_error(kind, ended.code, cmee))

    def _expect_report(self, transmission: Transmission, mr: int, now: float) -> None:
        settings = self.equipment.settings
        if settings.reports and transmission.submit.report:
            pdu = encode_report(
                mr=mr, to=transmission.submit.to, smsc=settings.smsc, status=settings.report_status
            )
            self.equipment.inbound.changes += 1
            heapq.heappush(self._reports, (now + settings.report_after, pdu))

    def _await_acknowledgement(self, now: float) -> None:
        """Start the clock for what was handed over last."""
        waiting = self.equipment.inbound.unacknowledged
        awaited = waiting[0] if waiting else None
        if awaited is not self._awaited:
            self._awaited = awaited
            limit = self.equipment.settings.ack_timeout
            self._acknowledgement_due = math.inf if awaited is None else now + limit

    def _say(self, lines: Lines) -> None:
        if lines:
            self._output += ("\r\n" + "\r\n".join(lines) + "\r\n").encode("latin-1", "replace")

    def _answer(self, final: str) -> None:
        """Write a final result, with whatever noise is wanted in front of it."""
        noise = self.equipment.settings.noise
        if noise.urc and self._noise.random() < noise.urc:
            self._say((self._noise.choice(self.equipment.settings.profile.chatter),))
        if noise.garbage and self._noise.random() < noise.garbage:
            self._output += b"\r\n" + self._noise.randbytes(8).translate(None, b"\r\n") + b"\r\n"
        self._say((final,))

    def _flush_unsolicited(self) -> None:
        """Send what is to be said unasked; between prompt and 0x1A the line belongs to the host (27.005 §3.4.1)."""
        while self.equipment.unsolicited and self.mode in (Mode.COMMAND, Mode.SUBMITTING):
            self._say((self.equipment.unsolicited.popleft(),))
