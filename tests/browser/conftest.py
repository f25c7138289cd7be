"""The real application on a loopback port, and a real Chromium to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

from tests.browser.corpus import desk
from tests.search.web.fakes import NOW, FakeJournal, FakeReader
from workers.search.language import describe, read
from workers.search.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import ViewportSize

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"

SIZES: dict[int, ViewportSize] = {
    390: {"width": 390, "height": 844},
    820: {"width": 820, "height": 1180},
    1440: {"width": 1440, "height": 900},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A running desk, and what it serves."""

    address: str
    reader: FakeReader
    journal: FakeJournal


@dataclass(kw_only=True)
class Watch:
    """What a page did besides being shown; without slots, as playwright keeps notes on a method's owner."""

    site: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._asked_back)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(self.site):
            self.elsewhere.append(request.url)

    def _asked_back(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def saw_nothing(self) -> bool:
        return not (self.elsewhere or self.complaints or self.dialogs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A browser window on the site."""

    page: Page
    watch: Watch
    site: Site

    def open(self, address: str) -> Page:
        self.page.goto(self.site.address + address)
        return self.page

    def overflows(self) -> bool:
        """Whether the page must be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def wholly_visible(self, selector: str) -> int:
        """How many such elements a reader sees whole without scrolling."""
        return int(
            self.page.evaluate(
                """selector => [...document.querySelectorAll(selector)].filter(element => {
                    const box = element.getBoundingClientRect();
                    return box.height > 0 && box.top >= 0 && box.bottom <= window.innerHeight;
                }).length""",
                selector,
            )
        )


class Opener:
    """Opens windows of a size, in a colour scheme, with JavaScript or without; closes them at the end."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.contexts: list[BrowserContext] = []

    def __call__(self, width: int = 1440, *, dark: bool = False, script: bool = True) -> Window:
        context = self.browser.new_context(
            viewport=SIZES[width],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        self.contexts.append(context)
        page = context.new_page()
        watch = Watch(site=self.site.address)
        watch.over(page)
        return Window(page=page, watch=watch, site=self.site)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        if "browser" in os.environ.get("NEWSDESK_REQUIRE", ""):
            pytest.fail("no chromium on PATH, and NEWSDESK_REQUIRE demands it")
        pytest.skip("no chromium on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[Site]:
    reader, journal = desk()
    app = create_app(reader, journal, read=read, describe=describe, clock=lambda: NOW)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        # The socket listens already, so requests wait in it until the server runs: no polling for readiness.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        host, port = listening.getsockname()
        yield Site(address=f"http://{host}:{port}", reader=reader, journal=journal)
        server.should_exit = True
        thread.join()


@pytest.fixture
def window(chromium: Browser, site: Site) -> Iterator[Opener]:
    opener = Opener(chromium, site)
    yield opener
    opener.close()
