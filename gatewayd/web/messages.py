"""Sent messages and those with errors: the search, its table, and what it can be taken away as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewayd.access.roles import Permission
from gatewayd.http.paging import encode_cursor
from gatewayd.web import search
from gatewayd.web.exporting import as_csv, as_xlsx
from gatewayd.web.page import Page, Visit
from gatewayd.web.search import STATUSES, TROUBLED, Asked
from gatewayd.web.words import STATES

if TYPE_CHECKING:
    from starlette.responses import Response

_SENT = "/admin/messages"
_ERRORS = "/admin/errors"


async def sent(visit: Visit) -> Response:
    """GET /admin/messages: everything, sent and not sent."""
    return await _search(visit, search.asked(visit), _SENT)


async def errors(visit: Visit) -> Response:
    """GET /admin/errors: what will not be sent any more, or needs a person."""
    return await _search(visit, search.asked(visit, states=TROUBLED), _ERRORS)


async def csv(visit: Visit) -> Response:
    """GET /admin/messages.csv: all that a search finds."""
    return await _export(visit, as_csv)


async def xlsx(visit: Visit) -> Response:
    """GET /admin/messages.xlsx: the same for a spreadsheet."""
    return await _export(visit, as_xlsx)


async def _export(visit: Visit, write: Any) -> Response:
    states = TROUBLED if visit.request.query_params.get("list") == "errors" else ()
    asked = search.asked(visit, states=states)
    if asked.query is None:
        return visit.go(asked.address(_SENT))
    response: Response = await write(visit, visit.services.queue.export(asked.query))
    return response


async def _search(visit: Visit, asked: Asked, path: str) -> Response:
    page = await visit.services.queue.find(asked.query) if asked.query else None
    types = await visit.services.queue.types.refresh()
    return visit.render(
        "_messages.html" if _only_table(visit) else "messages.html",
        asked=asked,
        form=asked.form,
        page=page,
        path=path,
        following=asked.address(path, after=encode_cursor(*page.next)) if page and page.next else None,
        first=asked.address(path) if asked.query and asked.query.after else None,
        statuses=[(value, visit.say(label)) for value, label in STATUSES],
        types=[(code, type_label(visit, code, types)) for code in types],
        state_options=[(state.value, visit.say(word.label)) for state, word in STATES.items()],
        type_label=lambda code: type_label(visit, code, types),
    )


def _only_table(visit: Visit) -> bool:
    """Whether the page is there already and its table alone is wanted anew."""
    return visit.request.headers.get("hx-target") == "found"


def type_label(visit: Visit, code: str, types: Any) -> str:
    """A type's name in the visitor's language, otherwise in whichever it has; its code where it has none."""
    known = types.get(code)
    if known is None:
        return code
    label: str = known.labels.get(visit.formats.tongue.tag) or next(iter(known.labels.values()), code)
    return label


PAGES = (
    Page("GET", "/messages", sent, Permission.LOOK),
    Page("GET", "/errors", errors, Permission.LOOK),
    Page("GET", "/messages.csv", csv, Permission.LOOK),
    Page("GET", "/messages.xlsx", xlsx, Permission.LOOK),
)
