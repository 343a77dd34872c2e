"""What a simulated modem is like: one frozen object, given at its start."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatewayd.modem.simulator.injection import Injection
from gatewayd.modem.simulator.profiles import PROFILES, Profile


@dataclass(frozen=True, slots=True)
class Noise:
    """How badly it behaves besides; each is a share of its answers, 0 to 1, drawn from the seed."""

    urc: float = 0.0
    """An unsolicited line comes in front of the answer."""
    garbage: float = 0.0
    """Some bytes that mean nothing come in front of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Everything about one simulated modem, its SIM and its network. Raises ValueError where a value is impossible."""

    link: Path
    """The name under which clients open it: a symbolic link to the pty."""
    ledger: Path | None = None
    """Where to record what the network saw; None keeps it in memory only."""
    name: str = ""
    """What the ledger calls this modem; without one, the link's file name."""
    latency: float = 0.0
    """Seconds from 0x1A to the answer."""
    jitter: float = 0.0
    """Up to so many seconds more, at random."""
    errors: tuple[Injection, ...] = ()
    seed: int = 0
    imei: str = ""
    """15 digits; without one, derived from name and seed, so that it is the same after a restart."""
    iccid: str = ""
    """19 digits; without one, derived likewise."""
    imsi: str = "214070123456789"
    smsc: str = "+34600000999"
    operator: str = "Simulated Network"
    profile: Profile = PROFILES["generic"]
    """Which make of modem it is."""
    registration: int = 1
    """<stat> of 3GPP TS 27.007 §7.2: 0 not registered, 1 home, 2 searching, 3 denied, 5 roaming."""
    signal: int = 22
    """<rssi> of +CSQ: 0 to 31, or 99 for unknown."""
    pin: str | None = None
    """The SIM's PIN; None: the SIM asks for none."""
    pin_tries: int = 3
    echo: bool = True
    """Whether it echoes after a reset, until ATE0."""
    boot_seconds: float = 0.0
    """How long it is deaf after a reset."""
    reports: bool = False
    """Whether the network sends delivery reports to those who ask (TP-SRR)."""
    report_after: float = 0.0
    """Seconds from the acceptance to the delivery report."""
    report_status: int = 0
    """TP-ST of the delivery reports (3GPP TS 23.040 §9.2.3.15)."""
    ack_timeout: float = 15.0
    """Seconds for the host's AT+CNMA; after that, nothing is handed over directly until it says again where to."""
    ussd: Mapping[str, str] = field(default_factory=lambda: {"*100#": "Your balance is 12.34 EUR"})
    """What the network answers to which USSD request."""
    slots: int = 50
    """How many received messages its SIM can hold."""
    noise: Noise = field(default_factory=Noise)

    def __post_init__(self) -> None:
        """Fill in the derived names and refuse what can't be."""
        if min(self.latency, self.jitter, self.boot_seconds, self.report_after) < 0:
            raise ValueError("latency, jitter, boot_seconds and report_after are seconds, 0 or more")
        if not 0 <= self.report_status <= 0xFF:
            raise ValueError("report_status is an octet, 0x00 to 0xFF")
        if self.ack_timeout <= 0:
            raise ValueError("ack_timeout is seconds, more than 0")
        if self.slots < 1:
            raise ValueError("slots: the SIM holds at least one message")
        # A frozen object may still be completed before anybody has seen it.
        object.__setattr__(self, "name", self.name or self.link.name)
        digits = self._digits
        object.__setattr__(self, "imei", self.imei or _with_check_digit("3569" + digits))
        object.__setattr__(self, "iccid", self.iccid or _with_check_digit("89340700" + digits))

    @property
    def spare_iccid(self) -> str:
        """Of another SIM, for whoever changes it."""
        return _with_check_digit("89340701" + self._digits)

    @property
    def _digits(self) -> str:
        return f"{zlib.crc32(self.name.encode()) ^ self.seed & 0xFFFF_FFFF:010d}"


def _with_check_digit(digits: str) -> str:
    """Append the Luhn digit (ISO/IEC 7812-1 annex B), which IMEI and ICCID both end with."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)
