"""Every page in every language: nothing sticks out on a phone, nothing goes wrong, and anybody can use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .conftest import DESKTOP, LANGUAGES, PHONE, Visitor, Visitors

#: Pages with a fixed address.
FIXED = (
    "/admin/",
    "/admin/compose",
    "/admin/batches",
    "/admin/batches/new",
    "/admin/messages",
    "/admin/messages?blank",
    "/admin/messages?since=31/02/2026&until=01/01/2026&search=1",
    "/admin/errors",
    "/admin/inbox",
    "/admin/templates",
    "/admin/templates/new",
    "/admin/types",
    "/admin/types/new",
    "/admin/modems",
    "/admin/audit",
    "/admin/applications",
    "/admin/webhooks",
    "/admin/people",
    "/admin/people/new",
    "/admin/settings",
    "/admin/account",
    "/admin/account/password",
    "/admin/account/proof",
    "/admin/account/second-factor",
    "/admin/welcome",
    "/docs",
)
#: Lists, of which the first entry is looked at too.
LISTS = (
    "/admin/messages",
    "/admin/errors",
    "/admin/errors?state=in_doubt&since={long_ago}&until={today}",
    "/admin/batches",
    "/admin/inbox",
    "/admin/templates",
    "/admin/types",
    "/admin/modems",
    "/admin/applications",
    "/admin/webhooks",
    "/admin/people",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_readable_and_usable_by_anybody(visitors: Visitors, language: str) -> None:
    visitor = visitors.come(language)
    visitor.open("/admin/sign-in")
    look(visitor, 0)
    visitor.sign_in()
    for place, path in enumerate([*FIXED, *entries(visitor)]):
        visitor.open(path)
        look(visitor, place + LANGUAGES.index(language))
    visitor.open("/admin/nothing", status=404)
    look(visitor, 0)


def entries(visitor: Visitor) -> list[str]:
    """The address of the first entry of each list."""
    found = []
    today = datetime.now(UTC).date()
    for path in LISTS:
        visitor.open(path.format(long_ago=today - timedelta(days=29), today=today))
        link = visitor.page.locator("main table tbody a[href^='/admin/']").first
        address = link.get_attribute("href")
        assert address, path
        found.append(address)
    return found


def look(visitor: Visitor, turn: int) -> None:
    """At both sizes, light and dark; with axe-core in one of the four, another one on each page and language."""
    settings = [(DESKTOP, "light"), (PHONE, "dark"), (DESKTOP, "dark"), (PHONE, "light")]
    for place, (width, theme) in enumerate(settings):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        visitor.check_width()
        if place == turn % len(settings):
            visitor.check_access()
    visitor.page.set_viewport_size({"width": DESKTOP, "height": 900})


#: What docs/pages.md shows: name, address, width, theme.
PICTURES = (
    ("overview", "/admin/", DESKTOP, "light"),
    ("messages", "/admin/messages", DESKTOP, "light"),
    ("errors", "/admin/errors", PHONE, "dark"),
    ("modem", "/admin/modems/phone2", DESKTOP, "dark"),
)


def test_pictures_of_the_documentation(visitors: Visitors, request: pytest.FixtureRequest) -> None:
    folder: Path | None = request.config.getoption("--pictures")
    for name, path, width, theme in PICTURES:
        visitor = visitors.come(width=width, theme=theme)
        visitor.sign_in()
        visitor.open(path)
        visitor.page.wait_for_load_state()
        picture = visitor.page.screenshot()
        assert len(picture) < 200 * 1024
        if folder is not None:
            (folder / f"{name}.png").write_bytes(picture)
