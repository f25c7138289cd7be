"""What a reader does, with a mouse, with keys, without JavaScript; and what a hostile publisher cannot do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.search.web.test_guard import ADDRESSES, BUILT_IN, publish

if TYPE_CHECKING:
    from tests.browser.conftest import Opener, Site

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_reader_searches_narrows_reads_and_goes_back(window: Opener, script: bool) -> None:
    look = window(1440, script=script)
    page = look.open("/")

    page.get_by_label("Search the news").fill("truce")
    page.get_by_role("button", name="Search").click()
    assert page.locator(".told b").inner_text() == "9 articles"
    page.locator("#facets").get_by_role("link", name="Meridian Wire").click()
    assert page.locator(".told b").inner_text() == "4 articles"
    assert page.get_by_label("Search the news").input_value() == 'truce source:"Meridian Wire"'
    page.get_by_role("link", name="Karsia releases forty prisoners").click()
    assert page.locator(".story h1").inner_text().startswith("Karsia releases")
    page.go_back()
    page.get_by_role("link", name="Remove Source: Meridian Wire").click()
    assert page.locator(".told b").inner_text() == "9 articles"
    page.get_by_role("link", name="Newest", exact=True).click()

    assert "sort=newest" in page.url
    assert look.watch.saw_nothing(), look.watch


def test_results_go_on_by_pages(window: Opener) -> None:
    page = window(1440).open("/search")

    page.get_by_role("link", name="Next 20").click()

    assert page.locator(".hit").count() == 20
    assert not page.get_by_role("link", name="Next 20").is_visible()
    page.get_by_role("link", name="First page").click()
    assert page.locator(".hit h2").first.inner_text().startswith("Truce holds")


def test_a_reader_can_do_it_all_with_keys(window: Opener) -> None:
    page = window(1440).open("/search?q=truce")
    focused = "document.activeElement.textContent"

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert str(page.evaluate(focused)).startswith("Truce monitors cross")
    page.keyboard.press("k")
    assert str(page.evaluate(focused)).startswith("Truce holds")
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.closest('#facets') !== null")
    page.keyboard.press("?")
    assert page.locator("#keys dl").is_visible()
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(re.compile("/article/"))

    assert page.locator(".story h1").is_visible()


def test_keys_are_only_letters_in_the_search_box(window: Opener) -> None:
    page = window(1440).open("/search?q=truce")

    page.get_by_label("Search the news").fill("")
    page.keyboard.type("jok/f?")

    assert page.get_by_label("Search the news").input_value() == "jok/f?"


def test_the_first_tab_leads_past_the_masthead(window: Opener) -> None:
    page = window(390).open("/")

    page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Skip to the content")
    assert skip.evaluate("element => element === document.activeElement")
    assert skip.is_visible()


def test_a_picture_is_asked_for_only_when_a_reader_wants_it(window: Opener) -> None:
    look = window(1440)
    look.page.route(re.compile("^https:"), lambda route: route.abort())

    look.open("/article/velmar-truce")
    before = list(look.watch.elsewhere)
    with look.page.expect_request(re.compile("^https:")):
        look.page.get_by_role("link", name="Show the picture").click()

    assert before == []
    assert look.watch.elsewhere == ["https://img.northern-herald.example/bridge.jpg"]


def test_publishers_execute_nothing(window: Opener, site: Site) -> None:
    look = window(1440)
    for payload in (*BUILT_IN, *_known_attacks()):
        publish(payload, site.reader, site.journal)
        for address in ADDRESSES:
            if "images=1" not in address:
                look.open(address)
                assert look.watch.saw_nothing(), (address, payload, look.watch)


def _known_attacks() -> list[str]:
    """A sample: the fast tests read the pages for every attack, here a browser tries some."""
    file = SHARED / "data" / "xss.json"
    if not file.exists():
        pytest.skip("shared/data not present")
    return [case["payload"] for case in json.loads(file.read_text(encoding="utf-8"))][::8]
