"""An attempt's dialogue with its modem as one column: a line each, with seconds, who says it, and what.

It is kept where an attempt was refused, where its outcome is unknown, and where it was accepted under a reference that
nobody could read. It has nothing personal in it (``modem.dialogue``), so it stays when texts and numbers are erased.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gatewayd.modem.ports import Said, Voice

_MARKS: Final = {Voice.GATEWAYD: ">", Voice.MODEM: "<", Voice.NOTE: "-"}
_VOICES: Final = {mark: voice for voice, mark in _MARKS.items()}
_LINE: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ([<>-]) (.+)")


def written(dialogue: Sequence[Said]) -> str | None:
    """What goes into the row, as in ``2.5 < +CMS ERROR: 38``; None where there is nothing to tell."""
    return "\n".join(f"{said.seconds:g} {_MARKS[said.voice]} {said.line}" for said in dialogue) or None


def read(column: str | None) -> tuple[Said, ...]:
    """The dialogue of a row. Lines that the disk has damaged are left out."""
    found = map(_LINE.fullmatch, (column or "").split("\n"))
    return tuple(Said(float(line[1]), _VOICES[line[2]], line[3]) for line in found if line is not None)
