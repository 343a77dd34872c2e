"""From where a token may be used. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

#: What the peer of a Unix socket counts as: it is on this machine.
LOCAL = ipaddress.IPv4Address("127.0.0.1")


def parse_network(text: str) -> IPNetwork:
    """Read ``192.0.2.0/24``, ``2001:db8::/32`` or one address.

    Raises ValueError, also where bits are set behind the prefix: whoever wrote ``10.1.2.3/8`` may have meant another.
    """
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is no network, such as 192.0.2.0/24, 2001:db8::/32 or one address"
        ) from None


def parse_address(text: str) -> IPAddress:
    """Read an address; one of IPv4 that is mapped into IPv6 (RFC 4291 §2.5.5.2) is that of IPv4. Raises ValueError."""
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def contains(networks: Iterable[IPNetwork], address: IPAddress | None) -> bool:
    """Whether ``address`` lies in one of ``networks``; an address that isn't known lies in none."""
    return address is not None and any(address in network for network in networks)
