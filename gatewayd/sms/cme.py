"""+CME ERROR, codes 0 to 255, as data (3GPP TS 27.007 v17.1 §9.2).

Codes of one group differ in their meaning only, so each group is one row of reactions over a table of
meanings. Codes that aren't here are reserved; ``faults`` answers for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gatewayd.sms.cme_bearer import BEARER_TEXTS
from gatewayd.sms.reaction import AfterSubmit, Entry, FaultClass, Remedy, Scope

REFUSAL, LATE, DOUBT = AfterSubmit.REFUSAL, AfterSubmit.LATE, AfterSubmit.DOUBT


def _group(reaction: Entry, texts: dict[int, str]) -> dict[int, Entry]:
    return {code: replace(reaction, text=text) for code, text in texts.items()}


_MODEM_FAILED: Final = _group(
    Entry("", FaultClass.RESET, Scope.MODEM, DOUBT),
    {
        0: "phone failure",
        1: "no connection to phone",
        23: "memory failure",
        60: "system failure",
        100: "unknown error",
    },
)

_SIM_BUSY: Final = {14: Entry("SIM busy", FaultClass.SOON, Scope.SIM, REFUSAL)}

_PASSING: Final = _group(
    Entry("", FaultClass.SOON, Scope.NETWORK, LATE),
    {
        57: "temporarily out of service",
        109: "UE identity cannot be derived by the network",
        110: "implicitly detached",
        122: "congestion",
        126: "insufficient resources",
        139: "CS service temporarily not available",
    },
)

_CUT_SHORT: Final = {
    52: Entry("command aborted", FaultClass.SOON, Scope.MODEM, DOUBT),
    187: Entry("recovery on timer expiry", FaultClass.SOON, Scope.NETWORK, DOUBT),
}

#: Wait until the modem is registered again.
_NO_NETWORK: Final = _group(
    Entry("", FaultClass.LATER, Scope.NETWORK, LATE, remedy=Remedy.REGISTER),
    {
        53: "not attached to network due to MT functionality restrictions",
        104: "IMSI unknown in VLR",
        115: "no suitable cells in location area",
        116: "MSC temporarily not reachable",
        117: "network failure (attach)",
        118: "CS domain not available",
        134: "service option temporarily out of order",
        190: "network failure (activation)",
        204: "severe network failure",
    },
) | {
    30: Entry("no network service", FaultClass.LATER, Scope.NETWORK, REFUSAL, remedy=Remedy.REGISTER),
    31: Entry("network timeout", FaultClass.LATER, Scope.NETWORK, DOUBT, remedy=Remedy.REGISTER),
}

#: The SIM, or a lock between SIM and modem, waits for a person. 16 (a wrong PIN) above all: never a second
#: try.
_SIM_LOCKED: Final = _group(
    Entry("", FaultClass.STOP, Scope.SIM, REFUSAL),
    {
        5: "PH-SIM PIN required",
        6: "PH-FSIM PIN required",
        7: "PH-FSIM PUK required",
        10: "SIM not inserted",
        12: "SIM PUK required",
        15: "SIM wrong",
        16: "incorrect password",
        17: "SIM PIN2 required",
        18: "SIM PUK2 required",
        40: "network personalization PIN required",
        41: "network personalization PUK required",
        42: "network subset personalization PIN required",
        43: "network subset personalization PUK required",
        44: "service provider personalization PIN required",
        45: "service provider personalization PUK required",
        46: "corporate personalization PIN required",
        47: "corporate personalization PUK required",
        48: "hidden key required",
        56: "fixed dial numbers only",
    },
) | {
    11: Entry("SIM PIN required", FaultClass.STOP, Scope.SIM, REFUSAL, remedy=Remedy.ENTER_PIN),
    13: Entry("SIM failure", FaultClass.RESET, Scope.SIM, REFUSAL, 1, FaultClass.STOP),
}

#: The account or the network's policy. 107 and 114 matter only where SMS goes over the packet domain.
_BARRED: Final = _group(
    Entry("", FaultClass.STOP, Scope.SIM, LATE),
    {
        32: "network not allowed, emergency calls only",
        54: "emergency calls only",
        55: "restricted",
        62: "call barred",
        102: "IMSI unknown in HLR or HSS",
        103: "illegal MS or UE",
        105: "IMEI not accepted",
        106: "illegal ME",
        107: "PS services not allowed",
        108: "PS and non-PS services not allowed",
        111: "PLMN not allowed",
        112: "area not allowed",
        113: "roaming not allowed in this area",
        114: "PS services not allowed in this PLMN",
        125: "not authorized for this CSG",
        129: "user authentication failed",
        133: "requested service option not subscribed",
        177: "operator determined barring",
        189: "requested service option not authorized in this PLMN",
    },
)

_FULL: Final = {
    20: Entry("memory full", FaultClass.HOUSEKEEPING, Scope.MODEM, REFUSAL, remedy=Remedy.FREE_STORAGE),
}

#: Our command or the modem's set-up is wrong: the same octets would be refused again.
_BAD_COMMAND: Final = _group(
    Entry("", FaultClass.PERMANENT, Scope.MESSAGE, REFUSAL),
    {
        21: "invalid index",
        22: "not found",
        24: "text string too long",
        25: "invalid characters in text string",
        26: "dial string too long",
        27: "invalid characters in dial string",
        50: "incorrect parameters",
        58: "language or alphabet not supported",
        59: "unexpected data value",
        61: "data missing",
    },
) | _group(
    Entry("", FaultClass.STOP, Scope.MODEM, REFUSAL),
    {
        4: "operation not supported",
        49: "EAP method not supported",
        51: "command implemented but currently disabled",
        63: "message waiting indication subscription failure",
        132: "service option not supported",
        140: "feature not supported",
        150: "invalid mobile class",
    },
)

_TAKEN: Final = {
    2: Entry("phone adaptor link reserved", FaultClass.SOON, Scope.MODEM, REFUSAL, 5, FaultClass.RESET),
    3: Entry("operation not allowed", FaultClass.SOON, Scope.MODEM, REFUSAL, 3, FaultClass.RESET),
}

_PROTOCOL: Final = _group(
    Entry("", FaultClass.SOON, Scope.MODEM, DOUBT, 2, FaultClass.RESET),
    {
        172: "semantically incorrect message",
        173: "invalid mandatory information",
        174: "message type non-existent or not implemented",
        175: "conditional IE error",
        176: "protocol error, unspecified",
        183: "SMS provided via GPRS in this routing area",
        184: "invalid PTI value",
        186: "message type not compatible with protocol state",
        188: "invalid transaction identity value",
        208: "message not compatible with protocol state",
        209: "information element non-existent or not implemented",
    },
)

#: Of data connections: none should ever answer a submit, so they are handled as unknown codes are.
_BEARER: Final = _group(Entry("", FaultClass.LATER, Scope.MESSAGE, DOUBT), BEARER_TEXTS)

CME: Final[dict[int, Entry]] = (
    _MODEM_FAILED
    | _SIM_BUSY
    | _PASSING
    | _CUT_SHORT
    | _NO_NETWORK
    | _SIM_LOCKED
    | _BARRED
    | _FULL
    | _BAD_COMMAND
    | _TAKEN
    | _PROTOCOL
    | _BEARER
)
