"""+CMS ERROR, codes 0 to 511, as data (3GPP TS 27.005 §3.2.5).

1 to 127 are the RP causes of TS 24.011 §8.2.5.4 and table E-2, 128 to 255 the TP failure causes of TS 23.040
§9.2.3.22, 300 and up the modem's own. Codes that aren't here are reserved or the service centre's own;
``faults`` answers for them.
"""

from __future__ import annotations

from typing import Final

from gatewayd.sms.reaction import AfterSubmit, Entry, FaultClass, Remedy, Scope

PERMANENT, SOON, LATER = FaultClass.PERMANENT, FaultClass.SOON, FaultClass.LATER
RESET, STOP, HOUSEKEEPING = FaultClass.RESET, FaultClass.STOP, FaultClass.HOUSEKEEPING
MESSAGE, RECIPIENT, SIM, MODEM, NETWORK = (
    Scope.MESSAGE,
    Scope.RECIPIENT,
    Scope.SIM,
    Scope.MODEM,
    Scope.NETWORK,
)
REFUSAL, LATE, DOUBT = AfterSubmit.REFUSAL, AfterSubmit.LATE, AfterSubmit.DOUBT

#: What the network answers: RP-ERROR causes.
_RP: Final = {
    1: Entry("unassigned (unallocated) number", PERMANENT, RECIPIENT, LATE),
    8: Entry("operator determined barring", STOP, SIM, LATE),
    # Barred for this destination; on several recipients in a row it is the SIM (rule 3, which the queue
    # applies).
    10: Entry("call barred", PERMANENT, RECIPIENT, LATE),
    # Of the CP layer: the modem reports that it lost the network, not that the network refused.
    17: Entry("network failure", SOON, NETWORK, DOUBT),
    # Credit, spam filter, tariff or SMSC: seen for all of them.
    21: Entry("short message transfer rejected", LATER, MESSAGE, LATE, 2, PERMANENT),
    22: Entry("congestion or memory capacity exceeded", SOON, NETWORK, LATE),
    27: Entry("destination out of service", LATER, RECIPIENT, LATE),
    28: Entry("unidentified subscriber", STOP, SIM, LATE),
    29: Entry("facility rejected", STOP, SIM, LATE),
    30: Entry("unknown subscriber", STOP, SIM, LATE),
    # "Likely to last a relatively long period ... immediately reattempting is not likely to be successful."
    38: Entry("network out of order", LATER, NETWORK, LATE),
    # "Not likely to last a long period ... may wish to try another attempt almost immediately."
    41: Entry("temporary failure", SOON, NETWORK, LATE),
    42: Entry("congestion", SOON, NETWORK, LATE),
    47: Entry("resources unavailable, unspecified", SOON, NETWORK, LATE, 5, LATER),
    50: Entry("requested facility not subscribed", STOP, SIM, LATE),
    69: Entry("requested facility not implemented", STOP, SIM, LATE),
    81: Entry("invalid short message transfer reference value", RESET, MODEM, LATE),
    95: Entry("semantically incorrect message", PERMANENT, MESSAGE, LATE),
    96: Entry("invalid mandatory information", PERMANENT, MESSAGE, LATE),
    97: Entry("message type non-existent or not implemented", PERMANENT, MESSAGE, LATE),
    98: Entry("message not compatible with short message protocol state", RESET, MODEM, LATE),
    99: Entry("information element non-existent or not implemented", PERMANENT, MESSAGE, LATE),
    111: Entry("protocol error, unspecified", SOON, MESSAGE, LATE, 2, PERMANENT),
    127: Entry("interworking, unspecified", LATER, MESSAGE, LATE, 3, PERMANENT),
}

#: What the service centre or the handset answers: TP-FCS.
_TP: Final = {
    128: Entry("telematic interworking not supported", PERMANENT, MESSAGE, LATE),
    129: Entry("short message type 0 not supported", PERMANENT, MESSAGE, LATE),
    130: Entry("cannot replace short message", PERMANENT, MESSAGE, LATE),
    143: Entry("unspecified TP-PID error", PERMANENT, MESSAGE, LATE),
    144: Entry("data coding scheme (alphabet) not supported", PERMANENT, MESSAGE, LATE),
    145: Entry("message class not supported", PERMANENT, MESSAGE, LATE),
    159: Entry("unspecified TP-DCS error", PERMANENT, MESSAGE, LATE),
    160: Entry("command cannot be actioned", PERMANENT, MESSAGE, LATE),
    161: Entry("command unsupported", PERMANENT, MESSAGE, LATE),
    175: Entry("unspecified TP-Command error", PERMANENT, MESSAGE, LATE),
    176: Entry("TPDU not supported", PERMANENT, MESSAGE, LATE),
    192: Entry("SC busy", SOON, NETWORK, LATE),
    193: Entry("no SC subscription", STOP, SIM, LATE),
    194: Entry("SC system failure", LATER, NETWORK, LATE),
    195: Entry("invalid SME address", PERMANENT, RECIPIENT, LATE),
    196: Entry("destination SME barred", PERMANENT, RECIPIENT, LATE),
    197: Entry("SM rejected, duplicate SM", PERMANENT, MESSAGE, LATE, sent_if_rd=True),
    198: Entry("TP-VPF not supported", SOON, MESSAGE, LATE, 1, PERMANENT, Remedy.DROP_VALIDITY),
    199: Entry("TP-VP not supported", SOON, MESSAGE, LATE, 1, PERMANENT, Remedy.DROP_VALIDITY),
    208: Entry("(U)SIM SMS storage full", HOUSEKEEPING, SIM, LATE, remedy=Remedy.FREE_STORAGE),
    209: Entry("no SMS storage capability in (U)SIM", RESET, MODEM, LATE, remedy=Remedy.USE_MODEM_STORAGE),
    # Made by the modem itself although its number lies among the service centre's.
    210: Entry("error in MS", RESET, MODEM, DOUBT),
    211: Entry("memory capacity exceeded", HOUSEKEEPING, SIM, LATE, remedy=Remedy.FREE_STORAGE),
    212: Entry("(U)SIM application toolkit busy", SOON, SIM, LATE),
    213: Entry("(U)SIM data download error", SOON, SIM, LATE, 5, RESET),
    255: Entry("unspecified error cause", LATER, MESSAGE, LATE, 3, PERMANENT),
}

#: What the modem itself says.
_ME: Final = {
    300: Entry("ME failure", RESET, MODEM, DOUBT),
    301: Entry(
        "SMS service of ME reserved (by another program, such as ModemManager)",
        SOON,
        MODEM,
        REFUSAL,
        5,
        RESET,
    ),
    302: Entry("operation not allowed", SOON, MODEM, REFUSAL, 3, RESET),
    303: Entry("operation not supported", STOP, MODEM, REFUSAL),
    # Noise on the line can do that to a good PDU, once.
    304: Entry("invalid PDU mode parameter", SOON, MESSAGE, REFUSAL, 1, PERMANENT),
    305: Entry("invalid text mode parameter", SOON, MESSAGE, REFUSAL, 1, PERMANENT, Remedy.FORCE_PDU_MODE),
    310: Entry("(U)SIM not inserted", STOP, SIM, REFUSAL),
    311: Entry("(U)SIM PIN required", STOP, SIM, REFUSAL, remedy=Remedy.ENTER_PIN),
    312: Entry("PH-(U)SIM PIN required", STOP, SIM, REFUSAL),
    313: Entry("(U)SIM failure", RESET, SIM, REFUSAL, 1, STOP),
    314: Entry("(U)SIM busy", SOON, SIM, REFUSAL),
    315: Entry("(U)SIM wrong", STOP, SIM, REFUSAL),
    316: Entry("(U)SIM PUK required", STOP, SIM, REFUSAL),
    317: Entry("(U)SIM PIN2 required", STOP, SIM, REFUSAL),
    318: Entry("(U)SIM PUK2 required", STOP, SIM, REFUSAL),
    320: Entry("memory failure", RESET, MODEM, DOUBT),
    321: Entry("invalid memory index", SOON, MODEM, DOUBT, remedy=Remedy.RELIST),
    322: Entry("memory full", HOUSEKEEPING, MODEM, REFUSAL, remedy=Remedy.FREE_STORAGE),
    330: Entry("SMSC address unknown", SOON, SIM, REFUSAL, 1, STOP, Remedy.SET_SMSC),
    331: Entry("no network service", LATER, NETWORK, REFUSAL, remedy=Remedy.REGISTER),
    332: Entry("network timeout", LATER, NETWORK, DOUBT),
    340: Entry("no +CNMA acknowledgement expected", SOON, MODEM, DOUBT, remedy=Remedy.IGNORE),
    # Reserved, yet some firmware uses it for anything.
    350: Entry("unspecified (reserved code)", LATER, MODEM, DOUBT, 2, RESET),
    500: Entry("unknown error", SOON, MODEM, DOUBT, 1, RESET),
}

CMS: Final[dict[int, Entry]] = _RP | _TP | _ME
