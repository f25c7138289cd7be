"""Whether everybody can use the pages: axe, over each of them, as WCAG 2 at level A and AA asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # it carries no types

from tests.browser.test_look import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.integration]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["wide-light", "narrow-dark"])
def test_axe_finds_nothing_that_keeps_anybody_out(window: Opener, width: int, dark: bool) -> None:
    look = window(width, dark=dark)

    for name, address in PAGES.items():
        assert violations(look.open(address)) == [], name


def test_axe_finds_nothing_in_what_is_folded_away(window: Opener) -> None:
    look = window(390, dark=True)
    page = look.open("/search?q=truce")

    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")

    assert violations(page) == []


def test_axe_itself_sees_a_fault(window: Opener) -> None:
    page = window().open("/")

    page.evaluate("document.documentElement.removeAttribute('lang')")

    assert [fault.partition(":")[0] for fault in violations(page)] == ["html-has-lang"]


def violations(page: Page) -> list[str]:
    """Each broken rule, with the elements that break it."""
    response = Axe().run(page, options=RULES).response
    return [
        f"{fault['id']}: {fault['help']}: {', '.join(str(node['target']) for node in fault['nodes'])}"
        for fault in response["violations"]
    ]
