"""The 7-bit tables of 3GPP TS 23.038 §6.2.1 and annex A, as data, by language."""

from __future__ import annotations

from typing import Final

from gatewayd.sms.languages import NationalLanguage
from gatewayd.sms.tables import indic_locking, indic_single, latin, urdu

#: Marks a place that a table leaves free.
FREE: Final = "·"

#: Tables that stand in for the default alphabet throughout a part.
LOCKING_SHIFT: Final[dict[NationalLanguage, str]] = {
    NationalLanguage.TURKISH: latin.TURKISH_LOCKING,
    NationalLanguage.PORTUGUESE: latin.PORTUGUESE_LOCKING,
    NationalLanguage.BENGALI: indic_locking.BENGALI,
    NationalLanguage.GUJARATI: indic_locking.GUJARATI,
    NationalLanguage.HINDI: indic_locking.HINDI,
    NationalLanguage.KANNADA: indic_locking.KANNADA,
    NationalLanguage.MALAYALAM: indic_locking.MALAYALAM,
    NationalLanguage.ORIYA: indic_locking.ORIYA,
    NationalLanguage.PUNJABI: indic_locking.PUNJABI,
    NationalLanguage.TAMIL: indic_locking.TAMIL,
    NationalLanguage.TELUGU: indic_locking.TELUGU,
    NationalLanguage.URDU: urdu.LOCKING,
}

#: Tables that stand in for the extension table: an escape goes before each of their characters.
SINGLE_SHIFT: Final[dict[NationalLanguage, str]] = {
    NationalLanguage.TURKISH: latin.TURKISH_SINGLE,
    NationalLanguage.SPANISH: latin.SPANISH_SINGLE,
    NationalLanguage.PORTUGUESE: latin.PORTUGUESE_SINGLE,
    NationalLanguage.BENGALI: indic_single.BENGALI,
    NationalLanguage.GUJARATI: indic_single.GUJARATI,
    NationalLanguage.HINDI: indic_single.HINDI,
    NationalLanguage.KANNADA: indic_single.KANNADA,
    NationalLanguage.MALAYALAM: indic_single.MALAYALAM,
    NationalLanguage.ORIYA: indic_single.ORIYA,
    NationalLanguage.PUNJABI: indic_single.PUNJABI,
    NationalLanguage.TAMIL: indic_single.TAMIL,
    NationalLanguage.TELUGU: indic_single.TELUGU,
    NationalLanguage.URDU: urdu.SINGLE,
}
