"""`/v1/audit`: who did what, when, to what and why."""

from __future__ import annotations

from starlette.responses import Response

from gatewayd.access.scopes import Scope
from gatewayd.api.answering import json_response
from gatewayd.api.operation import Answer, Call, Operation
from gatewayd.api.reading import read_query
from gatewayd.api.wire.audit_out import AuditPageOut, AuditQuery, audit_page_out


async def list_entries(call: Call) -> Response:
    """Answer with a page of the audit."""
    asked = read_query(call.request, AuditQuery)
    entries = await call.services.access.audit(
        limit=asked.limit, before=asked.before, actor=asked.actor, subject=asked.object
    )
    return json_response(audit_page_out(entries, asked.limit))


OPERATIONS = (
    Operation(
        "GET",
        "/v1/audit",
        list_entries,
        "Read what people and applications did",
        {200: Answer("Some deeds, newest first, and the cursor to go on from.", AuditPageOut)},
        description="Entries are never changed or removed; `gatewayd verify` proves it.",
        scope=Scope.ADMIN,
        query=AuditQuery,
    ),
)
