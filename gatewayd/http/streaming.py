"""Answers that are written while they are read: CSV and the like."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

CSV = "text/csv; charset=utf-8; header=present"

#: A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class StreamedResponse(Response):
    """Sends what a generator yields, piece by piece, and closes the generator also when the client leaves.

    Starlette's own leaves it to the garbage collector, and with it whatever the generator holds open.

    Args:
        pieces: yields octets; what it raises after the first piece cuts the connection, so that nobody takes half
            an answer for a whole one.
        media_type: of the whole.
        headers: further ones.
    """

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        # No length is known: init_headers would say 0.
        self.status_code = 200
        self.background = None
        self.media_type = media_type
        self._pieces = pieces
        self.raw_headers = [(b"content-type", media_type.encode())]
        self.raw_headers += [
            (name.lower().encode(), value.encode()) for name, value in (headers or {}).items()
        ]

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        async with aclosing(self._pieces) as pieces:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] != "HEAD":
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV (RFC 4180, UTF-8); a cell that a spreadsheet would take for a formula gets a ``'`` in front."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    # Telephone numbers begin with + and hold digits only: no formula, and programs look them up.
    if cell.startswith(_FORMULA) and not (cell[0] == "+" and cell[1:].isdecimal() and cell.isascii()):
        return f"'{cell}"
    return cell
