"""Reading a request's body: of the right type, and never more than its limit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from starlette.requests import Request

from gatewayd.http.problems import TooLarge, WrongMediaType

JSON = "application/json"
NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Body:
    """What came."""

    media_type: str
    """Lower case, without parameters."""
    octets: bytes

    @property
    def is_array(self) -> bool:
        """Whether it looks like many things rather than one: NDJSON, or JSON that begins with ``[``."""
        return self.media_type == NDJSON or _begins_array(self.octets)


async def read_body(
    request: Request, media_types: Sequence[str] = (JSON,), *, limit: int, array_limit: int | None = None
) -> Body:
    """Read the whole body.

    Args:
        request: whose.
        media_types: those that are taken.
        limit: the most octets.
        array_limit: the most octets of NDJSON and of a JSON array, where those may be larger.

    Raises:
        WrongMediaType: it is of another type, or not in UTF-8 (RFC 8259 §8.1).
        TooLarge: it is larger; what is too much was not read.
        starlette.requests.ClientDisconnect: the client left or was cut off.
    """
    media_type = _media_type(request, media_types)
    most = max(limit, array_limit or 0)
    _check_announced(request, most)
    chunks: list[bytes] = []
    size, allowed = 0, limit
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            if not chunk:
                continue
            if array_limit is not None and not chunks and (media_type == NDJSON or _begins_array(chunk)):
                allowed = array_limit
            size += len(chunk)
            if size > allowed:
                raise _too_large(allowed)
            chunks.append(chunk)
    return Body(media_type, chunks[0] if len(chunks) == 1 else b"".join(chunks))


def _media_type(request: Request, taken: Sequence[str]) -> str:
    header = request.headers.get("content-type", "")
    media_type, _, parameters = header.partition(";")
    media_type = media_type.strip().lower()
    if media_type not in taken:
        said = f"not {media_type[:100]!r}" if media_type else "and there is none"
        raise WrongMediaType(f"Content-Type must be {' or '.join(taken)}, {said}")
    charset = parameters.strip().lower().partition("charset=")[2].strip('"')
    if charset not in ("", "utf-8", "utf8"):
        raise WrongMediaType("the body must be in UTF-8")
    return media_type


def _check_announced(request: Request, most: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)


def _begins_array(octets: bytes) -> bool:
    return octets[:64].lstrip()[:1] == b"["


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is too large: at most {limit:,} octets are taken")
