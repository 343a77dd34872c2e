"""What people do with the pages, from the first key to the last, in every language."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import LANGUAGES, Visitors

_LIVE = 15_000  # milliseconds until something has to show by itself


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_without_a_mouse_signs_in_and_searches(visitors: Visitors, language: str) -> None:
    visitor = visitors.come(language)
    visitor.open("/admin/messages")
    page = visitor.page
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type(visitor.demo.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/messages")
    page.keyboard.press("Tab")  # the first stop skips the menu
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(20):
        if page.evaluate("document.activeElement.name") == "status":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**status=not_sent**")
    expect(page.locator("input[name=status]:checked")).to_have_value("not_sent")


@pytest.mark.parametrize("language", LANGUAGES)
def test_message_is_written_sent_and_followed_without_reloading(visitors: Visitors, language: str) -> None:
    visitor, watcher = visitors.come(language), visitors.come(language)
    for each in (visitor, watcher):
        each.sign_in()
    expect(watcher.page.locator("main")).to_be_visible()
    watcher.page.evaluate("window.untouched = true")
    sent_before = watcher.page.locator("a.figure strong").nth(1).inner_text()
    page = visitor.page
    visitor.open("/admin/compose")
    page.fill("#to", "+34600000007")
    page.locator("#text").press_sequentially("Zażółć gęślą jaźń")
    expect(page.locator("#outlook")).to_contain_text("ucs2", ignore_case=True, timeout=_LIVE)
    page.click("main form button.primary")
    page.wait_for_url("**/admin/messages/*")
    page.evaluate("window.untouched = true")
    expect(page.locator("main .state.good").first).to_be_visible(timeout=_LIVE)
    assert page.evaluate("window.untouched") is True
    expect(watcher.page.locator("a.figure strong").nth(1)).not_to_have_text(sent_before, timeout=_LIVE)
    assert watcher.page.evaluate("window.untouched") is True


@pytest.mark.parametrize("language", LANGUAGES)
def test_list_is_uploaded_checked_released_and_sent(visitors: Visitors, language: str) -> None:
    visitor = visitors.come(language)
    visitor.sign_in()
    page = visitor.page
    visitor.open("/admin/batches/new")
    rows = "".join(f"+3460000{number:04d};{number}\n" for number in range(8))
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": f"to;bill\n{rows}12345;9\n".encode()}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.fill("#text", "Bill {{ bill }}")
    page.click("main form button.primary")
    page.wait_for_url("**/admin/batches/*")
    approve = page.locator("button[value=approve]")
    approve.wait_for(timeout=_LIVE)
    expect(page.locator("main")).to_contain_text("12345")
    approve.click()
    expect(page.locator("main .card-head .state").first).to_have_class("state good", timeout=_LIVE * 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_modem_is_paused_and_set_running_with_a_reason(visitors: Visitors, language: str) -> None:
    visitor = visitors.come(language)
    visitor.sign_in("bruno")
    page = visitor.page
    visitor.open("/admin/modems/phone2")
    for mode in ("paused", "running"):
        page.fill("#reason", "the SIM is being changed")
        page.click(f"button[value={mode}]")
        dialog = page.locator("dialog[open] button[value=yes]")
        if dialog.count():
            dialog.click()
        page.wait_for_url("**notice=**")
        visitor.open("/admin/modems/phone2")
    expect(page.locator("main")).to_contain_text("the SIM is being changed")


def test_page_without_scripts_still_searches(visitors: Visitors) -> None:
    visitor = visitors.come()
    context = visitor.page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    page = context.new_page()
    page.goto(visitor.demo.url + "/admin/sign-in")
    page.fill("#name", "grace")
    page.fill("#password", visitor.demo.password)
    page.click("button.primary")
    page.goto(visitor.demo.url + "/admin/messages")
    page.check("input[name=status][value=sent]")
    page.click("form[role=search] button.primary")
    expect(page.locator("table tbody tr").first).to_be_visible()
    context.close()
