"""What others wrote is shown as text, whatever it looks like (ASVS 5.0 V1.2.1)."""

from __future__ import annotations

import pytest

from gatewayd.queue.receiving import take_message
from tests.queue.mail import SIM, mail

from .conftest import Pages, said

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}"


@pytest.fixture
async def somewhere(pages: Pages) -> list[str]:
    """The pages on which hostile texts, names and references stand."""
    now = pages.setup.clock.now()
    rules = pages.queue.receiving_rules()
    for octets in mail(HOSTILE, "+34600000007", at=now):
        pages.setup.database.transact(take_message, "phone1", SIM, octets, now, rules)
    name = await pages.setup.send(
        pages.queue, HOSTILE, client=HOSTILE.replace("/", "|")[:64].strip(), reference=HOSTILE
    )
    return [f"/admin/messages/{name}", "/admin/messages", "/admin/inbox", "/admin/applications", "/admin/"]


async def test_markup_in_texts_references_and_names_is_shown_and_never_obeyed(
    pages: Pages, somewhere: list[str]
) -> None:
    ana = await pages.signed_in()
    shown = 0
    for path in somewhere:
        page = await ana.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        shown += "alert(1)" in said(page)
    assert shown >= 3


async def test_markup_in_a_search_comes_back_as_text(pages: Pages) -> None:
    ana = await pages.signed_in()
    page = await ana.get("/admin/messages", q=HOSTILE)
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
