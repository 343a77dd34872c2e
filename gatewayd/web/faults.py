"""What the domain finds wrong with a field, in the visitor's language.

The domain speaks English and gives each error a code. A code that has a sentence here is said in the visitor's
language; one that has none is said as the domain says it, which is better than nothing at all.
"""

from __future__ import annotations

from typing import Final

from gatewayd.errors import FieldError
from gatewayd.web.texts import Tongue
from gatewayd.web.words import N_

_NO_NUMBER: Final = N_("This is no telephone number. Write it as +34600000001.")
SENTENCES: Final = {
    "required": N_("This is needed."),
    "format": N_("This is not written as it must be."),
    "past": N_("This must be later than now."),
    "range": N_("This is outside of what is possible."),
    "choice": N_("This is none of the choices."),
    "not_a_number": _NO_NUMBER,
    "no_country": _NO_NUMBER,
    "no_area_code": _NO_NUMBER,
    "too_short": _NO_NUMBER,
    "too_long": _NO_NUMBER,
    "impossible_length": _NO_NUMBER,
    "unassigned": _NO_NUMBER,
    "opted_out": N_("The recipient wants no more messages."),
}


def explain(tongue: Tongue, error: FieldError) -> str:
    """One error in words."""
    sentence = SENTENCES.get(error.code)
    if sentence is None or tongue.tag == "en":
        # English says more: which limit, and what was found.
        return error.message[:1].upper() + error.message[1:]
    return tongue.say(sentence)
