"""Who may see and do what: each role on each page with each verb; and forms that no page of ours sent."""

from __future__ import annotations

import pytest
from starlette.convertors import IntegerConvertor
from starlette.routing import compile_path

from gatewayd.access.roles import PERMISSIONS, Permission, Role
from gatewayd.web.app import PAGES
from gatewayd.web.menu import _MENU
from gatewayd.web.page import Page

from .conftest import Pages, csrf_of, said

GUARDED = [page for page in PAGES if not page.open]


def concrete(page: Page) -> str:
    """A page's path with something in each place; none of it is there."""
    _, form, places = compile_path(page.path)
    values = {name: "1" if isinstance(kind, IntegerConvertor) else "nothing" for name, kind in places.items()}
    return "/admin" + form.format(**values)


#: What never ends, and what ends the session.
_LEAVING = ("/live", "/sign-out", "/account/sessions/{id:int}/end")


@pytest.mark.parametrize("role", Role)
async def test_each_page_is_refused_to_who_lacks_its_permission(pages: Pages, role: Role) -> None:
    browser = await pages.signed_in("somebody", role)
    for page in GUARDED:
        if page.path in _LEAVING:
            continue
        path = concrete(page)
        answer = await (browser.get(path) if page.method == "GET" else browser.post(path))
        allowed = page.permission is None or page.permission in PERMISSIONS[role]
        refused = answer.status_code == 403 and "This is not for you" in said(answer)
        assert refused != allowed, f"{role} {page.method} {path}: {answer.status_code}"
        assert answer.status_code < 500, f"{role} {page.method} {path}"


@pytest.mark.parametrize("role", Role)
async def test_menu_has_only_what_the_role_may_see(pages: Pages, role: Role) -> None:
    browser = await pages.signed_in("somebody", role)
    page = (await browser.get("/admin/")).text
    menu = page[page.index('<nav class="side"') : page.index("</nav>", page.index('<nav class="side"'))]
    for group in _MENU:
        for entry in group.entries:
            assert (f'href="{entry.path}"' in menu) == (entry.permission in PERMISSIONS[role]), entry.path


#: Where a button is, what it leads to, and what it takes.
BUTTONS = (
    ("/admin/batches", 'href="/admin/batches/new"', Permission.BATCH),
    ("/admin/templates", 'href="/admin/templates/new"', Permission.BATCH),
    ("/admin/types", 'href="/admin/types/', Permission.MANAGE),
    ("/admin/modems/phone1", 'action="/admin/modems/phone1', Permission.STEER),
    ("/admin/messages/{message}", 'action="/admin/messages/{message}/cancel"', Permission.HANDLE),
    ("/admin/inbox/%2B34600000001", 'href="/admin/compose', Permission.SEND),
)


@pytest.mark.parametrize("role", Role)
async def test_buttons_are_there_for_who_may_press_them(pages: Pages, role: Role) -> None:
    message = await pages.setup.send(pages.queue, "Hello")
    browser = await pages.signed_in("somebody", role)
    for path, button, permission in BUTTONS:
        page = await browser.get(path.format(message=message))
        assert page.status_code == 200
        main = page.text[page.text.index("<main") :]
        assert (button.format(message=message) in main) == (permission in PERMISSIONS[role]), path


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
async def test_each_page_sends_who_is_not_signed_in_to_the_door(pages: Pages, page: Page) -> None:
    browser = pages.browser()
    answer = await browser.http.request(page.method, concrete(page))
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/admin/sign-in")


async def test_forms_without_this_sessions_token_are_refused(pages: Pages) -> None:
    ana = await pages.signed_in("ana", Role.ADMIN)
    other = await pages.signed_in("bob", Role.ADMIN)
    foreign = csrf_of((await other.get("/admin/account")).text)
    for page in GUARDED:
        if page.method == "GET":
            continue
        for fields in ({}, {"csrf": ""}, {"csrf": foreign}):
            answer = await ana.http.post(concrete(page), data={"x": "y", **fields})
            assert (answer.status_code, "This form is too old" in said(answer)) == (403, True), page.path


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 303)])
async def test_browsers_word_that_another_site_began_it_is_heeded(
    pages: Pages, site: str, status: int
) -> None:
    ana = await pages.signed_in()
    ana.sent["sec-fetch-site"] = site
    answer = await ana.post("/admin/sign-out")
    assert answer.status_code == status


async def test_unknown_page_and_unknown_things_are_not_found_in_words(pages: Pages) -> None:
    ana = await pages.signed_in()
    paths = (
        "nothing",
        "messages/nothing",
        "batches/nothing",
        "modems/nothing",
        "applications/nothing",
        "webhooks/nothing",
        "people/nothing",
        "templates/a/sms/en",
    )
    for path in paths:
        answer = await ana.get(f"/admin/{path}")
        assert (answer.status_code, "There is nothing here" in said(answer)) == (404, True), path
    assert (await ana.post("/admin/nothing")).status_code == 404
    assert (await pages.browser().get("/admin/nothing")).headers["location"].startswith("/admin/sign-in")


async def test_answers_forbid_scripts_frames_and_caches(pages: Pages) -> None:
    ana = await pages.signed_in()
    for path in ("/admin/", "/admin/sign-in?language=pl", "/admin/nothing"):
        headers = (await ana.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


async def test_oversized_form_is_refused(pages: Pages) -> None:
    ana = await pages.signed_in()
    answer = await ana.post("/admin/compose", text="x" * 300_000)
    assert answer.status_code == 413
    assert "octets" in said(answer)
