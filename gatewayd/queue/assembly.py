"""Putting received parts together: which belong to one message, and what they say as a whole. Pure.

Parts of one message share sender, reference, its width and the count of parts; the receiving side has looked for
those already. That is not always enough: references are as short as eight bits, and some senders use one and the same
for everything. Where a number comes a second time with other content, it begins another set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

#: How long the first part of a message waits for the others.
WINDOW: Final = timedelta(hours=24)
#: Messages that wait for parts at a time. Anybody may send first parts without number; the oldest then give way.
MAX_OPEN: Final = 1_000
#: A handset that got no answer sends a part again within minutes, and the service centre dates it anew. Later, the
#: same words under the same reference are those of another message.
REPEATED_WITHIN: Final = timedelta(minutes=10)
#: What stands in a text for parts that never came.
GAP: Final = "[…]"

_UCS2: Final = "ucs2"
#: Encodings without text: their octets are shown in hexadecimal.
_OCTETS: Final = frozenset({"8bit", "compressed"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One part as it was received."""

    seq: int
    """Its row: the order in which parts came."""
    number: int
    """Its place in the message, from 1."""
    encoding: str
    """As in ``sms.userdata.UserData``."""
    text: str
    data: bytes
    """The octets behind the header: UCS-2 may split a character between two parts."""
    sent_at: datetime | None
    """When the service centre got it."""
    received_at: datetime

    def says_the_same(self, other: Piece) -> bool:
        """Whether it is the same part, sent a second time under another date."""
        same = (self.number, self.encoding, self.data) == (other.number, other.encoding, other.data)
        return same and _distance(self, other) <= REPEATED_WITHIN


@dataclass(slots=True)
class Assembly:
    """Parts of one message."""

    pieces: dict[int, Piece] = field(default_factory=dict)
    """By number."""
    repeated: list[Piece] = field(default_factory=list)
    """Parts that say what one of ``pieces`` says."""

    @property
    def first(self) -> Piece:
        """The part that came first."""
        return min(self.pieces.values(), key=lambda piece: piece.seq)

    @property
    def rows(self) -> list[int]:
        """``seq`` of all of them."""
        return [piece.seq for piece in (*self.pieces.values(), *self.repeated)]


@dataclass(frozen=True, slots=True)
class Joined:
    """What a message says."""

    text: str
    encoding: str
    """That of its parts; ``mixed`` where they differ."""


def sort_out(pieces: Iterable[Piece]) -> list[Assembly]:
    """Divide parts under the same sender, reference and count into messages, the oldest first.

    A part that says what another one says is that one, sent again. Any other goes to the message that lacks its number
    and was sent nearest to it in time, or begins a new one.
    """
    found: list[Assembly] = []
    for piece in sorted(pieces, key=lambda piece: piece.seq):
        same = next((one for one in found if _has(one, piece)), None)
        if same is not None:
            same.repeated.append(piece)
            continue
        lacking = [
            (_distance(one.first, piece), place)
            for place, one in enumerate(found)
            if piece.number not in one.pieces
        ]
        if lacking:
            found[min(lacking)[1]].pieces[piece.number] = piece
        else:
            found.append(Assembly({piece.number: piece}))
    return found


def _has(assembly: Assembly, piece: Piece) -> bool:
    known = assembly.pieces.get(piece.number)
    return known is not None and known.says_the_same(piece)


def _distance(one: Piece, other: Piece) -> timedelta:
    return abs((one.sent_at or one.received_at) - (other.sent_at or other.received_at))


def join(pieces: Sequence[Piece], total: int) -> Joined:
    """What the parts of a message of ``total`` parts say together; ``GAP`` stands for each run of missing ones.

    Neighbouring UCS-2 parts are joined before they are decoded: some senders split a surrogate pair between them.
    """
    ordered = sorted(pieces, key=lambda piece: piece.number)
    encodings = {piece.encoding for piece in ordered}
    text, due = "", 1
    for _, run in groupby(
        enumerate(ordered), key=lambda place: (place[1].number - place[0], place[1].encoding)
    ):
        neighbours = [piece for _, piece in run]
        if neighbours[0].number != due:
            text += GAP
        text += _decode(neighbours)
        due = neighbours[-1].number + 1
    if due <= total:
        text += GAP
    return Joined(text, encodings.pop() if len(encodings) == 1 else "mixed")


def _decode(neighbours: Sequence[Piece]) -> str:
    """Parts of one encoding, without a gap."""
    encoding = neighbours[0].encoding
    if encoding == _UCS2:
        # An odd octet at the end of a part is no half of anything.
        octets = b"".join(piece.data[: len(piece.data) & ~1] for piece in neighbours)
        return octets.decode("utf-16-be", "replace")
    if encoding in _OCTETS:
        return "".join(piece.data.hex() for piece in neighbours).upper()
    return "".join(piece.text for piece in neighbours)
