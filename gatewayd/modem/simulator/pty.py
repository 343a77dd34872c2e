"""The pty that stands for the serial port, and the symbolic link that stands for its device name.

The simulator holds the client's side open too while no client does, or the kernel would report a hang-up in a loop;
it lets go when a client has written something. So the last client's leaving shows as a hang-up, on which what it left
unread is thrown away and an exclusive lock (TIOCEXCL) that it took falls, both as on a real port.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import termios
import tty
from pathlib import Path

import trio

_CHUNK = 65536
_LOCAL_FLAGS = 3
"""Index into what ``tcgetattr`` returns."""
_PTYS = Path("/dev/pts")
_STALLED = 0.25
"""Seconds after which output to a client that doesn't read is dropped: a serial line doesn't wait for ever."""


class LinkOccupied(Exception):
    """The name for the simulated port is taken: by another program's pty, or by what isn't a symbolic link."""


class PtyPort:
    """An open pty with a link to it. Create it with ``open_port``; ``close`` is what pulling the plug does."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._held: int | None = None
        self._open(None)

    def _open(self, before: str | None) -> None:
        """Make a pty and let the link name it, in place of ``before``, which was our own."""
        self._master, slave = os.openpty()
        self._held = slave
        self.device = os.ttyname(slave)
        os.set_blocking(self._master, False)
        tty.setraw(slave)
        try:
            _replace_link(self.link, self.device, before)
        except BaseException:
            os.close(self._master)
            os.close(slave)
            raise

    @property
    def attended(self) -> bool:
        """Whether a client has it open, and has said something."""
        return self._held is None

    async def read(self) -> bytes:
        """Wait for what a client writes. Raises trio.ClosedResourceError once the port was closed."""
        # A client that never stops writing must not keep everybody else from running.
        await trio.lowlevel.checkpoint()
        while True:
            try:
                data = os.read(self._descriptor(), _CHUNK)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._descriptor())
            except OSError:
                # EIO: the last client has closed its side.
                self._hold()
            else:
                self._let_go()
                return data

    async def write(self, data: bytes) -> None:
        """Write all of ``data``, or drop the rest if nobody reads it. Raises trio.ClosedResourceError."""
        rest = memoryview(data)
        with trio.move_on_after(_STALLED):
            while rest:
                try:
                    rest = rest[os.write(self._descriptor(), rest) :]
                except BlockingIOError:
                    await trio.lowlevel.wait_writable(self._descriptor())
                except OSError:
                    return  # the client left; ``read`` deals with it

    def close(self) -> None:
        """Close the pty and take the link away; a second time does nothing. Clients see a hang-up."""
        if self._master < 0:
            return
        with contextlib.suppress(OSError):
            if str(self.link.readlink()) == self.device:  # unless another simulator has put its own there
                self.link.unlink()
        trio.lowlevel.notify_closing(self._master)
        os.close(self._master)
        self._master = -1
        self._let_go()

    def _descriptor(self) -> int:
        if self._master < 0:
            raise trio.ClosedResourceError("the simulated modem is unplugged")
        return self._master

    def _hold(self) -> None:
        """Take the client's side over from a client that left, in the state in which a fresh port would be.

        The next client may be there already, so nothing is touched that it could have done: only what the last one
        left unread is thrown away.
        """
        try:
            self._held = os.open(self.device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            # It was locked with TIOCEXCL, which a pty, unlike a port, doesn't forget; only root gets past it.
            self._renew()
            return
        fcntl.ioctl(self._held, termios.TIOCNXCL)
        if termios.tcgetattr(self._held)[_LOCAL_FLAGS] & (termios.ECHO | termios.ICANON):
            tty.setraw(self._held)  # or what the modem says would come back to it as an echo
        termios.tcflush(self._held, termios.TCIFLUSH)

    def _renew(self) -> None:
        """Put a fresh pty under the link."""
        trio.lowlevel.notify_closing(self._master)
        os.close(self._master)
        self._open(self.device)

    def _let_go(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _replace_link(link: Path, device: str, before: str | None) -> None:
    """Let ``link`` name ``device``, in one step for whoever looks. Raises LinkOccupied, OSError."""
    if link.exists() and not link.is_symlink():
        raise LinkOccupied(f"{link} exists and is no symbolic link: choose another --link, or remove it")
    if (taken := _live_pty(link)) not in (None, before):
        raise LinkOccupied(
            f"{link} is the port of another running program ({taken}): choose another --link, or end that program"
        )
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(device)
    temporary.replace(link)


def _live_pty(link: Path) -> str | None:
    """The pty that ``link`` was made for, if it is still open; None for a link that its maker has left behind.

    The kernel gives the numbers of closed ptys away again: one that is younger than the link is somebody else's.
    """
    with contextlib.suppress(OSError):
        target = link.resolve(strict=True)
        if target.parent == _PTYS and target.stat().st_ctime_ns <= link.lstat().st_ctime_ns:
            return str(target)
    return None
