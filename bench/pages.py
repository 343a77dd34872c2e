"""The pages in Debian's Chromium, on a history of a million messages: how much is loaded, and how soon it is seen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from bench import big
from bench.line import Line, judged, percentile
from bench.rig import Rig, rigged
from bench.setting import Setting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SEARCHES = 200
_PAGES = ("/admin/", "/admin/messages", "/admin/errors", "/admin/compose", "/admin/inbox", "/admin/audit")
_LOOKS = 10
"""At each of the pages."""
_NAME, _PASSWORD = "bench", "a long password of no importance"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

#: Octets over the network, headers included, and when something was first painted, in ms after the click.
_LOADED = """() => ({
  octets: performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize || 0), 0),
  painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  table: !!document.querySelector("main table tbody tr"),
})"""


def measure(setting: Setting) -> list[Line]:
    """Search from the click until the table is painted, the weight of pages, and their first paint."""
    from playwright.sync_api import sync_playwright

    stock = big.history(setting)
    with rigged(setting.directory / "pages", database=stock.database) as rig, sync_playwright() as playwright:
        rig.serve(ready=False)
        _add_person(rig)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        try:
            weight = max(_weigh(browser, rig, path) for path in _PAGES)
            page = _signed_in(browser, rig)
            paints = [_open(page, rig, path)["painted"] for path in _PAGES for _ in range(_LOOKS)]
            searches = _searches(page, rig)
        finally:
            browser.close()
    return [
        judged(
            "search at 1,000,000 messages in the browser, click to painted table, p95",
            percentile(searches, 0.95),
            "ms",
            most=100,
            remark=f"median {percentile(searches, 0.5):.0f} ms of {len(searches)} searches: days, weeks, sent, not "
            "sent, a recipient",
        ),
        judged(
            "first paint of a page on loopback, p95",
            percentile(paints, 0.95),
            "ms",
            most=200,
            remark=f"median {percentile(paints, 0.5):.0f} ms of {len(_PAGES)} pages, {_LOOKS} times each",
        ),
        judged(
            "heaviest page with everything on it, over the network",
            weight / 1024,
            "KiB",
            most=100,
            remark=f"of {len(_PAGES)} pages, each with an empty cache",
        ),
    ]


def _add_person(rig: Rig) -> None:
    command = [sys.executable, "-m", "gatewayd", "user", "create", _NAME, "--role", "admin"]
    command += ["--password-file", "-", "--config", str(rig.config)]
    # The database is kept from run to run: whoever was added before is still there.
    subprocess.run(command, input=_PASSWORD.encode(), capture_output=True, check=False)


def _address(rig: Rig, path: str) -> str:
    return f"http://{rig.address[0]}:{rig.address[1]}{path}"


def _signed_in(browser: Browser, rig: Rig) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(_address(rig, "/admin/sign-in"))
    page.fill("#name", _NAME)
    page.fill("#password", _PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/admin/")
    return page


def _open(page: Page, rig: Rig, path: str) -> Any:
    page.goto(_address(rig, path), wait_until="load")
    return _loaded(page)


def _loaded(page: Page) -> Any:
    """What the page tells of its loading, once it is painted. Asked for: its policy lets nothing wait in it."""
    while (seen := page.evaluate(_LOADED))["painted"] is None:
        page.wait_for_timeout(5)
    return seen


def _weigh(browser: Browser, rig: Rig, path: str) -> int:
    """Octets of a page that is opened with nothing in the cache."""
    page = _signed_in(browser, rig)
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    octets: int = _open(page, rig, path)["octets"]
    page.context.close()
    return octets


def _searches(page: Page, rig: Rig) -> list[float]:
    times = []
    for values in islice(cycle(_questions()), _SEARCHES):
        page.goto(_address(rig, "/admin/messages?blank"))
        page.locator("details.more").first.evaluate("element => { element.open = true }")
        for name, value in values.items():
            if name == "status":
                page.check(f"input[name=status][value={value}]")
            else:
                page.fill(f"#{name}", value)
        page.click("form[role=search] button.primary")
        page.wait_for_url("**since=**")
        seen = _loaded(page)
        if not seen["table"]:
            raise AssertionError(f"nothing was found: {values}")
        times.append(seen["painted"])
    return times


def _questions() -> list[dict[str, str]]:
    now = datetime.now(UTC)
    questions = []
    for days in range(5, 360, 35):
        first, last = now - timedelta(days=days + 6), now - timedelta(days=days)
        week = {"since": f"{first:%d/%m/%Y}", "until": f"{last:%d/%m/%Y}"}
        questions += [
            {"since": week["until"], "until": week["until"]},
            week,
            week | {"status": "sent"},
            week | {"status": "not_sent"},
            week | {"recipient": big.number(0)},
        ]
    return questions
