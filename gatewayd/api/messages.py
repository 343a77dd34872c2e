"""`/v1/messages`: submit, search, show, cancel, send again."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.export import csv_response, wants_csv
from gatewayd.api.history import search
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_body, read_query
from gatewayd.api.submission import MAX_ITEMS, submit
from gatewayd.api.wire.message_in import MessageIn, VerdictIn
from gatewayd.api.wire.message_out import (
    MessageDetailOut,
    MessageOut,
    MessagePageOut,
    detail_out,
    message_out,
)
from gatewayd.api.wire.query import CancelQuery, MessageQuery, SubmitQuery
from gatewayd.api.wire.receipt_out import (
    PreviewOut,
    PreviewsOut,
    ReceiptOut,
    ReceiptsOut,
    SubmissionOut,
    receipt_out,
)
from gatewayd.http.bodies import JSON, NDJSON
from gatewayd.http.paging import encode_cursor


async def list_messages(call: Call) -> Response:
    """Answer with a page of the history, or stream all of it as CSV."""
    query = search(call)
    if wants_csv(call.request):
        return await csv_response(call.services.queue.export(query))
    page = await call.services.queue.find(query)
    out: MessagePageOut = {
        "messages": [message_out(view) for view in page.messages],
        "next": None if page.next is None else encode_cursor(*page.next),
    }
    return json_response(out)


async def show_message(call: Call) -> Response:
    """Answer with a message and all that happened to it."""
    detail = await call.services.queue.detail(call.principal.sees, call.path["id"])
    return json_response(detail_out(detail))


async def cancel_message(call: Call) -> Response:
    """Take a message back."""
    asked = read_query(call.request, CancelQuery)
    view = await call.services.queue.cancel(
        call.principal.sees, call.path["id"], remaining=asked.remaining, actor=call.principal.actor
    )
    return json_response(message_out(view))


async def retry_message(call: Call) -> Response:
    """Send a message again, as a new one."""
    receipt = await call.services.queue.retry(
        call.principal.sees, call.path["id"], actor=call.principal.actor
    )
    return json_response(receipt_out(receipt), 202, {"location": f"/v1/messages/{receipt.id}"})


async def resolve_message(call: Call) -> Response:
    """Settle a message in doubt."""
    asked = await read_body(call, VerdictIn)
    view = await call.services.queue.resolve(
        call.principal.sees,
        call.path["id"],
        asked.verdict,
        actor=call.principal.actor,
        reason=asked.reason,
    )
    return json_response(message_out(view))


_LIMITED = (
    "A limit of the client is reached; `Retry-After` says when to try again. `queue_full`: as many parts wait as may. "
    "`money_spent`: the month's money is spent. `rate_limited`: too many requests. Nothing was accepted."
)
_NOT_FOUND = "There is no such message, or it is another client's."

OPERATIONS = (
    Operation(
        "POST",
        "/v1/messages",
        submit,
        "Send messages",
        {
            202: Answer(
                "Accepted and on disk. One object answers with itself, with `messages` where `to` was a list; an "
                "array with what became of each of its objects.",
                ReceiptOut | ReceiptsOut | SubmissionOut,
            ),
            200: Answer("With `dry_run`: what would become of it.", PreviewOut | PreviewsOut),
        },
        description=f"The body is one message, an array of up to {MAX_ITEMS:,} of them, or as many lines of NDJSON. "
        "In an array wrong objects are left out, each with its errors, unless `atomic` is set.",
        scope=Scope.SEND,
        query=SubmitQuery,
        body={JSON: MessageIn | list[MessageIn], NDJSON: MessageIn},
        headers={
            "Idempotency-Key": "A text of your own, 1 to 255 characters, kept for 7 days: the same request under the "
            "same key is answered as the first time and accepted once; another request under it is refused "
            "(`idem_mismatch`)."
        },
        problems={429: _LIMITED, 507: "`storage_full`: the disk is full. Nothing was accepted."},
    ),
    Operation(
        "GET",
        "/v1/messages",
        list_messages,
        "Search the history, newest first",
        {
            200: Answer(
                "One page.",
                MessagePageOut,
                also={"text/csv": "With `Accept: text/csv`: everything that was found, `limit` left aside."},
            )
        },
        scope=Scope.READ,
        query=MessageQuery,
        problems={
            503: "`search_too_long`: words or a type were looked for in too many messages. Narrow the period."
        },
    ),
    Operation(
        "GET",
        "/v1/messages/{id}",
        show_message,
        "Show a message with its parts, attempts and timeline",
        {200: Answer("The message.", MessageDetailOut)},
        scope=Scope.READ,
        problems={404: _NOT_FOUND},
    ),
    Operation(
        "DELETE",
        "/v1/messages/{id}",
        cancel_message,
        "Cancel a message",
        {200: Answer("It is cancelled, or its remaining parts are.", MessageOut)},
        scope=Scope.SEND,
        query=CancelQuery,
        problems={
            404: _NOT_FOUND,
            409: "It can't be cancelled any more; `code` says why, such as `already_submitting`.",
        },
    ),
    Operation(
        "POST",
        "/v1/messages/{id}/retry",
        retry_message,
        "Send a message again, as a new one with `retry_of`",
        {202: Answer("The new message.", ReceiptOut)},
        scope=Scope.SEND,
        problems={
            404: _NOT_FOUND,
            409: "It can't be sent again: it is under way, or in doubt.",
            429: _LIMITED,
            507: "`storage_full`: the disk is full. Nothing was accepted.",
        },
    ),
    Operation(
        "POST",
        "/v1/messages/{id}/resolve",
        resolve_message,
        "Settle a message in doubt",
        {200: Answer("The message as it is now.", MessageOut)},
        description="`sent`: it reached the network. `resend`: send what is in doubt again, marked as a possible "
        "duplicate. `failed`: it did not, and shall not be sent.",
        scope=Scope.SEND,
        body={JSON: VerdictIn},
        problems={
            404: _NOT_FOUND,
            409: "`not_in_doubt`: it is not in doubt, or somebody else has settled it; the detail says who.",
        },
    ),
)
