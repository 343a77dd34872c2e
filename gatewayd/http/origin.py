"""From which address a request comes, also behind proxies.

What a proxy writes into a header can be believed as far as the proxy itself, and only in the header that it does
write: the others it passes on as the client made them up. So the proxies and their one header are configured. From
the right, where the nearest proxy has written, the first address that is no trusted proxy's is the client's; what
stands before it, anybody may have written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from starlette.types import Scope

from gatewayd.access.networks import LOCAL, IPAddress, IPNetwork, contains, parse_address

ProxyHeader = Literal["x-forwarded-for", "forwarded"]

# RFC 7239 §4: `for=192.0.2.43`, `For="[2001:db8::17]:4711"`, between other pairs. Words such as `unknown` are none.
_FOR = re.compile(
    r'(?:^|;)\s*for\s*=\s*"?(\[[^\]]*\]|[^";,:\s]+)(?::[0-9_a-z.-]+)?"?\s*(?:;|$)', re.IGNORECASE
)


class Origins:
    """Tells where requests come from.

    Args:
        trusted: the networks of the proxies that may say for whom they ask; empty: none.
        header: where these say it, in lower case.
    """

    def __init__(self, trusted: Iterable[IPNetwork] = (), header: ProxyHeader = "x-forwarded-for") -> None:
        self._trusted = tuple(trusted)
        self._header = header.encode()
        self._address_in = _in_forwarded if header == "forwarded" else parse_address

    def of(self, scope: Scope) -> IPAddress | None:
        """The client's address; None where a trusted proxy doesn't tell it. A Unix socket's peer is this machine."""
        client = scope.get("client")
        if client is None:
            return LOCAL
        address: IPAddress | None = parse_address(client[0])
        if not contains(self._trusted, address):
            return address
        for hop in self._hops(scope):
            try:
                address = self._address_in(hop)
            except ValueError:
                return None
            if not contains(self._trusted, address):
                break
        return address

    def is_secure(self, scope: Scope) -> bool:
        """Whether the client's own connection is encrypted: ours, or that to a trusted proxy which says so."""
        client = scope.get("client")
        if scope["scheme"] == "https" or client is None:
            return bool(scope["scheme"] == "https")
        told = [value.strip().lower() for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        return told == [b"https"] and contains(self._trusted, parse_address(client[0]))

    def _hops(self, scope: Scope) -> Iterator[str]:
        """What the proxies wrote, the nearest first. Several lines of one header are one list (RFC 9110 §5.3)."""
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == self._header]
        return (hop.strip() for hop in reversed(",".join(lines).split(",")) if hop.strip())


def _in_forwarded(element: str) -> IPAddress:
    """The address in one element of `Forwarded`. Raises ValueError where there is none."""
    found = _FOR.search(element)
    if found is None:
        raise ValueError("no address")
    return parse_address(found[1].strip("[]"))
