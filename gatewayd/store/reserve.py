"""A file that holds disk space for the moment when there is none left.

When the disk is full, new messages are refused, but what a modem has done must still be written down: then the file
is emptied, and only outcomes may use the room. It is filled again as soon as the disk allows.
"""

from __future__ import annotations

import os
from pathlib import Path


class Reserve:
    """``size`` bytes beside the database, allocated and not sparse. Used on the writer's thread."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        #: Whether the space has been given away: all but outcomes are refused until ``refill`` succeeds.
        self.released = False

    def refill(self) -> bool:
        """Allocate the space (again); False where the disk hasn't got it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if self._size:
                os.posix_fallocate(descriptor, 0, self._size)
            os.ftruncate(descriptor, self._size)
        except OSError:
            self._empty(descriptor)
        else:
            self.released = False
        finally:
            os.close(descriptor)
        return not self.released

    def release(self) -> bool:
        """Give the space away; False where that had been done before."""
        if self.released:
            return False
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._empty(descriptor)
        finally:
            os.close(descriptor)
        return True

    def _empty(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        self.released = True
