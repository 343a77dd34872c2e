"""What systemd wants to hear from a service of Type=notify: one datagram per notice (sd_notify(3)).

Outside systemd there is no ``NOTIFY_SOCKET``, and every call does nothing. No call waits: where the manager's queue is
full (net.unix.max_dgram_qlen, 10 unless systemd raised it), what it must hear goes before the next notice, and the rest
is dropped.
"""

from __future__ import annotations

import os
import socket
import time


class Notifier:
    """Sends notices to the service manager.

    Args:
        address: the value of ``NOTIFY_SOCKET``: a path, or ``@name`` for an abstract socket; None sends nothing.
    """

    def __init__(self, address: str | None) -> None:
        self._address: str | bytes | None = address
        if address and address.startswith("@"):
            # unix(7): an abstract name begins with a zero byte where the variable has an @.
            self._address = b"\0" + os.fsencode(address[1:])
        self._owed: list[str] = []

    @classmethod
    def from_environment(cls) -> Notifier:
        """The notifier for this process; takes ``NOTIFY_SOCKET`` away so that child processes can't notify."""
        return cls(os.environ.pop("NOTIFY_SOCKET", None))

    def ready(self) -> None:
        """Start-up, or a reload, is complete."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """The shutdown has begun."""
        self._tell("STOPPING=1")

    def reloading(self) -> None:
        """A reload has begun (``ready`` ends it). The stamp lets systemd tell which reload this answers."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def status(self, text: str) -> None:
        """One line for people, shown by ``systemctl status``."""
        self._send("STATUS=" + text.replace("\n", " "))

    def watchdog(self) -> None:
        """Still alive: restarts systemd's WatchdogSec."""
        self._send("WATCHDOG=1")

    def extend_timeout(self, seconds: float) -> None:
        """Ask for ``seconds`` more, from now, before the present start or stop counts as failed."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1_000_000)}")

    def _tell(self, notice: str) -> None:
        self._owed.append(notice)
        self._pay()

    def _send(self, notice: str) -> None:
        if self._pay():
            self._deliver(notice)

    def _pay(self) -> bool:
        """Send what is owed, in its order; return whether nothing is left of it."""
        while self._owed:
            if not self._deliver(self._owed[0]):
                return False
            del self._owed[0]
        return True

    def _deliver(self, notice: str) -> bool:
        """Return False where the manager has no room now."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagrams:
                datagrams.setblocking(False)
                datagrams.sendto(notice.encode(), self._address)
        except BlockingIOError:
            return False
        except OSError:
            # The manager went away or doesn't listen. Nothing depends on it but its own view of us; a watchdog
            # notice that never arrives restarts us, which is then right.
            return True
        return True


def watchdog_interval() -> float | None:
    """Seconds after which systemd kills a silent service (WATCHDOG_USEC), or None where it doesn't watch us."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not microseconds.isdecimal() or not watched:
        return None
    return int(microseconds) / 1_000_000 or None
