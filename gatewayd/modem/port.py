"""A serial port: opened and configured by pyserial on a thread, read and written by trio.

Opening a dead modem's port, and closing one whose output can't drain, can hang in the kernel for a minute. So both
happen on threads that may be left behind, and both directions are flushed before closing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import termios
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import serial
import trio

from gatewayd.modem.failures import PortBusy, PortUnavailable
from gatewayd.modem.holder import holder_of

_PTY_SLAVES = range(136, 144)
"""Major device numbers of pseudo-terminals (Linux, Documentation/admin-guide/devices.txt)."""


class Port(Protocol):
    """An open port."""

    @property
    def stream(self) -> trio.abc.Stream:
        """Its two directions."""
        ...

    async def aclose(self) -> None:
        """Close, without waiting for what the modem hasn't taken."""
        ...


class Device(Protocol):
    """Where a modem is, or will be when it is plugged in."""

    @property
    def name(self) -> str:
        """What to call it in messages for people."""
        ...

    def is_present(self) -> bool:
        """Whether there is something to open."""
        ...

    async def open(self) -> Port:
        """Open it for ourselves alone. Raises ``PortUnavailable``."""
        ...


class SerialPort:
    """An open serial port."""

    def __init__(self, device: serial.Serial) -> None:
        self._device = device
        # A descriptor of its own: each side closes one, or the second would close a stranger's.
        self.stream = trio.lowlevel.FdStream(os.dup(device.fileno()))

    async def aclose(self) -> None:
        """Close, without waiting for what the modem hasn't taken."""
        await trio.to_thread.run_sync(_flush, self._device, abandon_on_cancel=True)
        await self.stream.aclose()
        await trio.to_thread.run_sync(_close, self._device, abandon_on_cancel=True)


@dataclass(frozen=True, slots=True)
class SerialDevice:
    """A serial port by its name in the file system, 8N1 without flow control."""

    path: Path
    baudrate: int

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def is_present(self) -> bool:
        """Whether there is something under that name; a link to a device that has gone counts as nothing."""
        return self.path.exists()

    async def open(self) -> SerialPort:
        """Open it for ourselves alone.

        Raises ``PortBusy`` where another program has it, naming it where that can be seen, and ``PortUnavailable``.
        """
        abandoned = threading.Event()
        try:
            device = await trio.to_thread.run_sync(
                _open, self.path, self.baudrate, abandoned, abandon_on_cancel=True
            )
        except trio.Cancelled:
            abandoned.set()
            raise
        return SerialPort(device)


def _open(path: Path, baudrate: int, abandoned: threading.Event) -> serial.Serial:
    pseudo = _is_pty(path)
    # Root may open a port that is held with TIOCEXCL, as ModemManager does, and each would read half of the answers.
    if not pseudo and (holder := holder_of(path)) is not None:
        raise PortBusy(_busy(path, holder))
    try:
        device = serial.Serial(str(path), baudrate, timeout=0, write_timeout=0, exclusive=True)
    except serial.SerialException as error:
        raise _unavailable(path, error) from error
    except (OSError, ValueError, termios.error) as error:
        raise PortUnavailable(f"{path} can't be set up as a serial port: {error}") from error
    _read_waits(device)
    if abandoned.is_set():
        _close(device)
        raise PortUnavailable(f"{path}: given up")
    if not pseudo:
        # Not on a pty: there the mark outlives the descriptor, and only root could ever open it again.
        fcntl.ioctl(device.fileno(), termios.TIOCEXCL)
    return device


def _read_waits(device: serial.Serial) -> None:
    # pyserial sets VMIN to 0, with which a read that finds nothing looks like the end of the file.
    attributes = termios.tcgetattr(device.fileno())
    attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
    termios.tcsetattr(device.fileno(), termios.TCSANOW, attributes)


def _unavailable(path: Path, error: serial.SerialException) -> PortUnavailable:
    # EAGAIN is flock's: another program has locked the port.
    if error.errno in (errno.EBUSY, errno.EAGAIN):
        return PortBusy(_busy(path, holder_of(path)))
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortUnavailable(f"no permission to open {path}: add gatewayd's user to the group `dialout`")
    return PortUnavailable(f"{path} can't be opened: {os.strerror(error.errno) if error.errno else error}")


def _busy(path: Path, holder: str | None) -> str:
    advice = (
        "; tell it to leave this modem alone with the udev property ID_MM_DEVICE_IGNORE=1"
        if holder is not None and holder.startswith("ModemManager")
        else "; stop it, or give gatewayd another port"
    )
    return f"{path} is held by {holder or 'another program'}{advice}"


def _is_pty(path: Path) -> bool:
    try:
        return os.major(path.stat().st_rdev) in _PTY_SLAVES
    except OSError:
        return False


def _flush(device: serial.Serial) -> None:
    # The device may have gone: then there is nothing to flush.
    with contextlib.suppress(serial.SerialException, OSError, termios.error):
        termios.tcflush(device.fileno(), termios.TCIOFLUSH)


def _close(device: serial.Serial) -> None:
    with contextlib.suppress(serial.SerialException, OSError, termios.error):
        device.close()
