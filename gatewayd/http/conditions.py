"""Entity tags and what a request may ask of them (RFC 9110 §8.8.3 and §13.1.1)."""

from __future__ import annotations

import re

from starlette.requests import Request

from gatewayd.errors import FieldError, InvalidRequest

_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')
_STRONG = re.compile(r'(W/)?"([^"]*)"')


def etag(word: str) -> dict[str, str]:
    """The header that names this state of a resource."""
    return {"etag": f'"{word}"'}


def if_match(request: Request) -> frozenset[str] | None:
    """The states of which the resource must have one for the request to be done; None: any will do.

    Weak tags match none: they don't tell whether something is exactly the same. Raises InvalidRequest.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return None
    if not _TAGS.fullmatch(header):
        words = 'must be `*`, or what came as `ETag`, in quotes: "4f1d…"'
        raise InvalidRequest([FieldError("If-Match", "format", words)])
    return frozenset(word for weak, word in _STRONG.findall(header) if not weak)
