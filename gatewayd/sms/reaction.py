"""The nouns that the fault tables (``cms``, ``cme``, ``vendors``) are written in."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class FaultClass(enum.StrEnum):
    """The reaction to a fault, once it is known whether the part was sent."""

    PERMANENT = "permanent"
    """The same part to the same recipient will be refused again: the message fails."""
    SOON = "soon"
    """Try again after 5 to 60 seconds."""
    LATER = "later"
    """Try again after 1 to 60 minutes, ever less often, until the validity ends."""
    RESET = "reset"
    """The modem is at fault: climb one rung of its reset ladder, then try again."""
    STOP = "stop"
    """SIM, account or set-up is at fault: pause this SIM, keep its messages, tell a person."""
    HOUSEKEEPING = "housekeeping"
    """Storage is full: free it, then try again soon."""
    DOUBT = "doubt"
    """The part may have been sent. No table entry has this class; ``Fault.reaction`` answers it."""


class Scope(enum.StrEnum):
    """What a fault is about, hence what else it would hit. The last three spend no message's attempts."""

    MESSAGE = "message"
    RECIPIENT = "recipient"
    SIM = "sim"
    MODEM = "modem"
    NETWORK = "network"


class AfterSubmit(enum.StrEnum):
    """What the code proves when it is the final result after 0x1A (Ctrl-Z) was written."""

    REFUSAL = "refusal"
    """The modem refused before it transmitted anything."""
    LATE = "late"
    """The network's own cause (RP-ERROR, TP-FCS): a refusal, unless as late as the radio's own timer."""
    DOUBT = "doubt"
    """The modem made it up: it says nothing about whether the network took the part."""


class Remedy(enum.StrEnum):
    """One thing that may cure the fault, done before the next try."""

    DROP_VALIDITY = "drop_validity"
    """Encode again without TP-VP, once."""
    ENTER_PIN = "enter_pin"
    """Enter the PIN, once per start and only with two or more tries left."""
    FORCE_PDU_MODE = "force_pdu_mode"
    """AT+CMGF=0: the modem fell back to text mode."""
    FREE_STORAGE = "free_storage"
    """Read, store and delete what lies on SIM or modem."""
    IGNORE = "ignore"
    """Nothing to cure: the code isn't about a submit."""
    REGISTER = "register"
    """Wait until the modem is registered on a network."""
    RELIST = "relist"
    """List the stored messages again: the index has moved."""
    SET_SMSC = "set_smsc"
    """Set the SMSC's number from the configuration (AT+CSCA), once."""
    USE_MODEM_STORAGE = "use_modem_storage"
    """Keep messages in the modem, not on the SIM (AT+CPMS)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a fault table. See ``faults.Fault`` for what the fields mean."""

    text: str
    fault_class: FaultClass
    scope: Scope
    after_submit: AfterSubmit
    max_tries: int | None = None
    then: FaultClass | None = None
    remedy: Remedy | None = None
    sent_if_rd: bool = False
