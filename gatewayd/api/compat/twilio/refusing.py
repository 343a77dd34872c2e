"""Failures in Twilio's shape, with the numbers that its clients know (https://www.twilio.com/docs/api/errors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from typing_extensions import TypedDict

from gatewayd.access.service import Unauthenticated
from gatewayd.api.answering import json_response
from gatewayd.api.compat.statuses import headers_of, status_of
from gatewayd.api.guard import Forbidden
from gatewayd.errors import FieldError, GatewaydError, InvalidRequest, LimitReached

INVALID_PARAMETER: Final = 20422
NOT_CANCELLABLE: Final = 30409

#: By the field and the code of what the queue says is wrong; an empty code: whatever it says of that field.
_OF_FIELD: Final[Mapping[tuple[str, str], int]] = {
    ("to", "required"): 21604,
    ("to", "opted_out"): 21610,
    ("to", "country_not_allowed"): 21408,
    ("to", "landline_not_allowed"): 21614,
    ("to", ""): 21211,
    ("text", "required"): 21602,
    ("text", "too_long"): 21617,
}
_OF_STATUS: Final = {401: 20003, 403: 20003, 404: 20404, 409: NOT_CANCELLABLE, 429: 20429, 503: 20503}
#: "This From number has exceeded the maximum number of queued messages".
_QUEUE_FULL: Final = 21611


class TwilioErrorOut(TypedDict):
    """What went wrong, as Twilio says it."""

    code: int
    """Twilio's number of it."""
    message: str
    more_info: str
    status: int
    """The answer's own status."""


def refuse(error: GatewaydError) -> Response:
    """Say that it failed."""
    status = status_of(error)
    number = _number(error, status)
    out: TwilioErrorOut = {
        "code": number,
        "message": "Authenticate" if isinstance(error, Unauthenticated) else str(error),
        "more_info": f"https://www.twilio.com/docs/errors/{number}",
        "status": status,
    }
    headers = headers_of(error)
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="gatewayd"'
    return json_response(out, status, headers)


def _number(error: GatewaydError, status: int) -> int:
    if isinstance(error, LimitReached) and error.code == "queue_full":
        return _QUEUE_FULL
    if isinstance(error, Forbidden):
        return _OF_STATUS[403]
    if isinstance(error, InvalidRequest):
        return next(map(_of_field, error.errors), INVALID_PARAMETER)
    return _OF_STATUS.get(status, INVALID_PARAMETER)


def _of_field(wrong: FieldError) -> int:
    exact = _OF_FIELD.get((wrong.field, wrong.code))
    return exact or _OF_FIELD.get((wrong.field, ""), INVALID_PARAMETER)
