"""TP-DCS: which alphabet, and what the handset should do with the message (3GPP TS 23.038 §4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class CharacterSet(enum.Enum):
    """What the octets of TP-UD are."""

    GSM7 = "gsm7"
    OCTETS = "8bit"
    UCS2 = "ucs2"
    COMPRESSED = "compressed"


@dataclass(frozen=True, slots=True)
class DataCoding:
    """TP-DCS, taken apart."""

    character_set: CharacterSet
    message_class: int | None
    """0 (flash: shown at once, not stored), 1 (ME), 2 (SIM), 3 (TE), or None."""
    waiting: bool = False
    """A message waiting indication: the text matters less than the lamp."""


_SETS: Final = (CharacterSet.GSM7, CharacterSet.OCTETS, CharacterSet.UCS2, CharacterSet.GSM7)

#: Bit 4 announces a message class, in bits 1 and 0.
HAS_CLASS: Final = 0x10
_COMPRESSED: Final = 0x20


def decode_dcs(dcs: int) -> DataCoding:
    """Total; a reserved coding is read as the default alphabet, as §4 asks of a receiver."""
    group = dcs >> 4
    if group < 0x8:  # general data coding, with or without automatic deletion
        character_set = CharacterSet.COMPRESSED if dcs & _COMPRESSED else _SETS[dcs >> 2 & 0x03]
        return DataCoding(character_set, dcs & 0x03 if dcs & HAS_CLASS else None)
    if group == 0xF:
        return DataCoding(CharacterSet.OCTETS if dcs & 0x04 else CharacterSet.GSM7, dcs & 0x03)
    if group >= 0xC:
        return DataCoding(CharacterSet.UCS2 if group == 0xE else CharacterSet.GSM7, None, waiting=True)
    return DataCoding(CharacterSet.GSM7, None)
