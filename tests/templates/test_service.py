"""Templates on a database: versions, languages, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from gatewayd.audit import trail
from gatewayd.clock import VirtualClock
from gatewayd.errors import InvalidRequest, NotFound, PreconditionFailed
from gatewayd.store.inline import InlineDatabase
from gatewayd.templates.fields import Field, FieldType
from gatewayd.templates.service import Templates
from gatewayd.templates.settings import TemplatesSettings
from gatewayd.templates.view import Channel, Place, TemplateDraft

OPENED = Place("ra_opened", Channel.SMS, "pt-BR")
PROTOCOL = Field("protocol", example="20260001")
PORTUGUESE = TemplateDraft((PROTOCOL,), "Sua RA {{ protocol }} foi aberta.")


@pytest.fixture
def database() -> Iterator[InlineDatabase]:
    with InlineDatabase() as opened:
        yield opened


@pytest.fixture
def templates(database: InlineDatabase) -> Templates:
    settings = TemplatesSettings(languages=("pt-BR", "en"))
    return Templates(database, VirtualClock(), settings, zone=ZoneInfo("America/Recife"), region="BR")


async def test_text_is_made_with_the_version_in_force_and_names_it(templates: Templates) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    first = await templates.render("ra_opened", Channel.SMS, "pt-BR", {"protocol": "7"})
    await templates.put(OPENED, TemplateDraft((PROTOCOL,), "RA {{ protocol }}."), actor="user:ana")
    second = await templates.render("ra_opened", Channel.SMS, "pt-BR", {"protocol": "7"})
    assert (first.text, first.template) == ("Sua RA 7 foi aberta.", "ra_opened/sms/pt-BR@1")
    assert (second.text, second.template) == ("RA 7.", "ra_opened/sms/pt-BR@2")


async def test_missing_language_falls_back_and_the_answer_says_to_which(templates: Templates) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    made = await templates.render("ra_opened", Channel.SMS, "pl", {"protocol": "7"})
    assert made.language == "pt-BR"


async def test_only_language_there_is_needs_no_naming(templates: Templates) -> None:
    await templates.put(Place("ra_opened", Channel.SMS, "pl"), PORTUGUESE, actor="user:ana")
    assert (await templates.render("ra_opened", Channel.SMS, None, {"protocol": "7"})).language == "pl"
    with pytest.raises(InvalidRequest, match="in pl only"):
        await templates.render("ra_opened", Channel.SMS, "ca", {"protocol": "7"})


async def test_every_version_stays_even_after_the_template_is_deleted(
    templates: Templates, database: InlineDatabase
) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    await templates.put(OPENED, TemplateDraft((PROTOCOL,), "RA {{ protocol }}."), actor="user:rui")
    await templates.delete(OPENED, version=2, actor="user:ana")
    with pytest.raises(InvalidRequest, match="no template 'ra_opened' for sms"):
        await templates.render("ra_opened", Channel.SMS, None, {})
    with pytest.raises(NotFound):
        await templates.find(OPENED)
    assert (await templates.find(OPENED, 1)).body == PORTUGUESE.body
    back, new = await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    assert (back.version, new) == (3, True)
    assert [view.version for view in await templates.versions(OPENED)] == [3, 2, 1]
    entries = database.transact(lambda tx: trail.page(tx, limit=10, object="template:ra_opened/sms/pt-BR"))
    assert [entry.action for entry in entries] == [
        "template.put",
        "template.delete",
        "template.put",
        "template.put",
    ]


async def test_saving_the_same_again_makes_no_version(templates: Templates) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    same, new = await templates.put(OPENED, PORTUGUESE, actor="user:rui")
    assert (same.version, new) == (1, False)


async def test_change_by_somebody_who_saw_an_older_version_is_refused(templates: Templates) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    changed = TemplateDraft((PROTOCOL,), "RA {{ protocol }}.")
    await templates.put(OPENED, changed, version=1, actor="user:ana")
    with pytest.raises(PreconditionFailed):
        await templates.put(OPENED, PORTUGUESE, version=1, actor="user:rui")


async def test_mail_needs_a_subject_which_stays_one_line(templates: Templates) -> None:
    place = Place("bill", Channel.MAIL, "pt-BR")
    with pytest.raises(InvalidRequest) as refused:
        await templates.put(place, PORTUGUESE, actor="user:ana")
    assert [error.field for error in refused.value.errors] == ["subject"]
    draft = TemplateDraft((Field("name"),), "Olá {{ name }}", subject="Fatura de {{ name }}")
    await templates.put(place, draft, actor="user:ana")
    made = await templates.render("bill", Channel.MAIL, None, {"name": "Ana\r\nBcc: all@example.com"})
    assert made.subject == "Fatura de Ana Bcc: all@example.com"


async def test_wrong_draft_is_told_everything_that_can_be_said_at_once(templates: Templates) -> None:
    place = Place("not a kind", Channel.SMS, "xx")
    draft = TemplateDraft((Field("a b"), Field("c", FieldType.CHOICE)), "", subject="x")
    with pytest.raises(InvalidRequest) as refused:
        await templates.put(place, draft, actor="user:ana")
    assert [error.field for error in refused.value.errors] == [
        "kind",
        "language",
        "fields.0.name",
        "fields.1.choices",
        "body",
        "subject",
    ]


def test_trying_out_takes_the_examples_where_no_fields_are_given(templates: Templates) -> None:
    assert templates.try_out(OPENED, PORTUGUESE, None).text == "Sua RA 20260001 foi aberta."
    with pytest.raises(InvalidRequest) as refused:
        templates.try_out(OPENED, PORTUGUESE, {})
    assert [error.field for error in refused.value.errors] == ["fields.protocol"]


async def test_templates_are_found_by_kind_channel_and_language(templates: Templates) -> None:
    await templates.put(OPENED, PORTUGUESE, actor="user:ana")
    english = Place("ra_opened", Channel.SMS, "en")
    await templates.put(english, TemplateDraft((PROTOCOL,), "Case {{ protocol }}"), actor="user:ana")
    assert len(await templates.find_all()) == 2
    assert [view.place for view in await templates.find_all(language="en")] == [english]
    assert await templates.find_all(channel=Channel.MAIL) == []
