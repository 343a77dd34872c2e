"""SMS PDUs in octets: the one we write (SMS-SUBMIT) and the three that we read.

Octets here begin with the service centre's address, as a modem's do (3GPP TS 27.005 §3.1). The decoders raise
DecodeError, and nothing else, on any octets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from gatewayd.sms.address import encode_number, encode_smsc
from gatewayd.sms.datacoding import HAS_CLASS
from gatewayd.sms.decode import (
    Deliver,
    StatusReport,
    Submit,
    decode_deliver,
    decode_status_report,
    decode_submit,
)
from gatewayd.sms.firstoctet import FirstOctet, MessageType
from gatewayd.sms.octets import DecodeError
from gatewayd.sms.segments import PartText
from gatewayd.sms.validity import ABSENT, RELATIVE, encode_relative

__all__ = [
    "DecodeError",
    "Deliver",
    "Pdu",
    "StatusReport",
    "Submit",
    "decode_deliver",
    "decode_status_report",
    "decode_submit",
    "encode_submit",
]


@dataclass(frozen=True, slots=True)
class Pdu:
    """A PDU as it goes to a modem."""

    octets: bytes
    """The service centre's address first; a single 0 there leaves it to the SIM."""

    @property
    def hex(self) -> str:
        """The octets in upper-case hexadecimal: what follows the prompt of AT+CMGS."""
        return self.octets.hex().upper()

    @property
    def tpdu_length(self) -> int:
        """Octets without the service centre's address: the argument of AT+CMGS."""
        return len(self.octets) - 1 - self.octets[0]


def encode_submit(
    to: str,
    part: PartText,
    *,
    validity: timedelta | None,
    report: bool,
    flash: bool = False,
    reject_duplicates: bool = False,
    reference: int = 0,
    smsc: str | None = None,
) -> Pdu:
    """SMS-SUBMIT for one part (3GPP TS 23.040 §9.2.2.2).

    ``to`` is E.164 with ``+``, or digits alone for national numbers and short codes. ``validity`` becomes
    the largest TP-VP within it, but 5 minutes at the least; None leaves it to the service centre. ``report``
    asks for a status report (TP-SRR), ``flash`` makes it class 0, ``reject_duplicates`` sets TP-RD,
    ``reference`` is TP-MR (modems mostly choose their own). Raises ValueError for a number or a reference
    that can't be written.
    """
    if not 0 <= reference <= 0xFF:
        raise ValueError(f"no message reference: {reference}")
    first = FirstOctet(
        kind=MessageType.SUBMIT,
        reject_duplicates=reject_duplicates,
        validity_format=ABSENT if validity is None else RELATIVE,
        report=report,
        has_header=bool(part.udh),
    )
    dcs = part.dcs | HAS_CLASS if flash else part.dcs
    period = b"" if validity is None else bytes([encode_relative(validity)])
    octets = (
        encode_smsc(smsc)
        + bytes([first.value(), reference])
        + encode_number(to)
        + bytes([0x00, dcs])  # TP-PID 0: from one short message entity to another
        + period
        + bytes([part.length])
        + part.user_data
    )
    return Pdu(octets)
