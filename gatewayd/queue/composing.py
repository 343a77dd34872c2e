"""From a claimed part to the octets that go to the modem. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatewayd.sms.pdu import Pdu, encode_submit
from gatewayd.sms.segments import segment


def compose(message: Any, number: int, at: datetime, *, reports: bool) -> Pdu:
    """The SMS-SUBMIT of part ``number`` of a message's row, as of ``at``: the validity is what is left of it then.

    ``reports``: whether to ask the network for a delivery report, which is also evidence where an answer is lost.
    """
    # The reference of a concatenation follows from the message itself, so that parts sent days apart still belong
    # together; messages that follow one another have different ones.
    segmented = segment(message.text, encoding=message.encoding, concat_reference=message.seq % 256)
    return encode_submit(
        message.recipient,
        segmented.parts[number - 1],
        validity=None if message.expires_at is None else message.expires_at - at,
        report=reports,
        flash=message.flash,
        reject_duplicates=message.possible_duplicate,
    )
