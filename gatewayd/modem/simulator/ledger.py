"""The ledger: what the simulated network saw, one JSON object a line. Tests take it for the truth.

A line is written, with one ``write()``, before the modem answers, so a client that has read ``+CMGS`` finds the
message here. It isn't fsynced: it must survive the end of the process, not of the machine.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True)
class Parts:
    """Which part of a long message: the concatenation's reference, how many there are, which one this is (from 1)."""

    ref: int
    total: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One submit and how it ended."""

    at: datetime
    """When it ended: wall clock, UTC."""
    monotonic: float
    """When the modem read 0x1A (or AT+CMGS, where no prompt was given): CLOCK_MONOTONIC, in seconds, so it can be
    compared between processes of one boot."""
    event: Literal["accepted", "refused"]
    modem: str
    imei: str
    iccid: str
    mr: int | None = None
    """TP-MR, 0 to 255; None where refused."""
    to: str = ""
    text: str = ""
    encoding: str = ""
    parts: Parts | None = None
    """None for a message of one part."""
    pdu: str = ""
    """The whole PDU, SMSC part included, in hexadecimal."""
    kind: str | None = None
    """What the host was told: ``cms``, ``cme``, ``error``; ``timeout``, ``lost`` and ``hang``: nothing at all;
    ``prompt``: it got no prompt; None: +CMGS."""
    code: int | None = None
    """The number that came with ``cms`` or ``cme``."""

    def to_json(self) -> str:
        """The line, without its end."""
        fields: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        fields["at"] = self.at.isoformat(timespec="microseconds")
        if self.parts is not None:
            fields["parts"] = {"ref": self.parts.ref, "total": self.parts.total, "n": self.parts.n}
        return json.dumps(fields, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read a line back. Raises ValueError, KeyError or TypeError where it isn't one of ours."""
        fields = json.loads(line)
        parts = fields.pop("parts")
        at = datetime.fromisoformat(fields.pop("at")).astimezone(UTC)
        return cls(at=at, parts=Parts(**parts) if parts else None, **fields)


_KEPT = 100_000
"""Entries kept where there is no file: a simulator may run for weeks."""

_FIELDS = tuple(field.name for field in dataclasses.fields(Entry))


def read(path: Path) -> list[Entry]:
    """All entries of a ledger, oldest first; none if there is no such file.

    A last line without its end is left out: its writer was killed, or is still at it, and hasn't answered the host.
    """
    try:
        whole, _, _ = path.read_bytes().rpartition(b"\n")
    except FileNotFoundError:
        return []
    # A UCS-2 text may hold half a surrogate pair; the ledger keeps what came.
    lines = whole.decode("utf-8", "surrogatepass").split("\n")
    return [Entry.from_json(line) for line in lines if line]


class Ledger:
    """Where the network writes down what it saw; ``path`` None keeps it in memory only, the last
    100,000 entries of it.

    Opening continues an existing file, after cutting off a line that a killed writer left unfinished.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: int | None = None
        self._kept: deque[Entry] | None = deque(maxlen=_KEPT) if path is None else None
        self._path = path
        if path is not None:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            _cut_unfinished_line(self._file)

    @property
    def entries(self) -> list[Entry]:
        """All entries so far, oldest first."""
        return list(self._kept) if self._kept is not None else read(self._path or Path())

    def append(self, entry: Entry) -> None:
        """Write one entry. Raises OSError: a ledger that can't be written is worth nothing."""
        if self._kept is not None:
            self._kept.append(entry)
        elif self._file is not None:
            line = entry.to_json().encode("utf-8", "surrogatepass") + b"\n"
            if os.write(self._file, line) != len(line):
                raise OSError(errno.ENOSPC, "the ledger took only a part of a line", str(self._path))

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def accepted(entries: Iterable[Entry]) -> list[Entry]:
    """Only what the network took."""
    return [entry for entry in entries if entry.event == "accepted"]


def _cut_unfinished_line(file: int) -> None:
    """Cut the file behind its last line end, so that the next line starts on its own."""
    size = os.fstat(file).st_size
    tail = os.pread(file, min(size, 65536), max(0, size - 65536))
    unfinished = len(tail) - (tail.rfind(b"\n") + 1)
    if unfinished:
        os.ftruncate(file, size - unfinished)
