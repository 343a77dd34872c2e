"""National tables of the languages in Latin script.

3GPP TS 23.038 annexes A.2.1 to A.2.3 and A.3.1 to A.3.3; Spanish has no locking shift table.
Each table is 128 characters in rows of 16, by septet; ``·`` marks a place that the table leaves free.
"""

from __future__ import annotations

from typing import Final

TURKISH_LOCKING: Final = (
    "@£$¥€éùıòÇ\nĞğ\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ·ŞşßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "İABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "çabcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

TURKISH_SINGLE: Final = (
    "··········\x0c·····"
    "····^···········"
    "········{}·····\\"
    "············[~]·"
    "|······Ğ·İ······"
    "···Ş············"
    "···ç·€·ğ·ı······"
    "···ş············"
)

SPANISH_SINGLE: Final = (
    "·········ç\x0c·····"
    "····^···········"
    "········{}·····\\"
    "············[~]·"
    "|Á·······Í·····Ó"
    "·····Ú··········"
    "·á···€···í·····ó"
    "·····ú··········"
)

PORTUGUESE_LOCKING: Final = (
    "@£$¥êéúíóç\nÔô\rÁá"
    "Δ_ªÇÀ\u221e^\\€Ó|·ÂâÊÉ"
    " !\"#º%&'()*+,-./"
    "0123456789:;<=>?"
    "ÍABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÃÕÚÜ§"
    "~abcdefghijklmno"
    "pqrstuvwxyzãõ`üà"
)

PORTUGUESE_SINGLE: Final = (
    "·····ê···ç\x0cÔô·Áá"
    "··ΦΓ^ΩΠΨΣΘ·····Ê"
    "········{}·····\\"
    "············[~]·"
    "|À·······Í·····Ó"
    "·····Ú·····ÃÕ···"
    "·Â···€···í·····ó"
    "·····ú·····ãõ··â"
)
