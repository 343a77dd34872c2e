"""Who may connect: so many at a time, and not all of them from one address."""

from __future__ import annotations

from collections import Counter

from gatewayd.access.networks import IPAddress, IPNetwork, contains


class Places:
    """Counts connections by address.

    Args:
        most: at a time.
        most_per_address: of these from one address; a network of 64 bits counts as one in IPv6, since whoever has
            one address there has all of it.
        shared: networks from which many clients come through one address, such as proxies.
    """

    def __init__(self, most: int, most_per_address: int, shared: tuple[IPNetwork, ...] = ()) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._shared = shared
        self._taken = 0
        self._by_address: Counter[int] = Counter()

    def take(self, address: IPAddress | None) -> bool:
        """Take a place for a client at ``address`` (None: on this machine's socket); return whether there is one."""
        if self._taken >= self._most:
            return False
        counted = self._counted(address)
        if counted is not None:
            if self._by_address[counted] >= self._most_per_address:
                return False
            self._by_address[counted] += 1
        self._taken += 1
        return True

    def give_back(self, address: IPAddress | None) -> None:
        """Free a place that was taken."""
        self._taken -= 1
        counted = self._counted(address)
        if counted is not None:
            self._by_address[counted] -= 1
            if not self._by_address[counted]:
                del self._by_address[counted]

    def _counted(self, address: IPAddress | None) -> int | None:
        """Under what the address is counted; None: it is not."""
        if address is None or contains(self._shared, address):
            return None
        # IPv4 addresses have 32 bits and come out below every network of IPv6 that is in use.
        return int(address) if address.version == 4 else int(address) >> 64 << 64
