"""Opening the sockets that the server listens on."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import trio

from gatewayd.errors import GatewaydError
from gatewayd.http.settings import parse_address

_BACKLOG = 256
_LONGEST_PATH = 107  # bytes; sun_path of unix(7) less its closing zero


class CannotListen(GatewaydError):
    """An address of `[api]` can't be listened on."""

    code = "cannot_listen"


def bind_tcp(address: str) -> trio.SocketListener:
    """Listen on ``address`` (as in ``[api] bind``). Raises CannotListen, which says why."""
    host, port = parse_address(address)
    family = socket.AF_INET6 if host.version == 6 else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # Else [::]:8080 would take 0.0.0.0:8080 too, and listing both would fail.
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((str(host), port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(f"can't listen on {address}: {_reason(error)}") from error
    return trio.SocketListener(trio.socket.from_stdlib_socket(listening))


def bind_unix(path: Path) -> trio.SocketListener:
    """Listen on the Unix socket ``path``, mode 0660; one left by a dead process is replaced.

    Raises CannotListen: a living process listens there, something else is there, or the path is too long.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise CannotListen(f"can't listen on {path}: a socket's path has at most {_LONGEST_PATH} bytes")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        # Nobody else may connect in the moment between bind and chmod.
        umask = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(umask)
        path.chmod(0o660)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(f"can't listen on {path}: {_reason(error)}") from error
    except CannotListen:
        listening.close()
        raise
    return trio.SocketListener(trio.socket.from_stdlib_socket(listening))


def describe(listener: trio.SocketListener) -> str:
    """Its address as people write it: ``127.0.0.1:8080``, ``[::1]:8080``, or the path."""
    name = listener.socket.getsockname()
    if isinstance(name, str):
        return name
    return f"[{name[0]}]:{name[1]}" if listener.socket.family == socket.AF_INET6 else f"{name[0]}:{name[1]}"


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise CannotListen(f"can't listen on {path}: there is something else of that name")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise CannotListen(f"can't listen on {path}: another process listens there")


def _reason(error: OSError) -> str:
    hints = {
        errno.EADDRINUSE: "another program uses this port",
        errno.EACCES: "permission denied (ports below 1024 and others' directories need privileges)",
        errno.EADDRNOTAVAIL: "this machine has no such address",
        errno.ENOENT: "its directory does not exist",
    }
    return hints.get(error.errno or 0, os.strerror(error.errno or 0))
