"""Error numbers that manufacturers chose, keyed by what their modems answer to AT+CGMI.

The same number means different things to different makers, so each family has its own table; it goes before
the standard one. What no family claims is handled as Wavecom's, whose numbers most other firmware took over.
"""

from __future__ import annotations

import re
from typing import Final

from gatewayd.sms.reaction import AfterSubmit, Entry, FaultClass, Remedy, Scope

PERMANENT, SOON, LATER = FaultClass.PERMANENT, FaultClass.SOON, FaultClass.LATER
RESET, STOP = FaultClass.RESET, FaultClass.STOP
REFUSAL, LATE, DOUBT = AfterSubmit.REFUSAL, AfterSubmit.LATE, AfterSubmit.DOUBT

_WAVECOM_CMS: Final = {
    512: Entry("MM establishment failure", SOON, Scope.NETWORK, DOUBT),
    513: Entry("lower layer failure", SOON, Scope.NETWORK, DOUBT),
    514: Entry("CP error", SOON, Scope.NETWORK, DOUBT),
    515: Entry("please wait, initialisation or command in progress", SOON, Scope.MODEM, REFUSAL),
    527: Entry("please wait, RR or MM is busy", SOON, Scope.NETWORK, REFUSAL),
    528: Entry("location update failure, emergency calls only", LATER, Scope.NETWORK, REFUSAL),
    529: Entry("PLMN selection failure, emergency calls only", LATER, Scope.NETWORK, REFUSAL),
    # The SIM only sends to its list of fixed numbers; on several recipients in a row the queue stops the SIM.
    531: Entry(
        "recipient is not in the FDN phonebook and FDN is locked", PERMANENT, Scope.RECIPIENT, REFUSAL
    ),
}

_SIEMENS_CMS: Final = {
    256: Entry("operation temporarily not allowed", SOON, Scope.MODEM, REFUSAL),
    257: Entry("call barred", STOP, Scope.SIM, LATE),
    258: Entry("phone is busy", SOON, Scope.MODEM, REFUSAL),
    262: Entry("SIM blocked", STOP, Scope.SIM, REFUSAL),
    512: Entry("user abort", SOON, Scope.MODEM, DOUBT),
    513: Entry("unable to store", SOON, Scope.MODEM, DOUBT, 2, RESET),
    514: Entry("invalid status", SOON, Scope.MODEM, DOUBT, 2, RESET),
    515: Entry("invalid character in address string", PERMANENT, Scope.RECIPIENT, REFUSAL),
    # What is wrong with a PDU can be noise on the line, once.
    516: Entry("invalid length", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    517: Entry("invalid character in PDU", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    518: Entry("invalid parameter", PERMANENT, Scope.MESSAGE, REFUSAL),
    519: Entry("invalid length or character", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    520: Entry("invalid character in text", PERMANENT, Scope.MESSAGE, REFUSAL),
    521: Entry("timer expired", SOON, Scope.NETWORK, DOUBT),
    522: Entry("operation temporarily not allowed", SOON, Scope.MODEM, REFUSAL),
    532: Entry("SIM not ready", SOON, Scope.SIM, REFUSAL),
    534: Entry("cell broadcast error", SOON, Scope.MODEM, DOUBT, 2, RESET),
    535: Entry("protocol stack busy", SOON, Scope.MODEM, DOUBT),
    538: Entry("invalid parameter", PERMANENT, Scope.MESSAGE, REFUSAL),
    549: Entry("incorrect PDU length", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    550: Entry("invalid message type indication", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    551: Entry("invalid characters in address", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    553: Entry("incorrect PDU length (UDL)", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    554: Entry("incorrect length of the SMSC's address", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
}

_MOTOROLA_CMS: Final = {
    512: Entry("network busy", SOON, Scope.NETWORK, DOUBT),
    513: Entry("invalid destination address", PERMANENT, Scope.RECIPIENT, REFUSAL),
    514: Entry("invalid message body length", SOON, Scope.MESSAGE, REFUSAL, 1, PERMANENT),
    515: Entry("phone is not in service", LATER, Scope.NETWORK, REFUSAL, remedy=Remedy.REGISTER),
    516: Entry("invalid preferred memory storage", STOP, Scope.MODEM, REFUSAL),
    517: Entry("user terminated", SOON, Scope.MODEM, DOUBT),
}

_WAVECOM_CME: Final = {
    515: Entry("please wait, initialisation or command in progress", SOON, Scope.MODEM, REFUSAL),
}

_SIEMENS_CME: Final = {
    256: Entry("operation temporarily not allowed", SOON, Scope.MODEM, REFUSAL),
    257: Entry("call barred", STOP, Scope.SIM, LATE),
    258: Entry("phone is busy", SOON, Scope.MODEM, REFUSAL),
    262: Entry("SIM blocked", STOP, Scope.SIM, REFUSAL),
    615: Entry("network failure", SOON, Scope.NETWORK, DOUBT),
}

_WAVECOM: Final = {"cms": _WAVECOM_CMS, "cme": _WAVECOM_CME}
_SIEMENS: Final = {"cms": _SIEMENS_CMS, "cme": _SIEMENS_CME}
_MOTOROLA: Final = {"cms": _MOTOROLA_CMS, "cme": _WAVECOM_CME}

#: A word of the answer to AT+CGMI, in lower case, to its family. Siemens' modems were sold on under several names.
_FAMILIES: Final = {
    "siemens": _SIEMENS,
    "cinterion": _SIEMENS,
    "gemalto": _SIEMENS,
    "thales": _SIEMENS,
    "motorola": _MOTOROLA,
}


def overrides(kind: str, manufacturer: str | None) -> dict[int, Entry]:
    """The table of a maker (as AT+CGMI answers, None if unknown) for ``kind``: ``cms`` or ``cme``."""
    words = re.findall(r"[a-z]+", (manufacturer or "").lower())
    family = next((_FAMILIES[word] for word in words if word in _FAMILIES), _WAVECOM)
    return family.get(kind, {})
