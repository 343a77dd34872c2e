"""Debian's Chromium before a demonstration: one process with fictitious history, and visitors who look at it.

Whatever a page does wrong while a visitor is there (an error in the console, something refused by the policy, a
request to another host) is held against the test.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.conftest import IN_CI

CHROMIUM = shutil.which("chromium")
#: Messages of the demonstration: enough that every page has something to show.
HISTORY = 2500
LANGUAGES = ("en", "pt-BR", "es", "ca", "pl")
PHONE, DESKTOP = 390, 1280
_PATIENCE = 120.0  # seconds until the demonstration is ready
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is slow, and needs the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None and not IN_CI:
                item.add_marker(pytest.mark.skip(reason="Debian's chromium is not installed"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run take the pictures of the documentation."""
    parser.addoption(
        "--pictures", type=Path, default=None, help="Folder for the screenshots of docs/pages.md."
    )


@dataclass
class Demo:
    """A running demonstration."""

    url: str
    password: str


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    directory = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gatewayd", "demo", str(directory), "--port", str(port)]
    command += ["--history", str(HISTORY), "--interval", "0.2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("gatewayd answers on "):
                    break
            url = line.split()[3].rstrip(",")
            yield Demo(url, (directory / "password").read_text())
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=_PATIENCE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here, and no longer: its driver keeps an asyncio loop running in the thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody with a browser window."""

    page: Page
    demo: Demo
    faults: list[str] = field(default_factory=list)
    expected: int = 0
    """The status that a page may have beside 200."""

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        # A page that is not there is an error to Chromium; the test looks at statuses itself.
        if message.type in ("error", "warning") and "status of" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.demo.url, "data:", "blob:")):
            self.faults.append(f"{self.page.url} asks {request.url}")

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to a page, and wait until it is there."""
        response = self.page.goto(self.demo.url + path)
        assert response is not None
        assert response.status == status, f"{path} answers {response.status}"

    def sign_in(self, name: str = "ana") -> None:
        self.open("/admin/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#password", self.demo.password)
        self.page.click("button.primary")
        self.page.wait_for_url("**/admin/")

    def check_width(self) -> None:
        """Nothing may stick out at the side."""
        out = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if out > 0:
            width = self.page.viewport_size["width"] if self.page.viewport_size else 0
            self.faults.append(f"{self.page.url} is {out} px too wide for {width}")

    def check_access(self) -> None:
        """What axe-core finds serious or critical is a fault; the vendored viewer of the API is not ours to mend."""
        found = Axe().run(self.page, context={"exclude": [[".swagger-ui"]]})
        self.faults += [
            f"{self.page.url}: {each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes']][:3]}"
            for each in found.response["violations"]
            if each["impact"] in ("serious", "critical")
        ]


@dataclass
class Visitors:
    """Opens windows."""

    browser: Browser
    demo: Demo
    opened: list[Visitor] = field(default_factory=list)

    def come(self, language: str = "en", *, width: int = DESKTOP, theme: str = "light") -> Visitor:
        """A new window, with nothing remembered, in a language of the browser's."""
        context = self.browser.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            # Colours that are on their way from light to dark are neither.
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "language", "value": language, "url": self.demo.url}])
        visitor = Visitor(context.new_page(), self.demo)
        self.opened.append(visitor)
        return visitor


@pytest.fixture
def visitors(chromium: Browser, demo: Demo) -> Iterator[Visitors]:
    opened = Visitors(chromium, demo)
    yield opened
    for visitor in opened.opened:
        visitor.page.context.close()
    faults = [fault for visitor in opened.opened for fault in visitor.faults]
    assert not faults, "\n".join(faults)
