"""`/v1/batches`: lists of recipients that are checked, approved, sent, paused and accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import PurePath

from pydantic import ValidationError
from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.export import wants_csv
from gatewayd.api.idempotency import REPLAYED, key_of
from gatewayd.api.operation import Answer, Call, Handler, Operation
from gatewayd.api.reading import read_body, read_query
from gatewayd.api.uploads import CSV, FORM, Upload, uploaded
from gatewayd.api.versions import IF_MATCH, STALE, version_tag, wanted_version
from gatewayd.api.wire.batch import (
    MAX_OBJECTS,
    BatchDetailOut,
    BatchesOut,
    BatchFileFields,
    BatchForm,
    BatchIn,
    BatchOut,
    BatchQuery,
    GoOnIn,
    RowQuery,
    RowsOut,
    SteerIn,
    batch_detail_out,
    batch_out,
    row_out,
)
from gatewayd.api.wire.explain import field_errors, not_json
from gatewayd.api.wire.query import NoQuery
from gatewayd.batches.service import Batches
from gatewayd.batches.sheets import Sheet, open_csv, open_ndjson, open_objects
from gatewayd.batches.states import State
from gatewayd.batches.view import BatchDraft, BatchView, RowView
from gatewayd.errors import InvalidRequest
from gatewayd.http import bodies
from gatewayd.http.bodies import JSON, NDJSON
from gatewayd.http.problems import BadCursor, BadJson
from gatewayd.http.streaming import CSV as CSV_OUT
from gatewayd.http.streaming import StreamedResponse, csv_lines
from gatewayd.queue.draft import IdempotencyKey

_MIB = 1024 * 1024
_REPORT = ("row", "state", "to", "parts", "column", "code", "error", "message_id", "message_state")


async def create_batch(call: Call) -> Response:
    """Take a batch in."""
    media_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == JSON:
        return await _create_from_json(call)
    limit = call.services.batches.settings.max_mib * _MIB
    async with uploaded(call.request, (CSV, NDJSON, JSON), limit) as upload:
        asked = _fields(call, upload)
        key = await _key(call, upload)
        sheet = _sheet(upload, asked)
        name = PurePath(upload.name or "batch").name[:100] or "batch"
        return await _create(call, asked.draft(name), sheet, key)


async def _create_from_json(call: Call) -> Response:
    read_query(call.request, NoQuery)
    body = await bodies.read_body(call.request, limit=call.services.settings.array_body_limit)
    try:
        asked = BatchIn.model_validate_json(body.octets)
    except ValidationError as error:
        if words := not_json(error):
            raise BadJson(words) from None
        raise InvalidRequest(field_errors(error, BatchIn)) from None
    key = key_of(call.request)
    known = None if key is None else IdempotencyKey(key, hashlib.sha256(body.octets).hexdigest())
    return await _create(call, asked.draft("batch"), open_objects(asked.rows), known)


async def _create(call: Call, draft: BatchDraft, sheet: Sheet, key: IdempotencyKey | None) -> Response:
    view, replayed = await call.services.batches.create(call.principal, draft, sheet, key=key)
    headers = {"location": f"/v1/batches/{view.id}", **version_tag(view.version)}
    return json_response(batch_out(view), 202, {**headers, **(REPLAYED if replayed else {})})


def _fields(call: Call, upload: Upload) -> BatchFileFields:
    """What is said beside the rows: in the form where there is one, else in the query."""
    if not upload.fields and call.request.headers["content-type"].partition(";")[0].strip().lower() != FORM:
        return read_query(call.request, BatchFileFields)
    read_query(call.request, NoQuery)
    # A form sends its empty fields too.
    said = {name: value for name, value in upload.fields.items() if value != ""}
    try:
        return BatchFileFields.model_validate(said)
    except ValidationError as error:
        raise InvalidRequest(field_errors(error, BatchFileFields)) from None


async def _key(call: Call, upload: Upload) -> IdempotencyKey | None:
    key = key_of(call.request)
    if key is None:
        return None
    said = hashlib.sha256(call.request.scope["query_string"]).hexdigest()
    return IdempotencyKey(key, hashlib.sha256(f"{said}{await upload.digest()}".encode()).hexdigest())


def _sheet(upload: Upload, asked: BatchFileFields) -> Sheet:
    if upload.media_type == NDJSON:
        return open_ndjson(upload.file)
    # What browsers call a CSV depends on which programs are installed beside them.
    return open_csv(upload.file, encoding=asked.file_encoding, delimiter=asked.delimiter)


async def list_batches(call: Call) -> Response:
    """Answer with a page of the batches."""
    asked = read_query(call.request, BatchQuery)
    page = await call.services.batches.page(
        call.principal.sees,
        states=[State(name) for name in asked.state],
        before=_place(asked.cursor),
        limit=asked.limit,
    )
    out: BatchesOut = {"batches": [batch_out(view) for view in page.batches], "next": _cursor(page.next)}
    return json_response(out)


async def show_batch(call: Call) -> Response:
    """Answer with a batch and how it goes."""
    detail = await call.services.batches.detail(call.principal.sees, call.path["id"])
    return json_response(batch_detail_out(detail), headers=version_tag(detail.batch.version))


async def list_batch_rows(call: Call) -> Response:
    """Answer with a page of the rows, or stream the whole report as CSV."""
    asked = read_query(call.request, RowQuery)
    batches, sees, id_ = call.services.batches, call.principal.sees, call.path["id"]
    if wants_csv(call.request):
        await batches.find(sees, id_)
        return StreamedResponse(
            _report(batches, sees, id_, errors=asked.errors),
            CSV_OUT,
            {"content-disposition": 'attachment; filename="batch.csv"'},
        )
    after = _place(asked.cursor) or 0
    page = await batches.rows(sees, id_, errors=asked.errors, after=after, limit=asked.limit)
    out: RowsOut = {"rows": [row_out(row) for row in page.rows], "next": _cursor(page.next)}
    return json_response(out)


async def _report(
    batches: Batches, sees: int | None, id_: str, *, errors: bool
) -> AsyncGenerator[bytes, None]:
    yield csv_lines([_REPORT])
    async for rows in batches.report(sees, id_, errors=errors):
        yield csv_lines(line for row in rows for line in _lines(row))


def _lines(row: RowView) -> list[list[str]]:
    """A row of the report for each error, or one."""
    fate = [row.message_id or "", row.message_state or ""]
    parts = "" if row.parts is None else str(row.parts)
    said = [[error.field, error.code, error.message] for error in row.errors] or [["", "", ""]]
    return [[str(row.number), row.state, row.to or "", parts, *each, *fate] for each in said]


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise BadCursor
    return int(cursor)


def _cursor(place: int | None) -> str | None:
    return None if place is None else str(place)


async def check_batch(call: Call) -> Response:
    """Check every row again."""
    await read_body(call, SteerIn)
    view = await call.services.batches.recheck(
        call.principal, call.path["id"], version=wanted_version(call.request)
    )
    return json_response(batch_out(view), headers=version_tag(view.version))


def _steering(verb: str) -> Handler:
    async def steer(call: Call) -> Response:
        asked = await read_body(call, SteerIn)
        deed: Callable[..., Awaitable[BatchView]] = getattr(call.services.batches, verb)
        view = await deed(
            call.principal, call.path["id"], version=wanted_version(call.request), reason=asked.reason
        )
        return json_response(batch_out(view), headers=version_tag(view.version))

    return steer


def _going_on(verb: str) -> Handler:
    async def go_on(call: Call) -> Response:
        asked = await read_body(call, GoOnIn)
        deed: Callable[..., Awaitable[BatchView]] = getattr(call.services.batches, verb)
        view = await deed(
            call.principal,
            call.path["id"],
            version=wanted_version(call.request),
            reason=asked.reason,
            restored=asked.restored,
        )
        return json_response(batch_out(view), headers=version_tag(view.version))

    return go_on


_MISSING = {404: "There is no such batch, or it is another client's."}
_WRONG_STATE = {
    409: "`wrong_state`: that is not possible in its present state; `possible` of the batch says what is."
}


_RESTORED = "`restored`: it comes from a copy of the database, and `restored` was not said"


def _deed(
    verb: str,
    handler: Handler,
    summary: str,
    problems: dict[int, str] | None = None,
    *,
    body: type[SteerIn] = SteerIn,
) -> Operation:
    return Operation(
        "POST",
        f"/v1/batches/{{id}}/{verb}",
        handler,
        summary,
        {200: Answer("The batch as it is now; `ETag` names its version.", BatchOut)},
        scope=Scope.READ if verb == "approve" else Scope.SEND,
        body={JSON: body},
        headers=IF_MATCH,
        problems={**_MISSING, **_WRONG_STATE, **STALE, **(problems or {})},
    )


OPERATIONS = (
    Operation(
        "POST",
        "/v1/batches",
        create_batch,
        "Hand in a batch, to be checked",
        {202: Answer("It is on disk and will be checked row by row; `Location` is where to look.", BatchOut)},
        description="CSV and NDJSON with what holds for all of it in the query; a form with a file; or one JSON object "
        f"with up to {MAX_OBJECTS:,} rows, and no query. The first row of a CSV names the columns.",
        scope=Scope.SEND,
        query=BatchFileFields,
        body={JSON: BatchIn, CSV: str, NDJSON: dict[str, object], FORM: BatchForm},
        headers={
            "Idempotency-Key": "A text of your own, 1 to 255 characters: the same request under the same key makes one "
            "batch; another request under it is refused (`idem_mismatch`)."
        },
        problems={
            409: "`upload_going_on`: the same request is coming in on another connection.",
            507: "`storage_full`: the disk is full. Nothing was accepted.",
        },
    ),
    Operation(
        "GET",
        "/v1/batches",
        list_batches,
        "List batches, newest first",
        {200: Answer("One page.", BatchesOut)},
        scope=Scope.READ,
        query=BatchQuery,
    ),
    Operation(
        "GET",
        "/v1/batches/{id}",
        show_batch,
        "Show a batch and how it goes",
        {200: Answer("The batch; `ETag` names its version.", BatchDetailOut)},
        scope=Scope.READ,
        problems=_MISSING,
    ),
    Operation(
        "GET",
        "/v1/batches/{id}/rows",
        list_batch_rows,
        "List the rows of a batch with their verdicts",
        {
            200: Answer(
                "One page.",
                RowsOut,
                also={"text/csv": "With `Accept: text/csv`: the whole report, `limit` left aside."},
            )
        },
        scope=Scope.READ,
        query=RowQuery,
        problems=_MISSING,
    ),
    _deed("check", check_batch, "Check every row again"),
    _deed(
        "approve",
        _going_on("approve"),
        "Release a batch",
        {
            403: "`approver_required`: a batch of this size is approved by a person who may. `self_approval`: and not "
            "by who made it.",
            409: f"`wrong_state`; `nothing_to_send`: none of its rows can be sent; {_RESTORED}.",
        },
        body=GoOnIn,
    ),
    _deed("pause", _steering("pause"), "Let nothing of a batch leave that has not begun"),
    _deed(
        "resume",
        _going_on("resume"),
        "Let a paused batch go on",
        {409: f"`wrong_state`: it is not paused; {_RESTORED}."},
        body=GoOnIn,
    ),
    _deed("cancel", _steering("cancel"), "End a batch; what has not begun never leaves"),
)
