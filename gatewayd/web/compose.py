"""Composing: one text to one or several recipients, with what becomes of it shown while it is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from gatewayd.access.money import MICROS
from gatewayd.access.roles import Permission
from gatewayd.errors import InvalidRequest, LimitReached
from gatewayd.message import Priority
from gatewayd.queue.draft import Draft, Preview, Receipt
from gatewayd.sms.coding import GSM7
from gatewayd.sms.transliterate import transliterate
from gatewayd.web.formats import NoDate
from gatewayd.web.forms import Form, form_of
from gatewayd.web.messages import type_label
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import PRIORITIES

if TYPE_CHECKING:
    from starlette.responses import Response

_FIELDS: Final = ("to", "text", "type", "priority", "send_at", "expires_at", "reference", "modem")
#: More go as a batch, where each row is checked and reported.
_MOST_RECIPIENTS: Final = 100
_BETWEEN: Final = re.compile(r"[,;\n]+")
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of what is typed."""

    parts: int
    units: int
    encoding: str
    marked: Markup | None
    """The text with the characters marked that make it dearer; None where there are none."""
    instead: tuple[tuple[str, str], ...]
    """Each of them with what could be written instead; empty where nothing could."""
    recipients: int
    price: float
    leaves_at: datetime | None


async def show(visit: Visit) -> Response:
    """GET /admin/compose."""
    to = visit.request.query_params.get("to", "")
    return await _page(visit, Form({"to": to, "priority": Priority.NORMAL.label}))


async def _page(visit: Visit, form: Form, *, status: int = 200) -> Response:
    types = await visit.services.queue.types.refresh()
    return visit.render(
        "compose.html",
        status=status,
        form=form,
        types=[(code, type_label(visit, code, types)) for code, each in types.items() if each.active],
        priorities=[(priority.label, visit.say(PRIORITIES[priority])) for priority in Priority],
        outlook=None,
        most=_MOST_RECIPIENTS,
    )


async def preview(visit: Visit) -> Response:
    """POST /admin/compose/preview: the outlook alone, while somebody types."""
    form = await form_of(visit.request)
    problem, outlook = "", None
    if form.get("text"):
        try:
            outlook = await _outlook(visit, form)
        except InvalidRequest as invalid:
            wrong = Form()
            wrong.take(visit, invalid, fields=())
            problem = wrong.problem
    return visit.render("_outlook.html", outlook=outlook, problem=problem)


async def send(visit: Visit) -> Response:
    """POST /admin/compose."""
    form = await form_of(visit.request)
    recipients = _recipients(form)
    if not recipients:
        form.errors["to"] = visit.say("Give at least one number.")
    elif len(recipients) > _MOST_RECIPIENTS:
        form.errors["to"] = visit.say("For more than %(most)s numbers make a batch.", most=_MOST_RECIPIENTS)
    send_at = _moment(visit, form)
    if form.errors:
        return await _page(visit, form, status=422)
    drafts = [_draft(form, to, send_at) for to in recipients]
    try:
        submission = await visit.services.queue.submit(visit.person.client_id, drafts)
    except InvalidRequest as invalid:
        form.take(visit, invalid, fields=_FIELDS)
        return await _page(visit, form, status=422)
    except LimitReached as reached:
        form.problem = visit.excuse(reached)
        return await _page(visit, form, status=429)
    receipts = [result for result in submission.results if isinstance(result, Receipt)]
    if len(receipts) == 1:
        return visit.go(f"/admin/messages/{receipts[0].id}?notice=accepted")
    return visit.go("/admin/messages?notice=accepted")


def _recipients(form: Form) -> list[str]:
    """The numbers, each once, in the order in which they were typed."""
    typed = (number.strip() for number in _BETWEEN.split(form.get("to")))
    return list(dict.fromkeys(number for number in typed if number))


def _draft(form: Form, to: str, send_at: datetime | None) -> Draft:
    priorities = {priority.label: priority for priority in Priority}
    return Draft(
        to=to,
        text=_text(form),
        type=form.get("type") or "message",
        priority=priorities.get(form.get("priority")),
        send_at=send_at,
        flash=bool(form.get("flash")),
        reference=form.get("reference").strip() or None,
    )


def _moment(visit: Visit, form: Form) -> datetime | None:
    """When it is to leave; None: as soon as its turn comes."""
    day, clock = form.get("send_at").strip(), form.get("send_time").strip()
    if not day and not clock:
        return None
    found = _TIME.fullmatch(clock or "0:00")
    if found is None:
        form.errors["send_time"] = visit.say("Write the time as 14:30.")
        return None
    try:
        date = visit.formats.read_date(day)
    except NoDate:
        form.errors["send_at"] = visit.say(
            "There is no such day. Write it as %(hint)s.", hint=visit.formats.date_hint
        )
        return None
    return datetime.combine(date, time(int(found[1]), int(found[2])), tzinfo=visit.formats.zone)


async def _outlook(visit: Visit, form: Form) -> Outlook:
    recipients = _recipients(form)
    previews: Sequence[Preview] = ()
    try:
        previews = await visit.services.queue.preview(
            visit.person.client_id, [_draft(form, to, None) for to in recipients[:_MOST_RECIPIENTS]]
        )
    except InvalidRequest as invalid:
        if any(error.field == "text" for error in invalid.errors):
            raise
    text = _text(form)
    measured = visit.services.queue.measure(text)
    offending = [found.character for found in measured.offending]
    marked, instead = _dear(text, offending)
    leaves = [preview.leaves_at for preview in previews if preview.leaves_at is not None]
    return Outlook(
        parts=measured.parts,
        units=measured.units,
        encoding=measured.encoding,
        marked=marked,
        instead=instead,
        recipients=len(previews),
        price=sum(preview.price for preview in previews) / MICROS,
        leaves_at=max(leaves, default=None),
    )


def _text(form: Form) -> str:
    """What would be sent. Browsers end lines as mail does; a text message needs one character for it."""
    text = form.get("text").replace("\r\n", "\n")
    return transliterate(text).text if form.get("transliterate") else text


def _dear(text: str, offending: Sequence[str]) -> tuple[Markup | None, tuple[tuple[str, str], ...]]:
    """The text with its dear characters marked, and what could be written instead of each."""
    if not offending:
        return None, ()
    dear = set(offending)
    marked = Markup("").join(
        Markup('<mark class="mark">{}</mark>').format(character) if character in dear else character
        for character in text
    )
    pairs = []
    for character in offending:
        plain = transliterate(character).text
        if plain != character and all(each in GSM7.alphabet.characters for each in plain):
            pairs.append((character, plain))
    return marked, tuple(pairs)


PAGES = (
    Page("GET", "/compose", show, Permission.SEND),
    Page("POST", "/compose", send, Permission.SEND),
    Page("POST", "/compose/preview", preview, Permission.SEND),
)
