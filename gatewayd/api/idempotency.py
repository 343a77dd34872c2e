"""`Idempotency-Key`: a client's promise that two requests with the same key are the same request."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from gatewayd.errors import FieldError, InvalidRequest

#: Longest key, in characters.
MAX_KEY = 255
#: What the answer to a request that was answered before says.
REPLAYED: Mapping[str, str] = {"idempotent-replayed": "true"}


def key_of(request: Request) -> str | None:
    """The request's key, if it has one. Raises InvalidRequest for an unusable one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        message = f"must have 1 to {MAX_KEY} printable ASCII characters"
        raise InvalidRequest([FieldError("Idempotency-Key", "format", message)])
    return key
