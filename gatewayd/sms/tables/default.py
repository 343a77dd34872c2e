"""The GSM 7-bit default alphabet and its extension.

3GPP TS 23.038 §6.2.1.
Each table is 128 characters in rows of 16, by septet; ``·`` marks a place that the table leaves free.
"""

from __future__ import annotations

from typing import Final

#: §6.2.1; 0x1B is the escape.
ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ·ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

#: §6.2.1.1.
EXTENSION: Final = (
    "··········\x0c·····"
    "····^···········"
    "········{}·····\\"
    "············[~]·"
    "|···············"
    "················"
    "·····€··········"
    "················"
)
