"""Parameters of a request: after the question mark, and in a form that was posted."""

from __future__ import annotations

import urllib.parse
from typing import Final

from starlette.requests import Request

from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.bodies import read_body

FORM: Final = "application/x-www-form-urlencoded"

#: Parameters of one request: far more than any of these APIs has.
_MOST: Final = 200


async def read_parameters(request: Request, *, limit: int) -> dict[str, bytes]:
    """Return all parameters with their octets, which say nothing yet of their charset.

    Where one is given several times, the last counts. Raises InvalidRequest for too many, and what ``read_body``
    raises; ``limit``: the most octets of a body.
    """
    found = _parse(request.scope["query_string"])
    if request.method == "POST":
        body = await read_body(request, (FORM,), limit=limit)
        found |= _parse(body.octets)
    return found


def text_of(octets: bytes, field: str) -> str:
    """Decode a parameter that is in UTF-8. Raises InvalidRequest, naming ``field``."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise InvalidRequest([FieldError(field, "format", "must be in UTF-8")]) from None


def _parse(octets: bytes) -> dict[str, bytes]:
    try:
        # Latin-1 keeps every octet as it is.
        pairs = urllib.parse.parse_qsl(
            octets.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=_MOST
        )
    except ValueError:
        message = f"there are more than {_MOST} parameters"
        raise InvalidRequest([FieldError("", "too_many", message)]) from None
    return {name: value.encode("latin-1") for name, value in pairs}
