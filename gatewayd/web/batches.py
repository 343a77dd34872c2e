"""Managed batches: a file of recipients, what was found in it, and how it goes."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile

from gatewayd.access.money import MICROS
from gatewayd.access.roles import Permission
from gatewayd.batches.approval import ApproverRequired, RoleRequired, SelfApproval
from gatewayd.batches.sheets import ENCODINGS, open_csv
from gatewayd.batches.states import Event
from gatewayd.batches.view import BatchDraft, Options
from gatewayd.errors import Conflict, InvalidRequest, PreconditionFailed
from gatewayd.http.streaming import CSV, StreamedResponse, csv_lines
from gatewayd.message import Priority
from gatewayd.templates.view import Channel
from gatewayd.web.faults import SENTENCES, explain
from gatewayd.web.forms import Form, form_of, read_form
from gatewayd.web.messages import type_label
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import BATCHES, PRIORITIES, ROWS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.responses import Response

    from gatewayd.batches.view import RowView

_HOME: Final = "/admin/batches"
_FIELDS: Final = ("file", "name", "text", "template", "recipient_column", "type", "priority", "file_encoding")
_ROWS: Final = 100
_MIB: Final = 1024 * 1024
#: What a button sends, and what is done then.
_STEPS: Final = {
    Event.APPROVE: "approve",
    Event.PAUSE: "pause",
    Event.RESUME: "resume",
    Event.CANCEL: "cancel",
    Event.RECHECK: "recheck",
}


async def show(visit: Visit) -> Response:
    """GET /admin/batches."""
    before = visit.request.query_params.get("before", "")
    page = await visit.services.batches.page(
        None, before=int(before) if before.isdecimal() else None, limit=visit.services.settings.rows
    )
    part = visit.request.headers.get("hx-target") == "found"
    return visit.render("_batches.html" if part else "batches.html", live=True, page=page, states=BATCHES)


async def new(visit: Visit) -> Response:
    """GET /admin/batches/new."""
    return await _form(visit, Form({"recipient_column": "to", "priority": Priority.BULK.label}))


async def _form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    types = await visit.services.queue.types.refresh()
    found = await visit.services.templates.find_all(channel=Channel.SMS)
    return visit.render(
        "batch_new.html",
        status=status,
        form=form,
        types=[(code, type_label(visit, code, types)) for code, each in types.items() if each.active],
        priorities=[(priority.label, visit.say(PRIORITIES[priority])) for priority in Priority],
        templates=[(kind, kind) for kind in sorted({each.place.kind for each in found})],
        encodings=[(name, name) for name in ENCODINGS],
        settings=visit.services.batches.settings,
    )


async def create(visit: Visit) -> Response:
    """POST /admin/batches/new: the file is read row by row, and checked afterwards."""
    upload = visit.services.batches.settings.max_mib * _MIB
    data = await read_form(visit.request, upload=upload)
    form = Form({name: value for name, value in data.items() if isinstance(value, str)})
    file = data.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        form.errors["file"] = visit.say("Choose a file.")
        return await _form(visit, form, status=422)
    try:
        sheet = open_csv(file.file, encoding=form.get("file_encoding") or "utf-8")
        view, _ = await visit.services.batches.create(visit.person, _draft(form, file.filename), sheet)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return await _form(visit, form, status=422)
    return visit.go(f"{_HOME}/{view.id}")


def _draft(form: Form, filename: str) -> BatchDraft:
    priorities = {priority.label: priority for priority in Priority}
    return BatchDraft(
        name=form.get("name").strip() or PurePath(filename).name[:100],
        recipient_column=form.get("recipient_column").strip() or "to",
        text=form.get("text").replace("\r\n", "\n") or None,
        template=form.get("template") or None,
        options=Options(
            type=form.get("type") or None,
            priority=priorities.get(form.get("priority")),
            transliterate=bool(form.get("transliterate")),
            reference_column=form.get("reference_column").strip() or None,
        ),
    )


async def one(visit: Visit) -> Response:
    """GET /admin/batches/{id}."""
    return await _page(visit, Form())


async def _page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    batches, id_ = visit.services.batches, visit.path["id"]
    params = visit.request.query_params
    errors = params.get("errors") == "true"
    after = int(params.get("after", "0")) if params.get("after", "0").isdecimal() else 0
    detail = await batches.detail(None, id_)
    rows = await batches.rows(None, id_, errors=errors, after=after, limit=_ROWS)
    part = visit.request.headers.get("hx-target") == "batch"
    return visit.render(
        "_batch.html" if part else "batch.html",
        status=status,
        live=True,
        form=form,
        detail=detail,
        batch=detail.batch,
        rows=rows,
        errors=errors,
        steps=_possible(visit, detail.batch.possible),
        price=(detail.batch.price or 0) / MICROS,
        states=BATCHES,
        row_states=ROWS,
        explain=lambda error: explain(visit.formats.tongue, error),
        named=lambda code: visit.say(SENTENCES.get(code) or code),
    )


def _possible(visit: Visit, events: tuple[Event, ...]) -> set[str]:
    """The steps that the visitor may take now."""
    needed = {Event.APPROVE: (Permission.APPROVE, Permission.BATCH)}
    return {
        _STEPS[event]
        for event in events
        if event in _STEPS and any(map(visit.may, needed.get(event, (Permission.BATCH,))))
    }


async def steer(visit: Visit) -> Response:
    """POST /admin/batches/{id}: approve, pause, resume, cancel or check again."""
    form = await form_of(visit.request)
    try:
        if not await _do(visit, form):
            return await _page(visit, form, status=422)
    except RoleRequired:
        form.problem = visit.say(
            "Your roles don't include what this needs. An administrator can give you one that does."
        )
        return await _page(visit, form, status=403)
    except SelfApproval:
        form.problem = visit.say("You made it: somebody else has to approve it.")
        return await _page(visit, form, status=403)
    except ApproverRequired:
        form.problem = visit.say("It is so large that only an approver may release it.")
        return await _page(visit, form, status=403)
    except (Conflict, PreconditionFailed) as conflict:
        if conflict.code == "restored":
            form.problem = visit.say(
                "It comes from a copy of the database. Tick the box if it is to be sent all the same."
            )
        else:
            form.problem = visit.say("It has changed meanwhile: %(what)s", what=visit.excuse(conflict))
        return await _page(visit, form, status=409)
    return visit.go(f"{_HOME}/{visit.path['id']}?notice=saved")


async def _do(visit: Visit, form: Form) -> bool:
    """Do what the form asks for; whether it asks for anything that there is."""
    batches, id_ = visit.services.batches, visit.path["id"]
    version = int(form.get("version")) if form.get("version").isdecimal() else None
    reason, restored = form.get("reason").strip() or None, bool(form.get("restored"))
    match form.get("step"):
        case "approve":
            await batches.approve(visit.person, id_, version=version, reason=reason, restored=restored)
        case "pause":
            await batches.pause(visit.person, id_, version=version, reason=reason)
        case "resume":
            await batches.resume(visit.person, id_, version=version, reason=reason, restored=restored)
        case "cancel":
            await batches.cancel(visit.person, id_, version=version, reason=reason)
        case "recheck":
            await batches.recheck(visit.person, id_, version=version)
        case _:
            return False
    return True


async def report(visit: Visit) -> Response:
    """GET /admin/batches/{id}/report.csv: every row with what became of it."""
    batches, id_ = visit.services.batches, visit.path["id"]
    view = await batches.find(None, id_)
    header = [visit.say(word) for word in ("Row", "Number", "State", "Parts", "Error")]

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield "\ufeff".encode() + csv_lines([header])
        async for rows in batches.report(None, id_):
            yield csv_lines(_line(visit, row) for row in rows)

    name = f"{view.id}.csv"
    return StreamedResponse(pieces(), CSV, {"content-disposition": f'attachment; filename="{name}"'})


def _line(visit: Visit, row: RowView) -> list[str]:
    errors = "; ".join(f"{error.field}: {explain(visit.formats.tongue, error)}" for error in row.errors)
    state = row.message_state or row.state
    return [str(row.number), row.to or "", str(state), str(row.parts or ""), errors]


PAGES = (
    Page("GET", "/batches", show, Permission.LOOK),
    Page("GET", "/batches/new", new, Permission.BATCH),
    Page("POST", "/batches/new", create, Permission.BATCH, upload=True),
    Page("GET", "/batches/{id}", one, Permission.LOOK),
    Page("POST", "/batches/{id}", steer, Permission.LOOK),
    Page("GET", "/batches/{id}/report.csv", report, Permission.LOOK),
)
