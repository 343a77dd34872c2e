"""The search of sent messages, point by point as its users know it (requirements G18 to G32)."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest

from gatewayd.queue.types import TypeDraft

from .conftest import Browser, Pages, said, value_of

#: The day of the tests' clock, as the pages write it.
TODAY = "05/01/2026"
PERIOD = {"since": TODAY, "until": TODAY}


@pytest.fixture
async def ana(pages: Pages) -> Browser:
    return await pages.signed_in()


async def found(browser: Browser, **asked: str) -> list[str]:
    """The numbers in the table."""
    page = await browser.get("/admin/messages", **asked)
    assert page.status_code == 200
    return re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]*)</a>', page.text)


@pytest.mark.parametrize("missing", ["since", "until"])
async def test_g18_both_dates_are_needed_and_marked(ana: Browser, missing: str) -> None:
    page = await ana.get("/admin/messages", **(PERIOD | {missing: ""}), search="1")
    assert "This is needed." in said(page)
    assert page.text.count('class="required"') >= 2
    assert "<table" not in page.text


@pytest.mark.parametrize(
    ("language", "hint", "typed"),
    [
        ("pt-BR", "dd/mm/aaaa", "05/01/2026"),
        ("es", "dd/mm/aaaa", "5/1/2026"),
        ("pl", "dd.mm.rrrr", "05.01.2026"),
    ],
)
async def test_g19_dates_are_typed_as_the_language_writes_them(
    pages: Pages, language: str, hint: str, typed: str
) -> None:
    await pages.setup.send(pages.queue, "Hello")
    browser = await pages.signed_in("zofia", language=language)
    page = await browser.get("/admin/messages", since=typed, until=typed)
    assert f'placeholder="{hint}"' in page.text
    assert "+34 600 00 00 01" in said(page)


async def test_g20_a_calendar_button_stands_beside_each_date(ana: Browser) -> None:
    page = (await ana.get("/admin/messages")).text
    assert len(re.findall(r"<button[^>]*data-calendar", page)) == 2


@pytest.mark.parametrize(
    "wrong", ["31/02/2026", "29/02/2026", "32/01/2026", "01/13/2026", "yesterday", "1/2/26"]
)
async def test_g21_a_day_that_no_calendar_has_is_refused_and_stays_typed(ana: Browser, wrong: str) -> None:
    page = await ana.get("/admin/messages", since=wrong, until=TODAY, reference="RA-1", status="sent")
    assert "There is no such day. Write it as dd/mm/yyyy." in said(page)
    assert value_of(page.text, "since") == wrong
    assert value_of(page.text, "reference") == "RA-1"
    assert re.search(r'value="sent" checked', page.text)


async def test_g22_status_has_exactly_three_values_and_each_finds_its_own(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "Hello")
    page = (await ana.get("/admin/messages")).text
    assert re.findall(r'type="radio" name="status" value="(\w+)"', page) == ["all", "not_sent", "sent"]
    assert await found(ana, **PERIOD, status="not_sent") == ["+34 600 00 00 01"]
    assert await found(ana, **PERIOD, status="sent") == []
    assert len(await found(ana, **PERIOD)) == 1


async def test_g23_types_come_from_the_table_and_the_first_is_blank(pages: Pages) -> None:
    labels = {"en": "Request opened", "pt-BR": "RA inserida"}
    await pages.queue.types.put("ra_opened", TypeDraft(labels), actor="test")
    await pages.setup.send(pages.queue, "Hello", type="ra_opened")
    await pages.setup.send(pages.queue, "Hello", to="+34600000002")
    browser = await pages.signed_in("bruno", language="pt-BR")
    page = (await browser.get("/admin/messages")).text
    options = re.search(r'<select id="type".*?</select>', page, re.DOTALL)
    assert options
    assert re.findall(r'<option value="(\w*)">([^<]*)<', options.group(0)) == [
        ("", ""),
        ("ra_opened", "RA inserida"),
    ]
    assert await found(browser, **PERIOD, type="ra_opened") == ["+34 600 00 00 01"]


async def test_g24_clear_empties_every_field(ana: Browser) -> None:
    page = await ana.get("/admin/messages", **PERIOD, recipient="+34600000001")
    clear = re.search(r'<a class="button" href="([^"]+)">Clear</a>', page.text)
    assert clear
    cleared = (await ana.get(clear.group(1))).text
    assert [value_of(cleared, name) for name in ("since", "until", "recipient", "reference")] == [""] * 4


async def test_g25_cancel_goes_back_to_the_main_page(ana: Browser) -> None:
    assert re.search(r'href="/admin/">Cancel</a>', (await ana.get("/admin/messages")).text)


async def test_g26_search_finds_sent_and_not_sent_in_the_period_alone(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "Hello")
    assert '<button class="primary">' in (await ana.get("/admin/messages")).text
    assert len(await found(ana, **PERIOD)) == 1
    assert await found(ana, since="04/01/2026", until="04/01/2026") == []


async def test_g30_dates_are_explained_and_a_trail_leads_back(ana: Browser) -> None:
    page = (await ana.get("/admin/messages")).text
    assert 'id="until-help"' in page
    assert re.search(r'<nav class="trail".*?href="/admin/"', page, re.DOTALL)


async def test_g31_address_of_a_search_is_permanent_and_the_page_prints(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "Hello")
    page = await ana.get("/admin/messages", **PERIOD, status="not_sent")
    assert "data-print" in page.text
    assert "Printed on" in said(page)
    again = await ana.get(str(page.url))
    assert re.findall(r"<tr>.*?</tr>", again.text) == re.findall(r"<tr>.*?</tr>", page.text)
    assert str(page.url) in said(page)


async def test_g32_table_has_the_known_columns_first(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "Hello", reference="RA-2026-000001")
    page = (await ana.get("/admin/messages", **PERIOD)).text
    columns = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page)
    assert columns[:4] == ["Number", "Reference", "Date and time", "Type"]
    assert "RA-2026-000001" in page
    assert re.search(r"05/01/2026 \d\d:\d\d:\d\d", page)


async def test_g32_inverted_period_and_empty_result_are_told_in_their_own_words(ana: Browser) -> None:
    inverted = said(await ana.get("/admin/messages", since="05/01/2026", until="04/01/2026"))
    assert "The period ends before it begins." in inverted
    nothing = said(await ana.get("/admin/messages", **PERIOD))
    assert "No message was found." in nothing
    assert "The period ends" not in nothing


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("recipient", "hello", "This is no telephone number."),
        ("status", "perhaps", "This is none of the choices."),
        ("state", "staged", "This is none of the choices."),
        ("until", "05/01/2028", "366 days at most"),
    ],
)
async def test_impossible_conditions_are_told_beside_their_field(
    ana: Browser, field: str, typed: str, told: str
) -> None:
    page = await ana.get("/admin/messages", **(PERIOD | {field: typed}))
    assert told in said(page)


async def test_garbled_cursor_is_told_and_not_a_defect(ana: Browser) -> None:
    page = await ana.get("/admin/messages", **PERIOD, after="garbage")
    assert page.status_code in (400, 422)


async def test_longer_result_is_paged_by_links(pages: Pages, ana: Browser) -> None:
    for number in range(12):
        await pages.setup.send(pages.queue, "Hello", f"+346000000{number:02d}")
    first = await ana.get("/admin/messages", **PERIOD)
    older = re.search(r'href="([^"]+)">Older ones', first.text)
    assert older
    second = await ana.get(older.group(1).replace("&amp;", "&"))
    assert second.text.count('<th scope="row"') == 2
    assert "Back to the newest" in second.text


async def test_result_is_taken_away_as_csv_that_no_spreadsheet_runs(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "=1+1", reference="@SUM")
    answer = await ana.get("/admin/messages.csv", **PERIOD)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    assert "+34600000001" in text
    assert not re.search(r'(^|[;,"])[=@]', text)


async def test_result_is_taken_away_as_a_workbook(pages: Pages, ana: Browser) -> None:
    await pages.setup.send(pages.queue, "=1+1", reference="RA-2026-000001")
    answer = await ana.get("/admin/messages.xlsx", **PERIOD)
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert "RA-2026-000001" in rows[1]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


async def test_g17_errors_are_the_same_search_preset(pages: Pages, ana: Browser) -> None:
    name = await pages.setup.send(pages.queue, "Hello")
    await pages.queue.cancel(None, name, actor="test")
    page = await ana.get("/admin/errors", **PERIOD)
    assert "Nothing went wrong in this period." in said(page)


async def test_messages_of_a_paused_batch_say_what_they_wait_for(pages: Pages, ana: Browser) -> None:
    made = await ana.upload(
        "/admin/batches/new", b"to\n+34600000001\n", name="list", text="Hello", recipient_column="to"
    )
    assert made.status_code == 303, said(made)
    batch = made.headers["location"].split("?")[0]
    await pages.settled(batch, "checked")
    for step, state in (("approve", "running"), ("pause", "paused")):
        answer = await ana.post(batch, step=step, reason="")
        assert answer.status_code == 303, said(answer)
        await pages.settled(batch, state)
    page = await ana.get("/admin/messages", **PERIOD)
    assert page.status_code == 200
