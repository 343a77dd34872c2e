"""What a fault means for the person who reads it: whose it is, and what to do."""

from __future__ import annotations

import re
from typing import Final, Literal

from gatewayd.sms.faults import Scope, lookup
from gatewayd.web.words import N_

_FAULT: Final = re.compile(r"\+(CM[SE]) (\d{1,5})")

#: By what the fault is about.
_BY_SCOPE: Final = {
    Scope.MESSAGE: N_(
        "The network doesn't take this message. Change its text or its options before you send it again."
    ),
    Scope.RECIPIENT: N_(
        "The network doesn't reach this number. Check it with the recipient before you send again."
    ),
    Scope.SIM: N_("The SIM or its contract is at fault: check credit, services and PIN with the operator."),
    Scope.MODEM: N_("The modem is at fault: check its cable, its power and its reception."),
    Scope.NETWORK: N_("The network had no room or no connection. Later it may work again."),
}
#: Words of our own in ``MessageView.error``.
_BY_WORD: Final = {
    "partial": N_(
        "Some parts left and the SIM that sent them is gone. Sending again sends all of them anew."
    ),
    "verdict": N_("A person settled it."),
    "unknown": N_(
        "The modem's answer never came. Ask the recipient, or wait for a report, before you settle it."
    ),
    "opted_out": N_("The recipient wants no more messages."),
    "expired": N_("Give it a longer validity, or send it when less is waiting."),
}
_OTHERWISE: Final = N_("Look at its attempts for what happened.")


def advice(error: str | None) -> str:
    """What to do about ``MessageView.error``, in English for the catalogues; nothing where there is no error."""
    if error is None:
        return ""
    if found := _FAULT.fullmatch(error):
        kind: Literal["cms", "cme"] = "cms" if found[1] == "CMS" else "cme"
        return _BY_SCOPE[lookup(kind, int(found[2])).scope]
    return _BY_WORD.get(error, _OTHERWISE)
