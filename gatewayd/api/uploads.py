"""Large bodies, to a file that is gone with the request: raw, or one file in a form with fields beside it.

They are in memory up to a mebibyte, and in a file without a name beyond; nobody else can open that, and it is gone
whatever happens to the process.
"""

from __future__ import annotations

import errno
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO

import trio
from starlette.datastructures import UploadFile
from starlette.requests import Request

from gatewayd.errors import FieldError, InvalidRequest, StorageFull
from gatewayd.http.problems import BadRequest, TooLarge, WrongMediaType

FORM = "multipart/form-data"
CSV = "text/csv"

_IN_MEMORY = 1024 * 1024
_READ = 256 * 1024
#: A text may be some kilobytes; a form of pages has some thirty fields.
_MAX_FIELD = 64 * 1024
_MAX_FIELDS = 60


class BadForm(BadRequest):
    """The form can't be read."""

    code = "bad_form"


@dataclass(frozen=True, slots=True)
class Upload:
    """What came."""

    media_type: str
    """Of the file: lower case, without parameters."""
    file: BinaryIO
    name: str | None
    """What the file is called, where a form says so."""
    fields: Mapping[str, str]
    """Of the form; empty for a raw body."""

    async def digest(self) -> str:
        """SHA-256 of everything that came, in hexadecimal."""
        return await trio.to_thread.run_sync(self._digest)

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, value in sorted(self.fields.items()):
            digest.update(f"{name}\0{value}\0".encode("utf-8", "surrogatepass"))
        self.file.seek(0)
        while octets := self.file.read(_READ):
            digest.update(octets)
        self.file.seek(0)
        return digest.hexdigest()


@asynccontextmanager
async def uploaded(request: Request, media_types: tuple[str, ...], limit: int) -> AsyncIterator[Upload]:
    """Receive the body of a request, of at most ``limit`` octets; the file is closed at the end of the block.

    ``media_types``: those that are taken raw; a form may hold any. Raises WrongMediaType, TooLarge, BadForm and
    StorageFull.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (*media_types, FORM):
        taken = " or ".join((*media_types, FORM))
        raise WrongMediaType(f"Content-Type must be {taken}, not {media_type[:100]!r}")
    stream = _limited(request, limit)
    if media_type == FORM:
        upload = await _form(request, stream)
    else:
        upload = Upload(media_type, await _spooled(stream), None, {})
    with upload.file:
        yield upload


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body, no more than ``limit`` of it."""
    announced = request.headers.get("content-length", "")
    too_large = TooLarge(f"the body is too large: at most {limit:,} octets are taken")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    size = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise too_large
            yield chunk


async def _spooled(stream: AsyncGenerator[bytes, None]) -> BinaryIO:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who asked for it
    try:
        async with aclosing(stream):
            async for chunk in stream:
                file.write(chunk)
        file.seek(0)
    except OSError as error:
        file.close()
        raise _named(error) from error
    except BaseException:
        file.close()
        raise
    return file  # type: ignore[return-value] # since Python 3.11 it is one


async def _form(request: Request, stream: AsyncGenerator[bytes, None]) -> Upload:
    from starlette.formparsers import MultiPartException, MultiPartParser

    parser = MultiPartParser(
        request.headers, stream, max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD
    )
    try:
        async with aclosing(stream):
            form = await parser.parse()
    except MultiPartException as error:
        raise BadForm(error.message) from None
    except OSError as error:
        raise _named(error) from error
    fields: dict[str, str] = {}
    found: UploadFile | None = None
    twice = []
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            found = value
        elif name in fields:
            twice.append(FieldError(name, "repeated", "must be given once"))
        else:
            fields[name] = value
    if found is None:
        raise InvalidRequest([FieldError("file", "required", "is required, as a file"), *twice])
    if twice:
        await found.close()
        raise InvalidRequest(twice)
    media_type = (found.content_type or "").partition(";")[0].strip().lower()
    return Upload(media_type, found.file, found.filename, fields)


def _named(error: OSError) -> Exception:
    """What it means that a file can't be written."""
    return StorageFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else error
