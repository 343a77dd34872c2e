"""What was said to the modem, on the page of the message that it was about."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from gatewayd.modem.ports import LinkState, Said, Voice

from .conftest import Pages, said

DIALOGUE = (
    Said(0.0, Voice.GATEWAYD, "AT+CMGS=25"),
    Said(2.5, Voice.MODEM, "+CMS ERROR: <38>"),
    Said(180.0, Voice.NOTE, "time out after 180 s"),
)


async def test_attempt_that_failed_shows_its_dialogue_and_one_that_did_not_has_none(
    pages: Pages, autojump_clock: MockClock
) -> None:
    line = pages.setup.air.lines["phone1"]
    line.dialogue = DIALOGUE
    line.refusals[0] = ("cms", 38, 2.5)
    pages.setup.air.change("phone2", LinkState.ABSENT)
    name = await pages.setup.send(pages.queue, "Hello")
    pages.setup.air.change("phone1", LinkState.READY)
    await trio.sleep(600)
    browser = await pages.signed_in(language="es")
    page = await browser.get(f"/admin/messages/{name}")
    assert "2,5 Módem +CMS ERROR: <38>" in said(page)
    assert "180 – time out after 180 s" in said(page)
    part = await browser.get(f"/admin/messages/{name}/life")
    for text in (page.text, part.text):
        assert text.count("<details") == 1
        assert "+CMS ERROR: &lt;38&gt;" in text
