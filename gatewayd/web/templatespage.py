"""Templates: texts that are written once, in several languages, with fields that are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gatewayd.access.roles import Permission
from gatewayd.errors import InvalidRequest, NotFound, PreconditionFailed
from gatewayd.templates.fields import Field, FieldType
from gatewayd.templates.view import Channel, Place, TemplateDraft
from gatewayd.web.forms import Form, form_of
from gatewayd.web.page import Page, Visit
from gatewayd.web.words import FIELD_TYPES

if TYPE_CHECKING:
    from starlette.responses import Response

_HOME: Final = "/admin/templates"
#: Fields that the form has room for beyond those that there are.
_SPARE: Final = 3
#: What a template is for whose kind isn't said yet.
_TRIAL: Final = "trial"


async def show(visit: Visit) -> Response:
    """GET /admin/templates."""
    templates = await visit.services.templates.find_all()
    return visit.render("templates.html", templates=templates)


async def new(visit: Visit) -> Response:
    """GET /admin/templates/new."""
    return _form(visit, Form({"channel": Channel.SMS.value, "language": visit.formats.tongue.tag}), None)


async def one(visit: Visit) -> Response:
    """GET /admin/templates/{kind}/{channel}/{language}."""
    place = _place(visit)
    view = await visit.services.templates.find(place)
    typed = {"body": view.body, "subject": view.subject or "", "version": str(view.version)}
    for number, field in enumerate(view.fields):
        typed |= {
            f"field-{number}": field.name,
            f"type-{number}": field.type.value,
            f"example-{number}": field.example or "",
            f"required-{number}": "on" if field.required else "",
        }
    return _form(visit, Form(typed), place, rows=len(view.fields))


def _place(visit: Visit) -> Place:
    try:
        channel = Channel(visit.path["channel"])
    except ValueError:
        raise NotFound("there is no such channel") from None
    return Place(visit.path["kind"], channel, visit.path["language"])


def _form(visit: Visit, form: Form, place: Place | None, *, rows: int = 0, status: int = 200) -> Response:
    return visit.render(
        "template.html",
        status=status,
        form=form,
        place=place,
        rows=range(rows + _SPARE),
        field_types=[(each.value, visit.say(FIELD_TYPES[each])) for each in FieldType],
        channels=[(each.value, each.value) for each in Channel],
        preview=None,
    )


def _draft(form: Form) -> TemplateDraft:
    fields = []
    for number in _rows(form):
        kinds = {each.value: each for each in FieldType}
        kind = kinds.get(form.get(f"type-{number}"), FieldType.TEXT)
        choices = tuple(word.strip() for word in form.get(f"example-{number}").split("|"))
        fields.append(
            Field(
                form.get(f"field-{number}").strip(),
                kind,
                required=bool(form.get(f"required-{number}")),
                choices=choices if kind is FieldType.CHOICE else (),
                example=(choices[0] if kind is FieldType.CHOICE else form.get(f"example-{number}").strip())
                or None,
            )
        )
    body = form.get("body").replace("\r\n", "\n")
    return TemplateDraft(tuple(fields), body, form.get("subject").strip() or None)


def _rows(form: Form) -> list[int]:
    """The numbers of the fields that have a name."""
    numbers = [
        int(name.removeprefix("field-"))
        for name, value in form.values.items()
        if name.startswith("field-") and value.strip() and name.removeprefix("field-").isdecimal()
    ]
    return sorted(numbers)


async def save(visit: Visit) -> Response:
    """POST /admin/templates/new and /admin/templates/{kind}/{channel}/{language}."""
    form = await form_of(visit.request)
    place = _place(visit) if "kind" in visit.path else None
    wanted = place or Place(
        form.get("kind").strip(),
        Channel.MAIL if form.get("channel") == Channel.MAIL else Channel.SMS,
        form.get("language").strip(),
    )
    version = int(form.get("version")) if form.get("version").isdecimal() else None
    rows = len(_rows(form))
    try:
        await visit.services.templates.put(wanted, _draft(form), version=version, actor=visit.person.actor)
    except InvalidRequest as invalid:
        _take(visit, form, invalid)
        return _form(visit, form, place, rows=rows, status=422)
    except PreconditionFailed:
        form.problem = visit.say("Somebody else has changed it meanwhile. Look at it again, then repeat it.")
        return _form(visit, form, place, rows=rows, status=412)
    return visit.go(f"{_HOME}?notice=saved")


def _take(visit: Visit, form: Form, invalid: InvalidRequest) -> None:
    """Errors of fields name their place: they stand above the table of fields, the others at their own."""
    form.take(visit, invalid, fields=("kind", "language", "subject", "body", "fields"), rest="fields")


async def preview(visit: Visit) -> Response:
    """POST /admin/templates/preview: what it makes of the examples, while somebody types."""
    form = await form_of(visit.request)
    draft, problem, text, measured = _draft(form), "", None, None
    language = form.get("language").strip() or visit.formats.tongue.tag
    try:
        place = Place(_TRIAL, Channel.SMS, language)
        text = visit.services.templates.try_out(place, draft, None).text
        measured = visit.services.queue.measure(text) if text.strip() else None
    except InvalidRequest as invalid:
        wrong = Form()
        wrong.take(visit, invalid, fields=())
        problem = wrong.problem
    return visit.render("_template_preview.html", text=text, measured=measured, problem=problem)


async def delete(visit: Visit) -> Response:
    """POST /admin/templates/{kind}/{channel}/{language}/delete."""
    await visit.services.templates.delete(_place(visit), actor=visit.person.actor)
    return visit.go(f"{_HOME}?notice=saved")


_ONE: Final = "/templates/{kind}/{channel}/{language}"
PAGES = (
    Page("GET", "/templates", show, Permission.LOOK),
    Page("GET", "/templates/new", new, Permission.BATCH),
    Page("POST", "/templates/new", save, Permission.BATCH),
    Page("POST", "/templates/preview", preview, Permission.BATCH),
    Page("GET", _ONE, one, Permission.BATCH),
    Page("POST", _ONE, save, Permission.BATCH),
    Page("POST", f"{_ONE}/delete", delete, Permission.BATCH),
)
