"""The PDUs that the network sends: SMS-DELIVER and SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.2).

The gateway only reads such PDUs; writing them is the simulator's business alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from gatewayd.sms import septets
from gatewayd.sms.address import encode_number, encode_smsc
from gatewayd.sms.alphabet import alphabet
from gatewayd.sms.segments import segment
from gatewayd.sms.timestamp import write_timestamp

_DELIVER, _STATUS_REPORT = 0x00, 0x02
_NO_MORE_MESSAGES, _HAS_HEADER = 0x04, 0x40
_ALPHANUMERIC = 0xD0
_LONGEST_NAME = 11
"""Septets that fit into the ten octets of an address."""


def encode_deliver(
    sender: str, text: str, *, smsc: str, reference: int = 0, at: datetime | None = None
) -> list[bytes]:
    """One PDU (SMSC part included) for each part of a received message.

    ``sender`` is a number, or a name of up to 11 characters of the GSM alphabet; ``reference`` (0 to 255) marks the
    parts of a long text; ``at`` (aware) is the SMSC's time stamp, now if it isn't given. Raises ValueError for an
    impossible sender.
    """
    stamp = write_timestamp(at or datetime.now(UTC))
    pdus = []
    for part in segment(text, concat_reference=reference).parts:
        first = _DELIVER | _NO_MORE_MESSAGES | (_HAS_HEADER if part.udh else 0)
        header = bytes([first]) + _sender(sender) + bytes([0x00, part.dcs]) + stamp
        pdus.append(encode_smsc(smsc) + header + bytes([part.length]) + part.user_data)
    return pdus


def encode_report(*, mr: int, to: str, smsc: str, at: datetime | None = None, status: int = 0) -> bytes:
    """A status report (SMSC part included): ``mr`` as in +CMGS, ``status`` of §9.2.3.15 (0: the handset has it)."""
    stamp = write_timestamp(at or datetime.now(UTC))
    first = bytes([_STATUS_REPORT | _NO_MORE_MESSAGES, mr])
    return encode_smsc(smsc) + first + encode_number(to) + stamp + stamp + bytes([status])


def _sender(address: str) -> bytes:
    """An address field: a number, or a name (§9.1.2.5)."""
    if address.removeprefix("+").isdigit():
        return encode_number(address)
    if not address or not set(address) <= alphabet().characters:
        raise ValueError(f"{address!r} is neither a number nor a name in the GSM alphabet")
    name = alphabet().encode(address).encode("ascii")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"{address!r} is longer than {_LONGEST_NAME} characters")
    # The length counts useful semi-octets: 7 bits a character, 4 bits each.
    return bytes([-(-len(name) * 7 // 4), _ALPHANUMERIC]) + septets.pack(name)
