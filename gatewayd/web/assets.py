"""Style sheet, scripts and icons: served from memory, compressed, under names that change with their content."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
#: A name with the digest of its content never means anything else: browsers may keep it.
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_DIGITS: Final = 10


@cache
def url(name: str) -> str:
    """Where the file ``name`` of ``static/`` is served, with the digest of its content."""
    return f"/admin/static/{_digest(name)}/{name}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:_DIGITS]


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def _compressed(name: str) -> bytes:
    # mtime=0: the same content gives the same octets in every process.
    return gzip.compress(_content(name), mtime=0)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


async def serve(request: Request) -> Response:
    """Answer with one file; 404 for what is none, or for the digest of another content."""
    name, digest = request.path_params["name"], request.path_params["digest"]
    if name not in _names() or digest != _digest(name):
        return Response("there is no such file", 404, media_type="text/plain")
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    # These hold nothing secret, so that compressing them tells an eavesdropper nothing; pages are not compressed.
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = _FOR_EVER | {"content-encoding": "gzip", "vary": "accept-encoding"}
        return Response(_compressed(name), media_type=media_type, headers=headers)
    return Response(_content(name), media_type=media_type, headers=_FOR_EVER | {"vary": "accept-encoding"})
