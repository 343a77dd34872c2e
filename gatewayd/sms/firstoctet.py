"""The first octet of a TPDU: which kind it is, and a row of flags (3GPP TS 23.040 §9.2.3.1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from gatewayd.sms.validity import ABSENT, FORMAT_MASK

_TYPE_MASK: Final = 0x03
_REJECT_DUPLICATES: Final = 0x04
_REPORT: Final = 0x20
_HEADER: Final = 0x40


class MessageType(enum.IntEnum):
    """TP-MTI. The direction is not in it: a modem's +CMT and +CDS tell, or who we are."""

    DELIVER = 0
    SUBMIT = 1
    STATUS_REPORT = 2


@dataclass(frozen=True, slots=True)
class FirstOctet:
    """TP-MTI with the flags of an SMS-SUBMIT; the other kinds use some of them in other senses."""

    kind: int
    reject_duplicates: bool = False
    validity_format: int = ABSENT
    report: bool = False
    has_header: bool = False

    def value(self) -> int:
        """As one octet."""
        flags = (
            (self.reject_duplicates, _REJECT_DUPLICATES),
            (self.report, _REPORT),
            (self.has_header, _HEADER),
        )
        return self.kind | self.validity_format | sum(bit for is_set, bit in flags if is_set)

    @classmethod
    def of(cls, octet: int) -> FirstOctet:
        """Taken apart."""
        return cls(
            kind=octet & _TYPE_MASK,
            reject_duplicates=bool(octet & _REJECT_DUPLICATES),
            validity_format=octet & FORMAT_MASK,
            report=bool(octet & _REPORT),
            has_header=bool(octet & _HEADER),
        )
