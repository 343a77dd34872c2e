"""Listens on the line between a gatewayd and its modem."""

from __future__ import annotations

import os
import select
import threading
import tty
from pathlib import Path


class Tap:
    """A serial port that passes everything on to another one, and keeps what the host writes.

    Args:
        link: the name that gatewayd is given.
        port: the modem's own port.
    """

    def __init__(self, link: Path, port: Path) -> None:
        self.port = link
        self._written = bytearray()
        self._host, slave = os.openpty()
        tty.setraw(slave)
        self._slave = slave  # held, so that the host may close it and come back
        self._modem = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._modem)
        link.symlink_to(os.ttyname(slave))
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._pass_on)
        self._thread.start()

    @property
    def written(self) -> bytes:
        """What the host has written."""
        return bytes(self._written)

    def close(self) -> None:
        os.close(self._stopped)
        self._thread.join()
        for descriptor in (self._host, self._slave, self._modem, self._stop):
            os.close(descriptor)

    def _pass_on(self) -> None:
        while True:
            ready, _, _ = select.select([self._host, self._modem, self._stop], [], [])
            if self._stop in ready:
                return
            if self._host in ready:
                data = os.read(self._host, 65_536)
                self._written += data
                os.write(self._modem, data)
            if self._modem in ready:
                os.write(self._host, os.read(self._modem, 65_536))
