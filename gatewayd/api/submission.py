"""`POST /v1/messages`: one message, one to several recipients, or an array of them."""

from __future__ import annotations

import hashlib

import trio
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from gatewayd.api.answering import json_response
from gatewayd.api.drafting import read_items, read_message
from gatewayd.api.idempotency import REPLAYED, key_of
from gatewayd.api.operation import Call
from gatewayd.api.reading import read_query
from gatewayd.api.wire.query import SubmitQuery
from gatewayd.api.wire.receipt_out import (
    PreviewOut,
    RejectedOut,
    field_errors_out,
    preview_out,
    receipt_out,
    result_out,
)
from gatewayd.api.wire.split import SLICE, split_array, split_lines
from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.http.bodies import JSON, NDJSON, read_body
from gatewayd.queue.draft import Draft, IdempotencyKey, Receipt, Rejected, Submission

#: Most objects of one array.
MAX_ITEMS = 10_000
_HASHED_AT_ONCE = 256 * 1024


class _Prepares:
    """Checks drafts as the caller's."""

    def __init__(self, call: Call) -> None:
        self._queue = call.services.queue
        self._client_id = call.principal.client_id

    def prepare(self, draft: Draft) -> object:
        """Check a draft. Raises InvalidRequest with everything that is wrong with it."""
        return self._queue.prepare(draft, self._client_id)


async def submit(call: Call) -> Response:
    """Accept messages, or say what would become of them."""
    asked = read_query(call.request, SubmitQuery)
    settings = call.services.settings
    body = await read_body(
        call.request, (JSON, NDJSON), limit=settings.body_limit, array_limit=settings.array_body_limit
    )
    if not body.is_array:
        return await _submit_object(call, asked, body.octets)
    slices = split_lines(body.octets) if body.media_type == NDJSON else split_array(body.octets)
    items = await read_items(_Prepares(call), call.services.templates, slices, MAX_ITEMS)
    if asked.dry_run:
        return json_response({"messages": await _preview_each(call, items)})
    return await _submit_items(call, items, asked, body.octets)


async def _submit_object(call: Call, asked: SubmitQuery, body: bytes) -> Response:
    queue = call.services.queue
    key = await _idempotency_key(call.request, asked, body)
    # Before anything else is looked at: what was right when it was accepted may have become wrong since.
    submission = await _earlier(call, key)
    services = call.services
    message = await read_message(_Prepares(call), services.templates, body, services.region)
    drafts = message.drafts()
    single = isinstance(message.to, str)
    if asked.dry_run:
        previews = [preview_out(preview) for preview in await queue.preview(call.principal.client_id, drafts)]
        return json_response(previews[0] if single else {"messages": previews})
    if submission is None:
        submission = await queue.submit(call.principal.client_id, drafts, key=key)
    receipts = [receipt_out(result) for result in submission.results if isinstance(result, Receipt)]
    headers = _headers(submission)
    if not single:
        return json_response({"messages": receipts}, 202, headers)
    return json_response(receipts[0], 202, headers | {"location": f"/v1/messages/{receipts[0]['id']}"})


async def _submit_items(
    call: Call, items: list[Draft | Rejected], asked: SubmitQuery, body: bytes
) -> Response:
    queue = call.services.queue
    key = await _idempotency_key(call.request, asked, body)
    submission = await _earlier(call, key)
    if submission is None:
        submission = await queue.submit_array(call.principal.client_id, items, atomic=asked.atomic, key=key)
    if asked.atomic and submission.accepted < len(submission.results):
        raise InvalidRequest(_by_position(submission))
    return Response(await _written(submission), 202, _headers(submission), JSON)


async def _written(submission: Submission) -> bytes:
    """Return ``SubmissionOut`` as JSON, written slice by slice: 10,000 receipts at once take some 20 ms."""
    results = submission.results
    slices: list[bytes] = []
    for start in range(0, len(results), SLICE):
        slices.append(to_json([result_out(result) for result in results[start : start + SLICE]])[1:-1])
        await trio.lowlevel.checkpoint()
    accepted = submission.accepted
    counts = b'{"accepted":%d,"rejected":%d,"messages":[' % (accepted, len(results) - accepted)
    return counts + b",".join(slices) + b"]}"


async def _preview_each(call: Call, items: list[Draft | Rejected]) -> list[PreviewOut | RejectedOut]:
    checked: list[Draft | Rejected] = []
    await call.services.queue.refresh()
    for start in range(0, len(items), SLICE):
        checked += [_check(call, item) for item in items[start : start + SLICE]]
        await trio.lowlevel.checkpoint()
    good = [item for item in checked if isinstance(item, Draft)]
    previews = iter(await call.services.queue.preview(call.principal.client_id, good))
    return [
        preview_out(next(previews)) if isinstance(item, Draft) else {"errors": field_errors_out(item.errors)}
        for item in checked
    ]


def _check(call: Call, item: Draft | Rejected) -> Draft | Rejected:
    if isinstance(item, Rejected):
        return item
    try:
        call.services.queue.prepare(item, call.principal.client_id)
    except InvalidRequest as error:
        return Rejected(tuple(error.errors))
    return item


def _by_position(submission: Submission) -> list[FieldError]:
    """Return what is wrong with the objects of an array as fields of the whole: ``3.text``."""
    return [
        FieldError(f"{position}.{error.field}".rstrip("."), error.code, error.message)
        for position, result in enumerate(submission.results)
        if isinstance(result, Rejected)
        for error in result.errors
    ]


def _headers(submission: Submission) -> dict[str, str]:
    return dict(REPLAYED) if submission.replayed else {}


async def _earlier(call: Call, key: IdempotencyKey | None) -> Submission | None:
    """Return the answer that this request was given before. Raises KeyReused where the key was another request's."""
    return None if key is None else await call.services.queue.replay(call.principal.client_id, key)


async def _idempotency_key(request: Request, asked: SubmitQuery, body: bytes) -> IdempotencyKey | None:
    """Return the client's key with what it stands for. Raises InvalidRequest for an unusable one."""
    key = key_of(request)
    return None if key is None else IdempotencyKey(key, await _fingerprint(asked, body))


async def _fingerprint(asked: SubmitQuery, body: bytes) -> str:
    digest = hashlib.sha256(b"atomic\n" if asked.atomic else b"\n")
    if len(body) <= _HASHED_AT_ONCE:
        digest.update(body)
    else:  # 16 MiB take some 20 ms, without the interpreter's lock.
        await trio.to_thread.run_sync(digest.update, body)
    return digest.hexdigest()
