"""Which addresses a webhook may reach. Pure.

A URL from an application must not become a way into the network that the gateway stands in (OWASP ASVS 5.0, 1.3.6
and 13.2.4). What counts as public is what IANA's registries call globally reachable. Addresses that carry another
one inside (IPv4-mapped, 6to4, NAT64) are judged by that one too, since a router may well unwrap it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

#: RFC 6052 and RFC 8215: IPv4 addresses behind a translator.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = ipaddress.IPv6Network("64:ff9b:1::/48")
#: Reserved in IANA's registry, but not to every version of the standard library: IETF protocol assignments (RFC 6890),
#: and the former 6to4 relays (RFC 7526).
_RESERVED: Final = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
#: RFC 4291 §2.5.5.1, deprecated: IPv4 addresses with zeros in front.
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")


class AllowList:
    """What may be reached although it is not public.

    Args:
        entries: networks (``10.1.0.0/16``) and host names, each as ``check_entry`` passed it.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        listed = [(entry, _network(entry)) for entry in entries]
        self._networks = [network for _, network in listed if network is not None]
        self._hosts = {entry for entry, network in listed if network is None}

    @property
    def has_networks(self) -> bool:
        """Whether a name that is not listed may lead to something that is."""
        return bool(self._networks)

    def names(self, host: str) -> bool:
        """Whether this very host is listed, whatever it leads to."""
        return host in self._hosts

    def holds(self, address: Address) -> bool:
        """Whether a listed network has the address."""
        return any(address in network for network in self._networks)


def check_entry(entry: str) -> str:
    """Return an entry of the allow-list, in lower case. Raises ValueError that says what would be right."""
    entry = entry.lower()
    if _network(entry) is None and not is_host(entry):
        raise ValueError(f"{entry!r} is neither a network such as 10.1.0.0/16 nor the name of a host")
    return entry


def is_host(text: str) -> bool:
    """Whether ``text`` (lower case, ASCII) is the name of a host and can't be read as an address.

    ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` are addresses to many resolvers: a name doesn't end in a number
    (as the WHATWG's URL standard has it).
    """
    return bool(_HOST.fullmatch(text)) and not _NUMBER.fullmatch(text.rpartition(".")[2])


def parse(text: str) -> Address | None:
    """Read an IP address in its usual form; None where it is none. A zone (``%eth0``) is kept."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether the address, and any that is inside of it, is one of the public internet's."""
    return all(map(_is_public, _with_inner(address)))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address.scope_id is not None
        or address.is_site_local
        or address in _COMPATIBLE
        or address in _LOCAL_NAT64
        or address.teredo is not None
    ):
        return False
    if any(address in network for network in _RESERVED):
        return False
    # Multicast is "global" in the registry's sense, but it is nobody's address.
    return address.is_global and not address.is_multicast and not address.is_reserved


def _with_inner(address: Address) -> Iterator[Address]:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            # It is that IPv4 address, and nothing else.
            yield address.ipv4_mapped
            return
        if address.sixtofour is not None:
            yield address.sixtofour
        if address in _NAT64:
            # The prefix as such is global: it is the address inside that counts.
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            return
    yield address


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None
