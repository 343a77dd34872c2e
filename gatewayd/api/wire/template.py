"""Templates: what comes in and what goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from gatewayd.api.wire.types import Incoming
from gatewayd.sms.segments import Plan
from gatewayd.templates import fields as domain
from gatewayd.templates.view import Channel, Rendered, TemplateDraft, TemplateView

ChannelName = Literal["sms", "mail"]
FieldTypeName = Literal["text", "number", "date", "datetime", "phone", "choice"]

#: What a template is filled with, by name of field.
FieldValues = dict[str, str | int | float | bool | None]


class FieldIn(Incoming):
    """One thing that a template is filled with."""

    name: str = Field(description="What the body calls it: letters without accents, digits and `_`.")
    type: FieldTypeName = Field(
        "text",
        description="`number` is written as 1234.5, `date` as 2026-12-31, `datetime` with its offset; the template's "
        "language decides how they look in the text.",
    )
    required: StrictBool = Field(True, description="Otherwise it may be left out, and is empty then.")
    max_length: int = Field(domain.DEFAULT_LENGTH, description="Characters of a `text`.")
    choices: list[str] = Field([], description="What a `choice` may be.")
    example: str | None = Field(None, description="A value to try the template with.")

    def field(self) -> domain.Field:
        """Return it as the domain takes it."""
        return domain.Field(
            self.name,
            domain.FieldType(self.type),
            self.required,
            self.max_length,
            tuple(self.choices),
            self.example,
        )


class TemplateIn(Incoming):
    """What a template is to say."""

    fields: list[FieldIn] = Field([], max_length=domain.MAX_FIELDS)
    subject: str | None = Field(
        None, description="Of a mail, where it is required; with `{{ field }}` in it."
    )
    body: str = Field(description="Plain text with `{{ field }}` in it.")

    def draft(self) -> TemplateDraft:
        """Return it as the domain takes it."""
        return TemplateDraft(tuple(each.field() for each in self.fields), self.body, self.subject)


class RenderIn(Incoming):
    """What to fill a saved template with."""

    fields: FieldValues = Field({}, description="By name of field.")


class TryOutIn(TemplateIn):
    """A template that isn't saved, and what to fill it with."""

    kind: str = Field("draft", description="As what it would be saved.")
    channel: ChannelName = "sms"
    language: str = Field(description="Such as `pt-BR`.")
    values: FieldValues | None = Field(
        None, description="By name of field; left out: the examples of its fields."
    )


class TemplateQuery(Incoming):
    """Which templates."""

    kind: str | None = Field(None, min_length=1, max_length=40)
    channel: ChannelName | None = None
    language: str | None = Field(None, min_length=2, max_length=16, description="In exactly this language.")


class VersionQuery(Incoming):
    """Which version of a template."""

    version: int | None = Field(None, ge=1, le=2**31, description="Left out: the one in force.")


class FieldOut(TypedDict):
    """One thing that a template is filled with."""

    name: str
    type: FieldTypeName
    required: bool
    max_length: int
    choices: list[str]
    example: str | None


class TemplateOut(TypedDict):
    """One version of a template."""

    kind: str
    channel: ChannelName
    language: str
    version: int
    label: str
    """What messages made with it name as their `template`."""
    fields: list[FieldOut]
    subject: str | None
    body: str
    created_at: datetime
    created_by: str


class TemplatesOut(TypedDict):
    """Templates by kind, channel and language; or the versions of one, newest first."""

    templates: list[TemplateOut]


class RenderedOut(TypedDict):
    """A text made with a template; nothing was accepted."""

    text: str
    subject: str | None
    template: str | None
    language: str
    encoding: str | None
    """Of an SMS."""
    parts: int | None
    units: int | None
    offending: list[str]
    """The characters that force UCS-2."""


def template_out(view: TemplateView) -> TemplateOut:
    """Write down a template."""
    channel: ChannelName = "mail" if view.place.channel is Channel.MAIL else "sms"
    return {
        "kind": view.place.kind,
        "channel": channel,
        "language": view.place.language,
        "version": view.version,
        "label": view.label,
        "fields": [_field_out(field) for field in view.fields],
        "subject": view.subject,
        "body": view.body,
        "created_at": view.created_at,
        "created_by": view.created_by,
    }


def templates_out(views: Sequence[TemplateView]) -> TemplatesOut:
    """Write down templates."""
    return {"templates": [template_out(view) for view in views]}


def _field_out(field: domain.Field) -> FieldOut:
    return {
        "name": field.name,
        "type": field.type.value,
        "required": field.required,
        "max_length": field.max_length,
        "choices": list(field.choices),
        "example": field.example,
    }


def rendered_out(made: Rendered, plan: Plan | None) -> RenderedOut:
    """Write down a text; ``plan``: what it takes as an SMS, None for a mail."""
    return {
        "text": made.text,
        "subject": made.subject,
        "template": made.template,
        "language": made.language,
        "encoding": None if plan is None else plan.encoding,
        "parts": None if plan is None else plan.parts,
        "units": None if plan is None else plan.units,
        "offending": [] if plan is None else [found.character for found in plan.offending],
    }
