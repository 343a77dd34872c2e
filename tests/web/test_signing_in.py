"""Coming in, going out, and what is said to who may not."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from trio.testing import MockClock

from gatewayd.access.people import totp
from gatewayd.access.people.settings import PeopleSettings
from gatewayd.access.roles import Role
from gatewayd.errors import Conflict
from tests.queue.conftest import Setup

from .conftest import Pages, csrf_of, said, serving, value_of


async def test_right_password_opens_the_overview(pages: Pages) -> None:
    ana = await pages.signed_in()
    page = await ana.get("/admin/")
    assert page.status_code == 200
    assert "ana" in said(page)


async def test_who_is_not_signed_in_comes_to_the_door_and_then_where_they_wanted(pages: Pages) -> None:
    await pages.person("ana")
    browser = pages.browser()
    sent_away = await browser.get("/admin/errors?since=01/11/2026")
    door = sent_away.headers["location"]
    assert (sent_away.status_code, door.split("?")[0]) == (303, "/admin/sign-in")
    page = await browser.get(door)
    wanted = value_of(page.text, "next")
    come_in = await browser.sign_in("ana", next=wanted)
    assert come_in.headers["location"] == "/admin/errors?since=01/11/2026"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/admin/\\evil.example",
        "javascript:alert(1)",
        "/admin/\r\nset-cookie: a=b",
        "/administration",
    ],
)
async def test_nobody_is_sent_to_another_site_after_the_door(pages: Pages, elsewhere: str) -> None:
    await pages.person("ana")
    come_in = await pages.browser().sign_in("ana", next=elsewhere)
    assert come_in.headers["location"] == "/admin/"


async def test_wrong_password_and_unknown_name_are_told_the_same_and_the_name_stays(pages: Pages) -> None:
    await pages.person("ana")
    wrong = await pages.browser().sign_in("ana", "not the password")
    unknown = await pages.browser().sign_in("nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 403
    assert "That is not right." in said(wrong)
    assert value_of(wrong.text, "name") == "ana"
    assert value_of(wrong.text, "password") == ""
    assert said(wrong).replace("ana", "") == said(unknown).replace("nobody", "")


async def test_too_many_attempts_are_told_how_long_to_wait(pages: Pages) -> None:
    await pages.person("ana")
    browser = pages.browser()
    for _ in range(20):
        answer = await browser.sign_in("ana", "not the password")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert re.search(r"There were too many attempts\. Try again in \d+", said(answer))


async def test_second_factor_is_asked_for_after_the_password(pages: Pages) -> None:
    ana = await pages.signed_in()
    proof = await ana.post("/admin/account/proof", password="correct horse battery 9", next="/admin/account")
    assert proof.status_code == 303
    page = await ana.get("/admin/account/second-factor")
    spelled = re.search(r'<span class="mono">([A-Z2-7]+)</span>', page.text)
    assert spelled
    secret = totp_secret(spelled.group(1))
    code = totp.code_at(secret, pages.setup.clock.now().timestamp())
    confirmed = await ana.post("/admin/account/second-factor", code=code)
    assert confirmed.status_code == 200, said(confirmed)
    pages.setup.clock.wall_offset += timedelta(seconds=totp.STEP)

    link = await pages.people.sign_in_link("ana", actor="test")
    by_link = await pages.browser().sign_in("", "", link=link.secret)
    assert value_of(by_link.text, "ticket"), "a link stands in for the password alone"

    browser = pages.browser()
    asked = await browser.sign_in("ana")
    ticket = value_of(asked.text, "ticket")
    assert (asked.status_code, bool(ticket)) == (200, True)
    wrong = await browser.sign_in("", "", ticket=ticket, code="000000")
    assert wrong.status_code == 403
    assert value_of(wrong.text, "ticket") == ticket
    code = totp.code_at(secret, pages.setup.clock.now().timestamp())
    come_in = await browser.sign_in("", "", ticket=ticket, code=code)
    assert come_in.status_code == 303
    assert (await browser.get("/admin/")).status_code == 200


def totp_secret(spelled: str) -> bytes:
    return base64.b32decode(spelled + "=" * (-len(spelled) % 8))


async def test_signing_out_ends_the_session(pages: Pages) -> None:
    ana = await pages.signed_in()
    out = await ana.post("/admin/sign-out")
    assert out.headers["location"] == "/admin/sign-in?notice=signed-out"
    assert out.headers["clear-site-data"] == '"cache", "storage"'
    assert (await ana.get("/admin/")).status_code == 303


async def test_session_that_is_over_leads_to_the_door(setup: Setup) -> None:
    async with serving(setup, people_settings=PeopleSettings(session_idle=60, session_lifetime=300)) as pages:
        ana = await pages.signed_in()
        pages.setup.clock.wall_offset += timedelta(seconds=61)
        page = await ana.get("/admin/messages")
        assert page.headers["location"] == "/admin/sign-in?next=%2Fadmin%2Fmessages"
        ana.sent["hx-request"] = "true"
        part = await ana.get("/admin/overview")
        assert (part.status_code, part.headers["hx-redirect"]) == (401, "/admin/sign-in")


async def test_temporary_password_has_to_be_changed_first(pages: Pages) -> None:
    await pages.person("ana")
    await pages.people.set_password("ana", "another long password 7", actor="test", temporary=True)
    browser = pages.browser()
    await browser.sign_in("ana", "another long password 7")
    sent_away = await browser.get("/admin/messages")
    assert sent_away.headers["location"] == "/admin/account/password"


async def test_sign_in_form_of_another_visitor_is_refused(pages: Pages) -> None:
    await pages.person("ana")
    foreign = csrf_of((await pages.browser().get("/admin/sign-in")).text)
    victim = pages.browser()
    await victim.get("/admin/sign-in")
    fields = {"csrf": foreign, "name": "ana", "password": "correct horse battery 9"}
    answer = await victim.http.post("/admin/sign-in", data=fields)
    assert answer.status_code == 403
    assert "The page had grown too old." in said(answer)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("pt-BR", "Entrar"), ("pt-PT,en;q=0.5", "Entrar"), ("de,es;q=0.8", None), ("pl", None), ("ca", None)],
)
async def test_door_speaks_the_browsers_language(pages: Pages, language: str, heading: str | None) -> None:
    page = await pages.browser(language).get("/admin/sign-in")
    expected = {"pt-BR": "pt-BR", "pt-PT,en;q=0.5": "pt-BR", "de,es;q=0.8": "es"}.get(language, language)
    assert f'<html lang="{expected}"' in page.text
    if heading:
        assert heading in said(page)


async def test_first_start_makes_the_first_administrator_once(pages: Pages) -> None:
    link = await pages.people.first_start_secret()
    assert link is not None
    browser = pages.browser()
    path = f"/admin/first-start/{link.secret}"
    assert (await browser.get(path)).status_code == 200
    fields = {"name": "ana", "display_name": "Ana", "email": "", "password": "correct horse battery 9"}
    differing = await browser.http.post(path, data={**fields, "repeated": "something else"})
    assert (differing.status_code, value_of(differing.text, "name")) == (422, "ana")
    made = await browser.http.post(path, data={**fields, "repeated": fields["password"]})
    assert made.headers["location"] == "/admin/welcome"
    assert (await browser.get("/admin/people")).status_code == 200
    again = await pages.browser().get(path)
    assert again.status_code == 403
    assert "This link is over" in said(again)
    assert (await pages.people.find("ana")).roles == (Role.ADMIN,)


async def test_link_signs_in_once_and_looking_at_it_uses_nothing_up(pages: Pages) -> None:
    await pages.person("ana")
    link = await pages.people.sign_in_link("ana", actor="test", reason="lost the paper")
    for _ in range(2):
        page = await pages.browser().get(f"/admin/sign-in/{link.secret}")
        assert value_of(page.text, "link") == link.secret
    browser = pages.browser()
    assert (await browser.sign_in("", "", link=link.secret)).headers["location"] == "/admin/"
    assert (await browser.get("/admin/people")).status_code == 200
    again = await pages.browser().sign_in("", "", link=link.secret)
    assert (again.status_code, "This link is over" in said(again)) == (403, True)
    assert value_of(again.text, "link") == ""
    entries = await pages.setup.access.audit(limit=10, subject="person:ana")
    assert [entry.action for entry in entries][:2] == ["session.begin", "person.sign_in_link"]
    assert entries[0].after == {"with": "link", "address": "127.0.0.1"}


async def test_link_of_an_earlier_password_and_one_for_somebody_disabled_are_over(pages: Pages) -> None:
    await pages.person("ana")
    await pages.person("bruno", Role.VIEWER)
    links = [await pages.people.sign_in_link(name, actor="test") for name in ("ana", "bruno")]
    await pages.people.set_password("ana", "another long password 7", actor="test")
    await pages.people.set_disabled("bruno", True, actor="test")
    for link in links:
        assert (await pages.browser().sign_in("", "", link=link.secret)).status_code == 403
    with pytest.raises(Conflict):
        await pages.people.sign_in_link("bruno", actor="test")


async def test_link_is_over_after_ten_minutes(pages: Pages, mock_clock: MockClock) -> None:
    await pages.person("ana")
    link = await pages.people.sign_in_link("ana", actor="test")
    mock_clock.jump(601)
    assert (await pages.browser().sign_in("", "", link=link.secret)).status_code == 403
