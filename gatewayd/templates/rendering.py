"""A template that is ready to be filled in: its sources compiled, its fields known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from gatewayd.errors import FieldError, InvalidRequest
from gatewayd.templates.compiling import Setting, Source
from gatewayd.templates.fields import Raw, Value, definition_errors, read_all
from gatewayd.templates.formats import is_language
from gatewayd.templates.languages import LANGUAGE, LANGUAGE_WORDS
from gatewayd.templates.view import Channel, Place, Rendered, TemplateDraft, TemplateView

_KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
MAX_BODY = {Channel.SMS: 4_000, Channel.MAIL: 50_000}
MAX_SUBJECT = 250


class Ready:
    """One template, compiled."""

    def __init__(self, place: Place, draft: TemplateDraft, zone: ZoneInfo, *, label: str | None) -> None:
        """``label``: of the version that it is. Raises InvalidRequest where a source can't be compiled."""
        setting = Setting(place.channel, place.language, zone)
        names = [field.name for field in draft.fields]
        self.language = place.language
        self.label = label
        self.fields = draft.fields
        self._body = Source(draft.body, names, setting)
        self._subject = None
        if draft.subject is not None:
            self._subject = Source(draft.subject, names, setting, where="subject")

    def render(self, given: Mapping[str, Raw], region: str, *, prefix: str = "fields.") -> Rendered:
        """Fill it in. Raises InvalidRequest naming every wrong field, with ``prefix`` before its name.

        ``region``: ISO 3166 code of the country of telephone numbers without +; ``ZZ``: none.
        """
        values, errors = read_all(self.fields, given, region, prefix=prefix)
        if errors:
            raise InvalidRequest(errors)
        return Rendered(self._body.fill(values), self._headline(values), self.label, self.language)

    def _headline(self, values: Mapping[str, Value]) -> str | None:
        # One line, whatever the fields hold: a second one would be another header of the mail.
        return None if self._subject is None else " ".join(self._subject.fill(values).split())


def ready(view: TemplateView, zone: ZoneInfo) -> Ready:
    """A saved version, compiled."""
    draft = TemplateDraft(view.fields, view.body, view.subject)
    return Ready(view.place, draft, zone, label=view.label)


def check(place: Place, draft: TemplateDraft, zone: ZoneInfo, region: str) -> Ready:
    """What somebody wants to save, compiled. Raises InvalidRequest that names everything that is wrong with it."""
    errors = _place_errors(place) + definition_errors(draft.fields, region) + _form_errors(place, draft)
    if errors:
        # What it is compiled for, or with, is wrong: more can't be said about the rest.
        raise InvalidRequest(errors)
    return Ready(place, draft, zone, label=None)


def _place_errors(place: Place) -> list[FieldError]:
    errors = []
    if not _KIND.fullmatch(place.kind):
        words = "must be a word of up to 40 letters, digits and _ . : -"
        errors.append(FieldError("kind", "format", words))
    if not LANGUAGE.fullmatch(place.language) or not is_language(place.language):
        errors.append(FieldError("language", "format", LANGUAGE_WORDS))
    return errors


def _form_errors(place: Place, draft: TemplateDraft) -> list[FieldError]:
    errors = []
    most = MAX_BODY[place.channel]
    if not draft.body.strip():
        errors.append(FieldError("body", "required", "must not be empty"))
    elif len(draft.body) > most:
        errors.append(FieldError("body", "too_long", f"must have at most {most} characters"))
    if place.channel is Channel.SMS and draft.subject is not None:
        errors.append(FieldError("subject", "unknown_key", "is only for mails"))
    elif place.channel is Channel.MAIL and not (draft.subject or "").strip():
        errors.append(FieldError("subject", "required", "is required for a mail"))
    elif len(draft.subject or "") > MAX_SUBJECT:
        errors.append(FieldError("subject", "too_long", f"must have at most {MAX_SUBJECT} characters"))
    return errors
