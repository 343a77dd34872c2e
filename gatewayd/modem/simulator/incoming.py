"""What comes from the network for this modem: to the host, into a memory, or held back until there is a way.

A network gives nothing up because a modem can't take it. What is neither handed to a host that listens nor stored waits
here, and is tried again when the host says anew where such things shall go (AT+CNMI), when a place becomes free, or
when somebody opens the port.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gatewayd.modem.simulator.card import CardFull, Memory

Kind = Literal["message", "report"]

MESSAGE, REPORT = 1, 3
"""Where AT+CNMI says what becomes of messages (<mt>) and of reports (<ds>)."""
_DIRECT: Final = {"message": 2, "report": 1}
"""The value of <mt> and <ds> that hands over directly."""
_HEAD: Final = {"message": "+CMT: ,", "report": "+CDS: "}
_MOST_HELD: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Incoming:
    """An SMS-DELIVER or an SMS-STATUS-REPORT, with its SMSC part."""

    kind: Kind
    pdu: bytes


class Inbound:
    """The way of what is received. ``say`` sends a line to the host; ``announce_as`` names a report's memory to it."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        messages: Memory,
        reports: Memory,
        announce_as: str,
    ) -> None:
        self._say = say
        self._memories = {"message": messages, "report": reports}
        self._announce_as = announce_as
        self.indications = [2, 0, 0, 0, 0]
        """AT+CNMI: mode, mt, bm, ds, bfr."""
        self.acknowledged = False
        """AT+CSMS=1: what is handed over directly must be acknowledged by AT+CNMA."""
        self.attended = True
        """Somebody has the port open."""
        self.unacknowledged: deque[Incoming] = deque()
        """The first was sent to the host, the others wait for its AT+CNMA."""
        self.held: deque[Incoming] = deque(maxlen=_MOST_HELD)
        self.changes = 0
        """Counts whatever may have changed what is held or stored."""

    def use(self, *, messages: Memory, reports: Memory) -> None:
        """Store in these from now on."""
        self._memories = {"message": messages, "report": reports}
        self.changes += 1

    def take_held(self) -> list[Incoming]:
        """Hold back no longer, and return, what is held back."""
        self._take_back()
        held = list(self.held)
        self.held.clear()
        return held

    def receive(self, incoming: Incoming) -> None:
        """Take something from the network."""
        self.changes += 1
        # What comes later of its kind doesn't overtake.
        waits = any(held.kind == incoming.kind for held in self.held)
        if waits or not self._deliver(incoming):
            self.held.append(incoming)

    def retry(self) -> None:
        """Try again what is held back."""
        waiting = list(self.held)
        self.held.clear()
        for incoming in waiting:
            self.receive(incoming)

    def attend(self, attended: bool) -> None:
        """Somebody has opened the port, or the last one has left it."""
        if attended != self.attended:
            self.attended = attended
            if attended:
                self.retry()
            else:
                self._take_back()

    def set_indications(self, indications: list[int]) -> None:
        """AT+CNMI."""
        self.indications = indications
        self._take_back()
        self.retry()

    def acknowledge(self, *, received: bool) -> bool:
        """AT+CNMA: the first is done with, or comes again; the next one follows. False if none was expected."""
        if not self.unacknowledged:
            return False
        self.changes += 1
        first = self.unacknowledged.popleft()
        if not received:
            self.unacknowledged.append(Incoming(first.kind, first.pdu))
        if self.unacknowledged:
            self._send(self.unacknowledged[0])
        return True

    def give_up_waiting(self) -> None:
        """No acknowledgement came in time: nothing is handed over directly any more (3GPP TS 27.005 §3.4.4)."""
        self.indications[MESSAGE] = self.indications[REPORT] = 0
        self._take_back()

    def reset(self) -> None:
        """As after power-up."""
        self.indications = [2, 0, 0, 0, 0]
        self.acknowledged = False
        self._take_back()

    def restore(self, held: Iterable[Incoming]) -> None:
        """Hold back what an earlier run held back."""
        self.held.extend(held)

    def _take_back(self) -> None:
        self.held.extendleft(reversed(self.unacknowledged))
        self.unacknowledged.clear()

    def _deliver(self, incoming: Incoming) -> bool:
        wanted = self.indications[MESSAGE if incoming.kind == "message" else REPORT]
        if wanted == _DIRECT[incoming.kind]:
            return self._hand_over(incoming)
        if incoming.kind == "message":
            return self._store(incoming, '+CMTI: "SM"' if wanted == 1 else None)
        return wanted == 2 and self._store(incoming, f'+CDSI: "{self._announce_as}"')

    def _hand_over(self, incoming: Incoming) -> bool:
        if not self.attended:
            return False
        if self.acknowledged:
            self.unacknowledged.append(incoming)
        if not self.acknowledged or len(self.unacknowledged) == 1:
            self._send(incoming)
        return True

    def _store(self, incoming: Incoming, announcement: str | None) -> bool:
        try:
            index = self._memories[incoming.kind].store(incoming.pdu)
        except CardFull:
            return False
        if announcement is not None:
            self._say(f"{announcement},{index}")
        return True

    def _send(self, incoming: Incoming) -> None:
        pdu = incoming.pdu
        self._say(f"{_HEAD[incoming.kind]}{tpdu_length(pdu)}\r\n{pdu.hex().upper()}")


def tpdu_length(pdu: bytes) -> int:
    """Octets of a PDU without its SMSC part, whose first octet says how long that is."""
    return len(pdu) - 1 - pdu[0]
