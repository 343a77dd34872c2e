"""Decoders for SMS-SUBMIT, SMS-DELIVER and SMS-STATUS-REPORT. Import them from ``pdu``.

They are total: any octets give an object or a DecodeError. What a sender got wrong but a reader can do
without (a date, a data header that doesn't add up) is None or absent in the object.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gatewayd.sms.address import read_number, read_smsc
from gatewayd.sms.datacoding import DataCoding, decode_dcs
from gatewayd.sms.firstoctet import FirstOctet, MessageType
from gatewayd.sms.octets import DecodeError, Reader
from gatewayd.sms.reports import Delivery, delivery, status_text
from gatewayd.sms.timestamp import read_timestamp
from gatewayd.sms.userdata import Concatenation, UserData, read_user_data
from gatewayd.sms.validity import read_validity


class _Part:
    """What a part carries in either direction."""

    __slots__ = ()
    user_data: UserData

    @property
    def text(self) -> str:
        """What this part says."""
        return self.user_data.text

    @property
    def encoding(self) -> str:
        """As in ``UserData``."""
        return self.user_data.encoding

    @property
    def concatenation(self) -> Concatenation | None:
        """Which part of which message; None for a message of one part."""
        return self.user_data.concatenation


@dataclass(frozen=True, slots=True)
class Submit(_Part):
    """SMS-SUBMIT, from a phone to the service centre (3GPP TS 23.040 §9.2.2.2)."""

    smsc: str | None
    """None leaves it to the SIM."""
    reference: int
    """TP-MR."""
    to: str
    pid: int
    dcs: int
    coding: DataCoding
    validity: timedelta | datetime | None
    report: bool
    """TP-SRR."""
    reject_duplicates: bool
    """TP-RD."""
    user_data: UserData

    @property
    def flash(self) -> bool:
        """Whether it is of class 0."""
        return self.coding.message_class == 0


@dataclass(frozen=True, slots=True)
class Deliver(_Part):
    """SMS-DELIVER, from the service centre to a phone (3GPP TS 23.040 §9.2.2.1)."""

    smsc: str | None
    sender: str
    """A number, with ``+`` where it is international, or a name. Not authenticated."""
    pid: int
    dcs: int
    coding: DataCoding
    scts: datetime | None
    """When the service centre got it: aware, in its own zone; None where it wrote no date."""
    user_data: UserData

    @property
    def message_class(self) -> int | None:
        """0 to 3, or None."""
        return self.coding.message_class


@dataclass(frozen=True, slots=True)
class StatusReport:
    """SMS-STATUS-REPORT, about a message of ours (3GPP TS 23.040 §9.2.2.3)."""

    smsc: str | None
    reference: int
    """TP-MR of the message that it is about."""
    recipient: str
    scts: datetime | None
    """When the service centre got that message; None where it wrote no date."""
    discharged: datetime | None
    """When it was delivered, or last tried; None where the service centre wrote no date."""
    status: int
    """TP-ST as it came."""

    @property
    def delivery(self) -> Delivery:
        """What the status comes down to."""
        return delivery(self.status)

    @property
    def meaning(self) -> str:
        """The status in the standard's words."""
        return status_text(self.status)


def _open(octets: bytes, kind: MessageType) -> tuple[Reader, str | None, FirstOctet]:
    reader = Reader(octets)
    smsc = read_smsc(reader)
    first = FirstOctet.of(reader.octet("TP-MTI"))
    if first.kind != kind:
        raise DecodeError(f"TP-MTI is {first.kind}, {kind.value} ({kind.name}) expected")
    return reader, smsc, first


def decode_submit(octets: bytes) -> Submit:
    """An SMS-SUBMIT with the service centre's address before it.

    Raises DecodeError for anything else, octets behind its end included: whoever submits must count exactly.
    """
    reader, smsc, first = _open(octets, MessageType.SUBMIT)
    reference = reader.octet("TP-MR")
    to = read_number(reader, "TP-DA")
    pid = reader.octet("TP-PID")
    dcs = reader.octet("TP-DCS")
    coding = decode_dcs(dcs)
    validity = read_validity(reader, first.validity_format)
    user_data = read_user_data(reader, coding.character_set, has_header=first.has_header)
    if reader.remaining:
        raise DecodeError(f"{reader.remaining} octets behind the end of the message")
    return Submit(
        smsc=smsc,
        reference=reference,
        to=to,
        pid=pid,
        dcs=dcs,
        coding=coding,
        validity=validity,
        report=first.report,
        reject_duplicates=first.reject_duplicates,
        user_data=user_data,
    )


def decode_deliver(octets: bytes) -> Deliver:
    """An SMS-DELIVER with the service centre's address before it; octets behind its end are ignored.

    Raises DecodeError for anything else.
    """
    reader, smsc, first = _open(octets, MessageType.DELIVER)
    sender = read_number(reader, "TP-OA")
    pid = reader.octet("TP-PID")
    dcs = reader.octet("TP-DCS")
    coding = decode_dcs(dcs)
    scts = read_timestamp(reader, "TP-SCTS")
    user_data = read_user_data(reader, coding.character_set, has_header=first.has_header)
    return Deliver(smsc=smsc, sender=sender, pid=pid, dcs=dcs, coding=coding, scts=scts, user_data=user_data)


def decode_status_report(octets: bytes) -> StatusReport:
    """An SMS-STATUS-REPORT with the service centre's address before it; what follows TP-ST is ignored.

    Raises DecodeError for anything else.
    """
    reader, smsc, _ = _open(octets, MessageType.STATUS_REPORT)
    return StatusReport(
        smsc=smsc,
        reference=reader.octet("TP-MR"),
        recipient=read_number(reader, "TP-RA"),
        scts=read_timestamp(reader, "TP-SCTS"),
        discharged=read_timestamp(reader, "TP-DT"),
        status=reader.octet("TP-ST"),
    )
