"""The first start: while there is nobody, say in the log how to become the first person."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from gatewayd.access.people.service import People
from gatewayd.errors import StorageFull
from gatewayd.http.settings import parse_address
from gatewayd.log import get_logger

_log = get_logger("gatewayd.supervisor")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages are."""

    address: str
    encrypted: bool = False


async def invite(people: People, pages: Pages | None) -> None:
    """Log a link that lets whoever reads it become the first administrator; nothing where there is somebody.

    Where there are no ``pages``, a command does it.
    """
    try:
        link = await people.first_start_secret()
    except StorageFull:
        return  # that the disk is full is said elsewhere; the next start invites again
    if link is None:
        return
    if pages is None:
        _log.warning("gatewayd.nobody", hint="`gatewayd user create` adds the first person")
        return
    scheme = "https" if pages.encrypted else "http"
    url = f"{scheme}://{_reachable(pages.address)}/admin/first-start/{link.secret}"
    _log.warning("gatewayd.first_start", url=url, expires_at=link.expires_at.isoformat(timespec="seconds"))


def _reachable(address: str) -> str:
    """An address as a browser takes it: who listens everywhere is reached by this machine's name."""
    host, port = parse_address(address)
    unspecified = (ipaddress.IPv4Address(0), ipaddress.IPv6Address(0))
    return f"{socket.gethostname()}:{port}" if host in unspecified else address
