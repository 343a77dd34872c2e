"""Where a webhook leads: its URL read and checked, and the addresses that may be connected to.

The URL is read by the library that makes the request, so that both can't understand it differently. Its name is
looked up anew for each try, every address that comes back is checked, and the connection goes to one of these very
addresses: a name that leads elsewhere a moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio

from gatewayd.webhooks.addresses import AllowList, is_host, is_public, parse

#: Looks a name up: host and port in, addresses out. Raises OSError.
Resolve = Callable[[str, int], Awaitable[list[str]]]

LONGEST_URL: Final = 2000  # characters
_PORTS: Final = {"https": 443, "http": 80}


class Forbidden(Exception):
    """This may not be reached; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart."""

    url: str
    scheme: str
    host: str
    """Lower case, ASCII; an IPv6 address without brackets."""
    port: int

    @property
    def is_address(self) -> bool:
        """Whether the host is written as an address."""
        return parse(self.host) is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """Which targets are allowed."""

    allow: AllowList
    ports: tuple[int, ...]

    def read(self, url: str) -> Target:
        """Take a URL apart. Raises Forbidden for what can be seen to be wrong without looking up the name."""
        target = _taken_apart(url)
        if self.allow.names(target.host):
            return target
        address = parse(target.host)
        if address is not None and self.allow.holds(address):
            return target
        if address is not None and not is_public(address):
            raise Forbidden("leads to an address that is not public; only [webhooks] allow can permit it")
        if address is not None or not self._may_be_private(target):
            self._check_public(target)
        return target

    def check(self, target: Target, addresses: Sequence[str]) -> None:
        """Check where the name leads. Raises Forbidden unless every single address may be reached."""
        if self.allow.names(target.host):
            return
        if not addresses:
            raise Forbidden("the name leads nowhere")
        public = False
        for text in addresses:
            address = parse(text)
            if address is not None and self.allow.holds(address):
                continue
            if address is None or not is_public(address):
                raise Forbidden("leads to an address that is not public; only [webhooks] allow can permit it")
            public = True
        if public:
            self._check_public(target)

    def _may_be_private(self, target: Target) -> bool:
        """Whether a name may turn out to lead into a listed network, where more is allowed."""
        return not target.is_address and self.allow.has_networks

    def _check_public(self, target: Target) -> None:
        if target.scheme != "https":
            raise Forbidden("must begin with https://; plain HTTP is for targets listed in [webhooks] allow")
        if target.port not in self.ports:
            raise Forbidden(f"must have the port {' or '.join(map(str, self.ports))} ([webhooks] ports)")


#: Names that are looked up at a time. A lookup that hangs keeps its thread even when nobody waits any more: these are
#: not to be the threads that everybody else uses.
_LOOKUPS: Final = trio.CapacityLimiter(16)


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver. Raises OSError."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await trio.to_thread.run_sync(ask, abandon_on_cancel=True, limiter=_LOOKUPS)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def addresses_of(target: Target, rules: Rules, look_up: Resolve) -> list[str]:
    """The checked addresses of a target, now. Raises Forbidden, and OSError where the name can't be looked up."""
    found = [target.host] if target.is_address else await look_up(target.host, target.port)
    rules.check(target, found)
    return found


def _taken_apart(url: str) -> Target:
    # It costs 60 ms to import: only those who have webhooks pay for it.
    import httpx2

    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Forbidden(
            f"must be a URL of at most {LONGEST_URL} ASCII characters without spaces and backslashes"
        )
    try:
        read = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise Forbidden(f"is no valid URL: {error}") from None
    if read.scheme not in _PORTS:
        raise Forbidden("must begin with https://")
    if read.userinfo:
        raise Forbidden("must not hold a user name or password: receivers verify the signature")
    if read.fragment:
        raise Forbidden("must not have a fragment (#…)")
    host = read.raw_host.decode("ascii").rstrip(".")
    if parse(host) is None and not is_host(host):
        raise Forbidden(
            "must name a host, or an address in its usual form, such as https://hooks.example.org/sms"
        )
    port = _PORTS[read.scheme] if read.port is None else read.port
    if not 1 <= port <= 65_535:
        raise Forbidden("must have a port from 1 to 65535")
    return Target(url, read.scheme, host, port)
