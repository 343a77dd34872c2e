"""Every form survives a wrong field with all that was typed, and says beside the field what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from gatewayd.access.roles import Role
from gatewayd.batches import restoring

from .conftest import Browser, Pages, said, value_of


@dataclass(frozen=True)
class Wrong:
    """A form with one wrong field."""

    path: str
    fields: dict[str, str]
    """All of them, as typed."""
    field: str
    """The wrong one."""


FORMS = (
    Wrong(
        "/admin/compose",
        {
            "to": "+34600000001, hello",
            "text": "Olá, «mundo» & co",
            "reference": "RA-1",
            "send_at": "",
            "send_time": "",
        },
        "to",
    ),
    Wrong(
        "/admin/compose",
        {
            "to": "+34600000001",
            "text": "Hello",
            "reference": "RA-1",
            "send_at": "31/02/2026",
            "send_time": "10:00",
        },
        "send_at",
    ),
    Wrong(
        "/admin/people/new",
        {
            "name": "no spaces please",
            "display_name": "Zofia B.",
            "email": "z@example.org",
            "role-viewer": "on",
            "password": "long enough as it is",
        },
        "name",
    ),
    Wrong("/admin/types/new", {"code": "not a word!", "label-en": "Request", "validity": "5"}, "code"),
    Wrong(
        "/admin/templates/new",
        {
            "kind": "ra_opened",
            "channel": "sms",
            "language": "en",
            "body": "Hello {{ nobody }}",
            "subject": "",
        },
        "body",
    ),
    Wrong(
        "/admin/webhooks",
        {"url": "http://10.0.0.1/", "events": "message.*", "description": "Pager", "client": ""},
        "url",
    ),
    Wrong("/admin/applications", {"name": "no/slashes"}, "name"),
    Wrong("/admin/account", {"display_name": "Ana", "email": "not an address", "language": "pl"}, "email"),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.path} {form.field}")
async def test_form_with_a_wrong_field_keeps_what_was_typed(pages: Pages, form: Wrong) -> None:
    ana = await pages.signed_in()
    answer = await ana.post(form.path, **form.fields)
    assert answer.status_code == 422, said(answer)
    assert re.search(rf'id="{form.field}-error"|<p class="error"', answer.text), said(answer)
    for name, typed in form.fields.items():
        if name.startswith(("role-", "password", "channel", "language", "client")):
            continue
        assert value_of(answer.text, name) == typed, name


async def test_password_is_never_written_into_a_page(pages: Pages) -> None:
    ana = await pages.signed_in()
    fields = {"name": "x y", "display_name": "", "email": "", "password": "a secret of some length"}
    assert "a secret of some length" not in (await ana.post("/admin/people/new", **fields)).text


async def test_list_of_recipients_that_is_none_is_refused_and_the_text_stays(pages: Pages) -> None:
    ana = await pages.signed_in()
    page = await ana.upload(
        "/admin/batches/new", b"", name="list", text="Hello {{ name }}", recipient_column="to"
    )
    assert page.status_code == 422
    assert value_of(page.text, "name") == "list"
    assert value_of(page.text, "text") == "Hello {{ name }}"
    page = await ana.upload(
        "/admin/batches/new", b"number\n+34600000001\n", name="list", text="Hello", recipient_column="to"
    )
    assert (page.status_code, value_of(page.text, "recipient_column")) == (422, "to")


async def test_message_is_sent_from_the_form_and_shown(pages: Pages) -> None:
    ana = await pages.signed_in("ana", Role.ATTENDANT)
    sent = await ana.post("/admin/compose", to="+34 600 00 00 01", text="Olá", type="", priority="normal")
    assert sent.status_code == 303, said(sent)
    page = await ana.get(sent.headers["location"])
    assert "+34 600 00 00 01" in said(page)


async def made(browser: Browser, rows: int = 1) -> str:
    """A batch of so many rows; return its address."""
    file = "to\n" + "".join(f"+346000000{number:02d}\n" for number in range(rows))
    answer = await browser.upload(
        "/admin/batches/new", file.encode(), name="list", text="Hello", recipient_column="to"
    )
    assert answer.status_code == 303, said(answer)
    address: str = answer.headers["location"].split("?")[0]
    return address


@pytest.mark.parametrize("step", ["approve", "pause", "resume", "cancel", "recheck"])
async def test_viewer_steers_no_batch_whatever_is_sent(pages: Pages, step: str) -> None:
    batch = await made(await pages.signed_in("bruno", Role.OPERATOR))
    await pages.settled(batch, "checked")
    viewer = await pages.signed_in("grace", Role.VIEWER)
    page = await viewer.get(batch)
    assert 'name="step"' not in page.text
    answer = await viewer.post(batch, step=step, reason="")
    assert (answer.status_code, "Your roles don't include" in said(answer)) == (403, True)
    await pages.settled(batch, "checked")


async def test_large_batch_is_released_by_somebody_else(pages: Pages) -> None:
    bruno = await pages.signed_in("bruno", Role.OPERATOR, Role.APPROVER)
    batch = await made(bruno, rows=4)
    await pages.settled(batch, "checked")
    own = await bruno.post(batch, step="approve", reason="")
    assert (own.status_code, "somebody else has to approve it" in said(own)) == (403, True)
    carmen = await pages.signed_in("carmen", Role.APPROVER)
    assert (await carmen.post(batch, step="approve", reason="the list is right")).status_code == 303


async def test_batch_from_a_copy_says_so_and_wants_a_tick(pages: Pages) -> None:
    bruno = await pages.signed_in("bruno", Role.OPERATOR)
    batch = await made(bruno)
    await pages.settled(batch, "checked")
    assert 'name="restored"' not in (await bruno.get(batch)).text
    await come_from_a_copy(pages)
    page = await bruno.get(batch)
    assert "comes from a copy of the database that was made on" in said(page)
    assert 'name="restored"' in page.text
    assert "restored from a copy" in said(await bruno.get("/admin/batches"))
    refused = await bruno.post(batch, step="approve", reason="")
    assert (refused.status_code, "Tick the box" in said(refused)) == (409, True)
    assert (await bruno.post(batch, step="approve", reason="", restored="on")).status_code == 303
    await pages.settled(batch, "running")
    await come_from_a_copy(pages)
    page = await bruno.get(batch)
    assert "Reason restored from a copy" in said(page)


async def come_from_a_copy(pages: Pages) -> None:
    """Have everything come from a copy."""
    pages.setup.database.transact(lambda tx: tx.execute(text("INSERT INTO epoch (copied_at) VALUES (1)")))
    await restoring.hold_restored(pages.setup.database, pages.setup.clock.now())


async def test_batch_that_has_changed_meanwhile_is_told(pages: Pages) -> None:
    bruno = await pages.signed_in("bruno", Role.OPERATOR)
    batch = await made(bruno)
    await pages.settled(batch, "checked")
    stale = await bruno.post(batch, step="cancel", reason="", version="1")
    assert (stale.status_code, "It has changed meanwhile" in said(stale)) == (409, True)
