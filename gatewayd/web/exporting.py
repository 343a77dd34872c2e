"""A search's result to take away, its columns named in the visitor's language: CSV as it is read, XLSX as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import trio
from starlette.responses import Response

from gatewayd.http.streaming import CSV, StreamedResponse, csv_lines
from gatewayd.queue.view import MessageView
from gatewayd.web.advice import advice
from gatewayd.web.words import ERASED, N_, STATES

if TYPE_CHECKING:
    from gatewayd.web.page import Visit

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows of a sheet, of Excel's 1,048,576; below its header.
_MOST_ROWS: Final = 1_048_575
_CHUNK: Final = 64 * 1024  # octets

_COLUMNS: Final = (
    N_("Number"),
    N_("Reference"),
    N_("Accepted"),
    N_("Sent at"),
    N_("Type"),
    N_("Text"),
    N_("State"),
    N_("Attempts"),
    N_("Error"),
    N_("What to do"),
    N_("Application"),
    N_("Modem"),
    N_("Identifier"),
)


def _row(visit: Visit, view: MessageView) -> list[str]:
    formats, say = visit.formats, visit.say
    return [
        view.to,
        view.reference or "",
        formats.moment(view.created_at),
        formats.moment(view.sent_at) if view.sent_at else "",
        view.type,
        say(ERASED) if view.text is None else view.text,
        say(STATES[view.state].label),
        str(view.attempts),
        f"{view.error}: {view.error_text}" if view.error else "",
        say(advice(view.error)),
        view.client,
        view.modem or "",
        view.id,
    ]


async def as_csv(visit: Visit, pages: AsyncIterator[list[MessageView]]) -> Response:
    """The result as CSV, streamed."""
    header = [visit.say(column) for column in _COLUMNS]

    async def pieces() -> AsyncGenerator[bytes, None]:
        # The mark of byte order tells spreadsheets that it is UTF-8.
        yield "\ufeff".encode() + csv_lines([header])
        async for page in pages:
            yield csv_lines(_row(visit, view) for view in page)

    return StreamedResponse(pieces(), CSV, {"content-disposition": 'attachment; filename="messages.csv"'})


async def as_xlsx(visit: Visit, pages: AsyncIterator[list[MessageView]]) -> Response:
    """The result as a workbook. Its rows go to disk as they are read: a long history needs no memory."""
    # openpyxl is large, and most daemons never write a sheet.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(visit.say(N_("Messages")))
    sheet.freeze_panes = "A2"
    sheet.append([visit.say(column) for column in _COLUMNS])
    rows = 0
    async for page in pages:
        values = [_row(visit, view) for view in page[: _MOST_ROWS - rows]]
        await trio.to_thread.run_sync(_append, sheet, values)
        rows += len(values)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the answer that sends it
    await trio.to_thread.run_sync(book.save, file)
    return StreamedResponse(
        _from_start(file), _XLSX, {"content-disposition": 'attachment; filename="messages.xlsx"'}
    )


def _append(sheet: Any, rows: list[list[str]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub(" ", text))
            # Text, whatever it begins with: no recipient's answer becomes a formula.
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)


async def _from_start(file: Any) -> AsyncGenerator[bytes, None]:
    with file:
        file.seek(0)
        while piece := await trio.to_thread.run_sync(file.read, _CHUNK):
            yield piece
