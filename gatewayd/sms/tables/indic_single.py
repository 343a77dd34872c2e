"""National single shift tables of the languages of India.

3GPP TS 23.038 annexes A.2.4 to A.2.12; early editions misprint Tamil 0x24 and Telugu 0x22, 0x23.
Each table is 128 characters in rows of 16, by septet; ``·`` marks a place that the table leaves free.
"""

from __future__ import annotations

from typing import Final

BENGALI: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u09e6\u09e7·\u09e8\u09e9\u09ea\u09eb"
    "\u09ec\u09ed\u09ee\u09ef\u09df\u09e0\u09e1\u09e2{}\u09e3\u09f2\u09f3\u09f4\u09f5\\"
    "\u09f6\u09f7\u09f8\u09f9\u09fa·······[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

GUJARATI: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0ae6\u0ae7\u0ae8\u0ae9"
    "\u0aea\u0aeb\u0aec\u0aed\u0aee\u0aef··{}·····\\"
    "············[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

HINDI: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0966\u0967\u0968\u0969"
    "\u096a\u096b\u096c\u096d\u096e\u096f\u0951\u0952{}\u0953\u0954\u0958\u0959\u095a\\"
    "\u095b\u095c\u095d\u095e\u095f\u0960\u0961\u0962\u0963\u0970\u0971·[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

KANNADA: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0ce6\u0ce7\u0ce8\u0ce9"
    "\u0cea\u0ceb\u0cec\u0ced\u0cee\u0cef\u0cde\u0cf1{}\u0cf2····\\"
    "············[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

MALAYALAM: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0d66\u0d67\u0d68\u0d69"
    "\u0d6a\u0d6b\u0d6c\u0d6d\u0d6e\u0d6f\u0d70\u0d71{}\u0d72\u0d73\u0d74\u0d75\u0d7a\\"
    "\u0d7b\u0d7c\u0d7d\u0d7e\u0d7f·······[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

ORIYA: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0b66\u0b67\u0b68\u0b69"
    "\u0b6a\u0b6b\u0b6c\u0b6d\u0b6e\u0b6f\u0b5c\u0b5d{}\u0b5f\u0b70\u0b71··\\"
    "············[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

PUNJABI: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0a66\u0a67\u0a68\u0a69"
    "\u0a6a\u0a6b\u0a6c\u0a6d\u0a6e\u0a6f\u0a59\u0a5a{}\u0a5b\u0a5c\u0a5e\u0a75·\\"
    "············[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

TAMIL: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*\u0964\u0965·\u0be6\u0be7\u0be8\u0be9"
    "\u0bea\u0beb\u0bec\u0bed\u0bee\u0bef\u0bf3\u0bf4{}\u0bf5\u0bf6\u0bf7\u0bf8\u0bfa\\"
    "············[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "·····€··········"
    "················"
)

TELUGU: Final = (
    "@£$¥¿\"¤%&'\x0c*+·-/"
    "<=>¡^¡_#*···\u0c66\u0c67\u0c68\u0c69"
    "\u0c6a\u0c6b\u0c6c\u0c6d\u0c6e\u0c6f\u0c58\u0c59{}\u0c78\u0c79\u0c7a\u0c7b\u0c7c\\"
    "\u0c7d\u0c7e\u0c7f·········[~]·"
    "|ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZ·····"
    "················"
    "················"
)
