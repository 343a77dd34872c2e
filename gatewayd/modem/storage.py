"""The modem's memories for received messages: which there are, how full they are, what lies in them.

A memory is named as in 3GPP TS 27.005 §3.1: SM (the SIM), ME (the modem), SR (status reports). Reading is in PDU mode,
and total: whatever a modem answers comes out as entries, or is left where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from gatewayd.modem.session import Session

Kind = Literal["message", "report"]

REPORTS: Final = "SR"
"""The memory that holds status reports alone."""
_USABLE: Final = ("SM", "ME", REPORTS)
"""In the order in which they are looked through. MT is SM and ME in one, BM holds broadcasts."""
_READS: Final = 5
"""Times that an entry is read at one look until it arrives whole, or twice the same."""
_LIST_LIMIT: Final = 30.0
"""Seconds for a listing: at 9600 baud, some 80 messages."""
_BY_TYPE: Final[dict[int, Kind]] = {0b00: "message", 0b10: "report"}
"""TP-MTI of what a network sends: SMS-DELIVER, SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.3.1)."""

_LISTED = re.compile(r"\+CMGL: ?(\d{1,5}), ?(\d)(?:,.*?(?:, ?(\d{1,3}))?)?")
_READ = re.compile(r"\+CMGR: ?(\d)(?:,.*?(?:, ?(\d{1,3}))?)?")
_HEADERS: Final = ("+CMGL:", "+CMGR:")
_USAGE = re.compile(r"\+CPMS: ?(?:\"[A-Z]{2}\", ?)?(\d{1,5}), ?(\d{1,5})(?:,.*)?")
_FIRST_GROUP = re.compile(r"\(([^()]*)\)")
_MEMORIES = re.compile(r' *"[A-Z]{2}" *(?:, *"[A-Z]{2}" *)*')


@dataclass(frozen=True, slots=True)
class Usage:
    """How full a memory is, in messages."""

    used: int
    total: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a memory."""

    index: int
    status: int
    """0 unread, 1 read; 2 and 3: written there to be sent, no business of ours."""
    octets: bytes
    """The PDU with its SMSC part; what isn't hexadecimal, as it was written; empty: the entry holds nothing."""
    intact: bool
    """It is as long as the modem said."""

    @property
    def received(self) -> bool:
        """Whether it came from the network."""
        return self.status in (0, 1)


def parse_listing(lines: Sequence[str]) -> list[Entry]:
    """The entries in an answer to AT+CMGL, in order. A header without a PDU is an entry that holds nothing."""
    return [
        _entry(int(header[1]), int(header[2]), header[3], line) for header, line in _with_pdus(_LISTED, lines)
    ]


def parse_entry(index: int, lines: Sequence[str]) -> Entry | None:
    """The entry in an answer to AT+CMGR=``index``; None where there is none."""
    for header, line in _with_pdus(_READ, lines):
        return _entry(index, int(header[1]), header[2], line)
    return None


def _with_pdus(pattern: re.Pattern[str], lines: Sequence[str]) -> Iterator[tuple[re.Match[str], str]]:
    """Each header, and the line with its PDU; "" where that is missing. A header that came twice is one."""
    for line, following in pairwise([*lines, ""]):
        header = pattern.fullmatch(line)
        if header is not None and following != line:
            yield header, "" if following.startswith(_HEADERS) else following


def parse_usage(lines: Sequence[str]) -> Usage | None:
    """The first memory's usage in an answer to AT+CPMS= or AT+CPMS?; None where it can't be read."""
    for line in lines:
        if (found := _USAGE.fullmatch(line)) is not None:
            return Usage(int(found[1]), int(found[2]))
    return None


def parse_memories(lines: Sequence[str]) -> tuple[str, ...]:
    """The memories that can be read, out of an answer to AT+CPMS=?, in the order in which to look through them.

    None of a list that is damaged: what one of its names has become would be left out, and never looked into.
    """
    group = _FIRST_GROUP.search(" ".join(lines))
    if group is None or _MEMORIES.fullmatch(group[1]) is None:
        return ()
    return tuple(name for name in _USABLE if f'"{name}"' in group[1])


def kind_of(octets: bytes) -> Kind | None:
    """What a PDU with its SMSC part is by its TP-MTI; None where it isn't anything that a network sends."""
    tpdu = octets[1 + octets[0] :] if octets else b""
    return _BY_TYPE.get(tpdu[0] & 0b11) if tpdu else None


def _entry(index: int, status: int, length: str | None, line: str) -> Entry:
    try:
        octets = bytes.fromhex(line)
    except ValueError:
        return Entry(index, status, line.encode("ascii", "replace"), intact=False)
    # The modem counts without the SMSC part, whose first octet says how long that is.
    whole = len(octets) - 1 - octets[0] if octets else 0
    return Entry(index, status, octets, intact=length is None or int(length) == whole)


async def read_memories(session: Session) -> tuple[str, ...]:
    """The memories that this modem lets us read; none where it won't say. Raises as ``Session.command``."""
    return parse_memories((await session.command("AT+CPMS=?", can_wait=True)).info)


async def select(session: Session, memory: str) -> Usage | None:
    """Let what follows read and delete in ``memory``; return how full it is. None: it can't be selected, or won't say.

    Raises as ``Session.command``.
    """
    answer = await session.command(f'AT+CPMS="{memory}"', can_wait=True)
    return parse_usage(answer.info) if answer.ok else None


async def list_entries(session: Session) -> list[Entry]:
    """What the selected memory holds, but for what the line doesn't let through. Raises as ``Session.command``.

    Whatever this returns is deleted from the memory sooner or later. So an entry that isn't whole is read by itself;
    where that brings nothing, it must be the same in a second listing.
    """
    entries = await _list_once(session)
    odd = [entry for entry in entries if not entry.intact]
    read = {entry.index: await read_entry(session, entry.index) for entry in odd}
    again = {entry.index: entry for entry in await _list_once(session)} if None in read.values() else {}
    believed = []
    for entry in entries:
        found = entry if entry.intact else read[entry.index]
        if found is None and _same(entry, again.get(entry.index)):
            found = entry
        if found is not None:
            believed.append(found)
    return believed


async def _list_once(session: Session) -> list[Entry]:
    answer = await session.command("AT+CMGL=4", tries=1, can_wait=True, limit=_LIST_LIMIT)
    return parse_listing(answer.info)


def _same(one: Entry, other: Entry | None) -> bool:
    """Whether both hold the same; reading it has made it a read one.

    Two that hold nothing, though the modem told a length, prove nothing: a line that goes missing looks the same twice.
    """
    return other is not None and one.octets == other.octets and bool(one.octets)


async def read_entry(session: Session, index: int) -> Entry | None:
    """One entry of the selected memory; None where there is none, or where no reading of it can be believed.

    What doesn't arrive whole is read again, since an octet lost on the line must not be lost for good. Twice the same,
    it is the entry that is odd, not the line. Raises as ``Session.command``.
    """
    entry = await _read_once(session, index)
    for _ in range(_READS - 1):
        if entry is None or entry.intact:
            return entry
        before, entry = entry, await _read_once(session, index)
        if _same(before, entry):
            return entry
    return entry if entry is not None and entry.intact else None


async def _read_once(session: Session, index: int) -> Entry | None:
    answer = await session.command(f"AT+CMGR={index}", can_wait=True)
    return parse_entry(index, answer.info) if answer.ok else None


async def delete_entry(session: Session, index: int) -> bool:
    """Delete one entry of the selected memory; return whether it is gone. Raises as ``Session.command``."""
    # Once: had only the answer been lost, a second try could hit a message that has come into the place since.
    return (await session.command(f"AT+CMGD={index}", tries=1, can_wait=True)).ok
