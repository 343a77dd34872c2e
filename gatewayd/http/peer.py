"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

import trio

_UCRED = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Peer:
    """The process that connected, as the kernel vouches for it (unix(7), SO_PEERCRED)."""

    pid: int
    uid: int
    gid: int


def peer_of(connected: trio.socket.SocketType) -> Peer:
    """The peer of a connected Unix socket. Raises OSError where it is none."""
    data = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return Peer(*_UCRED.unpack(data))
