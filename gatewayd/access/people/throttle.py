"""Slows down who guesses, and nobody else. In memory, bounded.

Attempts are counted by name and address together: after a few failures that pair waits, each time twice as long. So
whoever guesses somebody's password never keeps them out from elsewhere. An address that fails for many names waits
too, but briefly, and not with those who came in from there before: behind one address there may be a whole office.
Codes of the second factor are counted by name alone: only who knows the password gets that far.
"""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from gatewayd.clock import Clock

#: Most entries that are remembered of a kind; the longest unused goes first.
_ENTRIES: Final = 10_000
#: Seconds after the last failure after which all is forgotten.
_FORGOTTEN: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How failures are paid for."""

    free: int
    """Failures without a wait."""
    longest: float
    """Seconds that a wait grows to, doubling from 1."""

    def wait(self, failures: int) -> float:
        """Seconds before the next attempt after so many failures."""
        over = failures - self.free
        return 0.0 if over < 0 else min(2.0 ** min(over, 30), self.longest)


PAIR: Final = Pace(free=5, longest=300.0)
ADDRESS: Final = Pace(free=50, longest=30.0)
CODE: Final = Pace(free=5, longest=300.0)


@dataclass(slots=True)
class _Record:
    failures: int = 0
    last: float = -math.inf
    """Of the monotonic clock."""


class _Counter:
    """Failures by key."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds from now in which ``key`` may not try."""
        record = self._records.get(key)
        if record is None:
            return 0.0
        if now - record.last >= _FORGOTTEN:
            del self._records[key]
            return 0.0
        return max(0.0, record.last + self._pace.wait(record.failures) - now)

    def count(self, key: str, now: float) -> None:
        """Note an attempt: a failure until it is known to be none."""
        record = self._records.setdefault(key, _Record())
        record.failures += 1
        record.last = now
        self._records.move_to_end(key)
        while len(self._records) > _ENTRIES:
            self._records.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take one attempt back: it was none."""
        record = self._records.get(key)
        if record is not None:
            record.failures -= 1
            if record.failures <= 0:
                del self._records[key]

    def forget(self, key: str) -> None:
        """Take all attempts back."""
        self._records.pop(key, None)


class Throttle:
    """The attempts of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pairs = _Counter(PAIR)
        self._addresses = _Counter(ADDRESS)
        self._codes = _Counter(CODE)
        self._known: OrderedDict[str, None] = OrderedDict()

    def begin(self, name: str, address: str) -> int:
        """Admit an attempt with a password, or return the whole seconds to wait instead.

        An admitted one counts as a failure until ``passed``: a hundred at once are no way round.
        """
        now, network = self._clock.monotonic(), network_of(address)
        pair = f"{network} {name}"
        wait = self._pairs.wait(pair, now)
        if pair not in self._known:
            wait = max(wait, self._addresses.wait(network, now))
        if wait > 0:
            return math.ceil(wait)
        self._pairs.count(pair, now)
        self._addresses.count(network, now)
        return 0

    def passed(self, name: str, address: str) -> None:
        """Note that the password of the attempt was right."""
        network = network_of(address)
        pair = f"{network} {name}"
        self._pairs.forget(pair)
        self._addresses.forgive(network)
        self._known[pair] = None
        self._known.move_to_end(pair)
        while len(self._known) > _ENTRIES:
            self._known.popitem(last=False)

    def begin_code(self, name: str) -> int:
        """Admit an attempt with a code of the second factor, as ``begin`` does."""
        now = self._clock.monotonic()
        wait = self._codes.wait(name, now)
        if wait > 0:
            return math.ceil(wait)
        self._codes.count(name, now)
        return 0

    def passed_code(self, name: str) -> None:
        """Note that the code was right."""
        self._codes.forget(name)


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the 64 bits that a provider gives to one customer at least."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address  # such as that of the Unix socket
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
