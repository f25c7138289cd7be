"""The demo as a newcomer meets it: started as its own process, ingested for real, walked through in a browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PATIENCE = 240
"""Seconds for a start with everything that is ingested; it takes about ten, on a crowded machine many more."""
STOPPING = 60
"""Seconds for an orderly end; promised are ten on a machine with nothing else to do."""

PHRASE = '"nine gates of the Veldt dam"'
HEADLINE = "Tessaly Hosts River Talks as Dam Standoff Drags On"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[str]:
    """The address of a running demo; asks for the browser first, as without one nothing need be started."""
    assert chromium.is_connected()
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    said = folder / "said"
    newsdesk = str(Path(sys.executable).with_name("newsdesk"))
    command = [newsdesk, "demo", "--data", str(folder / "data"), "--port", str(port)]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    with said.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=settings)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_said(address, said, process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def test_the_front_page_shows_what_was_published_today(demo: str, page: Page) -> None:
    page.goto(demo)

    expect(page.get_by_role("link", name=HEADLINE)).to_be_visible()
    expect(page.locator(".dateline")).to_contain_text("32 articles")
    shown = page.locator(".fold time").evaluate_all("times => times.map(time => time.dateTime)")
    assert len(shown) == 5
    assert all(datetime.fromisoformat(moment) > datetime.now(UTC) - timedelta(days=1) for moment in shown)


def test_an_article_is_searched_narrowed_to_its_agency_and_read(demo: str, page: Page) -> None:
    page.goto(demo)
    page.get_by_role("searchbox").fill(PHRASE)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("navigation", name="Filters").get_by_role("link", name="AFP").click()

    expect(page.get_by_role("link", name="Remove Agency: AFP")).to_be_visible()
    page.get_by_role("link", name=HEADLINE).click()

    expect(page.locator(".by")).to_contain_text("By Odile Marchetti for AFP")
    expect(page.locator("figcaption")).to_contain_text("The mediator's invitation came as both banks")
    expect(page.locator("figcaption .credit")).to_have_text("tessaly.gov")
    expect(page.locator(".text h2")).to_have_text(["Mediation attempts", "Rising toll downstream"])
    post = page.locator(".text blockquote.embed")
    expect(post).to_have_count(1)
    expect(post).to_contain_text("The race is dry down to the stones")
    expect(post.locator("footer")).to_contain_text("Ilka Torvund")
    expect(page.locator(".text > p", has_text="The race is dry")).to_have_count(0)


def test_the_feeds_show_that_each_was_polled_and_brought_articles(demo: str, page: Page) -> None:
    page.goto(f"{demo}/feeds")

    expect(page.locator(".ledger tbody tr")).to_have_count(5)
    for polls in page.locator(".ledger .pulse").all():
        expect(polls).to_have_attribute("aria-label", re.compile(r"^\d+ polls?, [1-9]\d* new articles, 0 failed$"))


def test_the_trace_of_an_article_set_aside_says_why(demo: str, page: Page) -> None:
    page.goto(f"{demo}/dead")
    address = page.locator(".letters a", has_text="members").inner_text()
    page.goto(f"{demo}/trace")
    page.get_by_label("The article's address").fill(address)
    page.get_by_role("button", name="Trace").click()

    expect(page.locator(".verdict")).to_contain_text("It was set aside: the site keeps robots out")
    expect(page.locator(".events li")).to_have_count(2)
    expect(page.locator(".events")).to_contain_text("by The Harbour Gazette")


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def wait_until_said(words: str, said: Path, process: subprocess.Popen[bytes]) -> None:
    """Until the demo has printed these words: the address of the page is the last thing it says."""
    end = time.monotonic() + PATIENCE
    while words not in said.read_text():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < end, said.read_text()
        time.sleep(0.2)
