"""Versions as entity tags: `ETag: "3"` goes out, `If-Match: "3"` comes back."""

from __future__ import annotations

from starlette.requests import Request

from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.conditions import etag, if_match

#: What the route table says of them.
IF_MATCH = {"If-Match": "An `ETag`: do it only if this is still as you saw it."}
STALE = {412: "`precondition_failed`: it has changed since it had the `ETag` of `If-Match`."}

#: No version is like this: what asks for a tag that is none of ours is refused as stale.
_NEVER = -1


def version_tag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return etag(str(version))


def wanted_version(request: Request) -> int | None:
    """The version that the request wants to find; None: any. Raises InvalidRequest."""
    tags = if_match(request)
    if tags is None:
        return None
    if len(tags) > 1:
        raise InvalidRequest([FieldError("If-Match", "format", "must name one ETag")])
    (tag,) = tags or ("",)
    # As many digits as a version can have in the database.
    return int(tag) if tag.isascii() and tag.isdecimal() and len(tag) < 19 else _NEVER
