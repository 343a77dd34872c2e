"""Templates as others see them. Plain shapes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from gatewayd.templates.fields import Field


class Channel(enum.StrEnum):
    """What a text made with a template goes by."""

    SMS = "sms"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands: there is one for each kind, channel and language."""

    kind: str
    """What it is for: ``ra_opened``. Messages made with it have this type unless they name another."""
    channel: Channel
    language: str
    """``pt-BR``."""

    def __str__(self) -> str:
        return f"{self.kind}/{self.channel}/{self.language}"


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What somebody wants a template to say."""

    fields: tuple[Field, ...]
    body: str
    """Plain text with ``{{ field }}`` in it."""
    subject: str | None = None
    """Of a mail, where it is required."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """One version of a template."""

    place: Place
    version: int
    """1 is the first; a change makes the next, and none is ever lost."""
    fields: tuple[Field, ...]
    body: str
    subject: str | None
    created_at: datetime
    created_by: str

    @property
    def label(self) -> str:
        """What messages remember: ``kind/channel/language@version``."""
        return f"{self.place}@{self.version}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text made with a template."""

    text: str
    subject: str | None
    template: str | None
    """The version that it was made with; None: of one that isn't saved."""
    language: str
