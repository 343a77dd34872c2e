"""Templates as the API, the command line, batches and procedures use them."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from gatewayd.clock import Clock
from gatewayd.errors import FieldError, InvalidRequest, NotFound
from gatewayd.store.remembered import Remembered
from gatewayd.store.runner import Runner
from gatewayd.store.transaction import Tx
from gatewayd.templates import registry
from gatewayd.templates.compiling import Setting, Source
from gatewayd.templates.fields import Raw
from gatewayd.templates.formats import is_language
from gatewayd.templates.languages import LANGUAGE, LANGUAGE_WORDS, choose
from gatewayd.templates.registry import TEMPLATES_TOPIC
from gatewayd.templates.rendering import Ready, check, ready
from gatewayd.templates.settings import TemplatesSettings
from gatewayd.templates.view import Channel, Place, Rendered, TemplateDraft, TemplateView

_Shelf = dict[tuple[str, Channel], dict[str, TemplateView]]


class Templates:
    """All templates on the database ``runner``. One object for its life.

    Args:
        runner: the database.
        clock: where the time comes from.
        settings: in which language to write where the wanted one is missing.
        zone: where times in texts are shown as of.
        region: ISO 3166 code of the country of telephone numbers without +; ``ZZ``: none.
    """

    def __init__(
        self, runner: Runner, clock: Clock, settings: TemplatesSettings, *, zone: ZoneInfo, region: str
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._settings = settings
        self._zone = zone
        self.region = region
        nothing: _Shelf = {}
        self._shelf = Remembered(runner, TEMPLATES_TOPIC, _shelf, empty=nothing)
        self._compiled: dict[str, Ready] = {}

    # --- filling in ---

    async def ready(self, kind: str, channel: Channel, language: str | None = None) -> Ready:
        """The template of a kind in the wanted language, or the next best; compiled. Raises InvalidRequest."""
        there = (await self._shelf.refresh()).get((kind, channel), {})
        if not there:
            words = f"there is no template {kind!r} for {channel}"
            raise InvalidRequest([FieldError("template", "unknown", words)])
        if language is not None and not LANGUAGE.fullmatch(language):
            raise InvalidRequest([FieldError("language", "format", LANGUAGE_WORDS)])
        # Who writes in one language need not say which.
        otherwise = self._settings.languages if len(there) > 1 or language else tuple(there)
        chosen = choose(there, language, otherwise)
        if chosen is None:
            words = f"there is {kind!r} in {', '.join(sorted(there))} only"
            raise InvalidRequest([FieldError("language", "choice", words)])
        return self._compile(there[chosen])

    def _compile(self, view: TemplateView) -> Ready:
        # A version never changes, so what was made of it is good for ever; there are few.
        found = self._compiled.get(view.label)
        if found is None:
            found = self._compiled[view.label] = ready(view, self._zone)
        return found

    async def render(
        self, kind: str, channel: Channel, language: str | None, fields: Mapping[str, Raw]
    ) -> Rendered:
        """A text made with the template of a kind. Raises InvalidRequest naming every wrong field."""
        template = await self.ready(kind, channel, language)
        return template.render(fields, self.region)

    def source(self, text: str, names: list[str], language: str | None) -> Source:
        """A text of a message with ``{{ field }}`` in it that is no template of its own. Raises InvalidRequest."""
        language = language or self._settings.languages[0]
        if not (LANGUAGE.fullmatch(language) and is_language(language)):
            raise InvalidRequest([FieldError("language", "format", LANGUAGE_WORDS)])
        return Source(text, names, Setting(Channel.SMS, language, self._zone), where="text")

    def try_out(self, place: Place, draft: TemplateDraft, fields: Mapping[str, Raw] | None) -> Rendered:
        """What a template that isn't saved would make of ``fields``, or else of its own examples.

        Raises InvalidRequest that names everything that is wrong.
        """
        template = check(place, draft, self._zone, self.region)
        given = examples(draft) if fields is None else fields
        return template.render(given, self.region)

    # --- reading and changing ---

    async def find_all(
        self, *, kind: str | None = None, channel: Channel | None = None, language: str | None = None
    ) -> list[TemplateView]:
        """Those in force, by kind, channel and language: all, or of one of these."""
        return [
            view
            for languages in (await self._shelf.refresh()).values()
            for view in languages.values()
            if kind in (None, view.place.kind)
            and channel in (None, view.place.channel)
            and language in (None, view.place.language)
        ]

    async def find(self, place: Place, version: int | None = None) -> TemplateView:
        """A template as it is in force, or one of its versions. Raises NotFound."""
        return await self._runner.read(registry.find, place, version)

    async def versions(self, place: Place) -> list[TemplateView]:
        """Every version of a template, newest first, of deleted ones too. Raises NotFound."""
        return await self._runner.read(registry.versions, place)

    async def put(
        self, place: Place, wanted: TemplateDraft, *, version: int | None = None, actor: str
    ) -> tuple[TemplateView, bool]:
        """Save a template in a new version; return it, and whether there was none before.

        ``version``: the one that whoever changes it has seen; None: whatever it is now. Raises InvalidRequest that
        names everything that is wrong, and PreconditionFailed where it has changed since.
        """
        check(place, wanted, self._zone, self.region)
        now = self._clock.now()
        return await self._runner.run(
            lambda tx: registry.put(tx, place, wanted, version=version, actor=actor, at=now)
        )

    async def delete(self, place: Place, *, version: int | None = None, actor: str) -> None:
        """Take a template out of use; its versions stay. Raises NotFound and PreconditionFailed."""
        now = self._clock.now()
        await self._runner.run(lambda tx: registry.delete(tx, place, version=version, actor=actor, at=now))


def examples(draft: TemplateDraft) -> dict[str, Raw]:
    """What the fields of a template say that they look like."""
    return {field.name: field.example for field in draft.fields if field.example is not None}


def channel_of(word: str) -> Channel:
    """The channel of that name. Raises NotFound."""
    try:
        return Channel(word)
    except ValueError:
        raise NotFound(f"there is no channel {word!r}; there are {', '.join(Channel)}") from None


def _shelf(tx: Tx) -> _Shelf:
    shelf: _Shelf = {}
    for view in registry.every(tx):
        shelf.setdefault((view.place.kind, view.place.channel), {})[view.place.language] = view
    return shelf
