"""What the domain finds wrong, in the visitor's language.

The domain speaks English and gives each finding a code. What has a sentence here is said in the visitor's language;
what has none is said as the domain says it, which is better than nothing at all. In English the domain's own words are
shown: they say more, such as which limit it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatewayd.errors import FieldError, GatewaydError
from gatewayd.web.texts import Tongue
from gatewayd.web.words import N_

#: By the code of a field's error.
SENTENCES: Final = {
    "required": N_("This is needed."),
    "format": N_("This is not written as it must be."),
    "past": N_("This must be later than now."),
    "range": N_("This is outside of what is possible."),
    "choice": N_("This is none of the choices."),
    "unknown": N_("There is nothing of this name."),
    "unknown_type": N_("There is no such type."),
    "inactive_type": N_("This type is not in use."),
    "length": N_("This is too long or too short."),
    "too_long": N_("This is too long."),
    "too_short": N_("This is too short."),
    "too_many": N_("These are too many."),
    "common": N_("This is too easy to guess."),
    "repeated": N_("This stands here more than once."),
    "duplicate": N_("An earlier row has the same recipient."),
    "unsendable": N_("It has characters that no text message can carry."),
    "unencodable": N_("It has characters that the chosen encoding lacks."),
    "not_allowed": N_("This address is not allowed."),
    "opted_out": N_("The recipient wants no more messages."),
    "no_country": N_("The country code is missing or does not exist; write the number as +34600000001."),
    "not_a_number": N_("This is no telephone number. Write it as +34600000001."),
    "impossible_length": N_("The number has a length that its country does not use."),
    "no_area_code": N_("The area code is missing."),
    "unassigned": N_("No number of its country begins like this."),
    "premium_not_allowed": N_("Premium-rate numbers are not allowed."),
    "short_code_not_allowed": N_("Short codes are not allowed."),
    "landline_not_allowed": N_("This is a landline, which is not allowed."),
    "country_not_allowed": N_("Numbers of this country are not allowed."),
    "modem_not_allowed": N_("This modem is not allowed."),
    "priority_not_allowed": N_("This priority is not allowed."),
    "no_prices": N_("Parts have no price: set [prices] in the configuration first."),
}

#: By the code of a conflict, or of a limit that is reached.
CONFLICTS: Final = {
    "already_final": N_("It has ended and can't be taken back."),
    "already_submitting": N_("Parts of it have left, or are at the modem now."),
    "in_doubt": N_("Nobody knows yet whether it was sent; settle that first."),
    "still_queued": N_("It is still going to be sent."),
    "last_admin": N_("Somebody has to stay an administrator."),
    "erased": N_("Its text or number was erased."),
    "token_ended": N_("This token is over."),
    "token_rotated": N_("This token was rotated already."),
    "too_many_webhooks": N_("There are as many webhooks as there may be."),
    "nothing_in_the_way": N_("No event is being tried again here."),
    "nothing_to_send": N_("No row of it can be sent."),
    "upload_going_on": N_("The same request is coming in already."),
    "queue_full": N_("As much waits as may wait. Try again later."),
    "money_spent": N_("The money for this month is spent."),
    "rate_limited": N_("There were too many requests. Try again later."),
}

#: By the code of what stands in the way of sending.
OBSTACLES: Final = {
    "halted": N_(
        "The gateway has halted: something was found that must never be. See the log and gatewayd resume."
    ),
    "storage_full": N_("The disk is full: nothing is accepted or sent until there is space."),
    "no_modem": N_("No modem can send now."),
}


def explain(tongue: Tongue, error: FieldError) -> str:
    """One error of a field in words."""
    return _say(tongue, SENTENCES, error.code, error.message)


def excuse(tongue: Tongue, refusal: GatewaydError) -> str:
    """Why something was not done, in words."""
    return _say(tongue, CONFLICTS, refusal.code, str(refusal))


def obstacle(tongue: Tongue, code: str, message: str) -> str:
    """What stands in the way of sending, in words."""
    return _say(tongue, OBSTACLES, code, message)


def _say(tongue: Tongue, sentences: Mapping[str, str], code: str, message: str) -> str:
    sentence = sentences.get(code)
    if sentence is None or tongue.tag == "en":
        return message[:1].upper() + message[1:]
    return tongue.say(sentence)
