"""What a reader sees, at three widths, by day and by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PAGES = {
    "today": "/",
    "search": "/search?q=truce",
    "filtered": '/search?q=the+section:World+-source:"Meridian Wire"',
    "nothing": "/search?q=zebra+language:de",
    "article": "/article/velmar-truce",
    "arabic": "/article/n6",
    "chinese": "/article/n8",
    "feeds": "/feeds",
    "feed": "/feeds/gaceta-estrecho",
    "trace": "/trace?url=https://northern-herald.example/world/2026/11/24/oren-truce-holds?utm_source=feed",
    "dead": "/dead",
    "status": "/status",
    "api": "/v1/docs",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_every_page_fits_asks_nobody_else_and_complains_of_nothing(window: Opener, width: int, dark: bool) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    look = window(width, dark=dark)

    for name, address in PAGES.items():
        look.open(address).screenshot(path=SCREENSHOTS / f"{name}-{width}-{'dark' if dark else 'light'}.png")
        assert not look.overflows(), name
        assert look.watch.saw_nothing(), (name, look.watch)


@pytest.mark.parametrize(("width", "least"), [(1440, 8), (390, 4)])
def test_enough_results_are_seen_at_once(window: Opener, width: int, least: int) -> None:
    look = window(width)

    look.open("/search?q=truce")

    assert look.wholly_visible(".hit") >= least


def test_filters_stand_beside_wide_results_and_fold_above_narrow_ones(window: Opener) -> None:
    wide, narrow = window(1440), window(390)

    for look in (wide, narrow):
        look.open("/search?q=truce")

    assert wide.page.get_by_role("link", name="Meridian Wire").first.is_visible()
    assert not narrow.page.locator("#facets nav").is_visible()
    narrow.page.get_by_text("Filters", exact=True).click()
    assert narrow.page.locator("#facets nav").is_visible()
    assert not narrow.overflows()


def test_arabic_stands_at_the_right(window: Opener) -> None:
    look = window(1440)

    look.open("/article/n6")

    first = look.page.locator(".text p").first
    assert first.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert first.evaluate("element => getComputedStyle(element).textAlign") in ("start", "right")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_text_stands_apart_from_what_is_behind_it(window: Opener, dark: bool) -> None:
    look = window(1440, dark=dark)

    for name, address in PAGES.items():
        faint = look.open(address).evaluate(FAINT)
        assert faint == [], (name, faint)


def test_lines_of_an_article_are_comfortable(window: Opener) -> None:
    look = window(1440)

    look.open("/article/velmar-truce")

    letters = look.page.evaluate(LETTERS_A_LINE)
    assert 55 <= letters <= 80


def test_an_article_prints_without_the_desk_around_it(window: Opener) -> None:
    look = window(1440)

    look.open("/article/velmar-truce")
    look.page.emulate_media(media="print")

    assert not look.page.locator(".masthead form").is_visible()
    assert not look.page.locator(".colophon").is_visible()
    assert look.page.locator(".story h1").is_visible()


# Every text against the nearest painted background; WCAG 2.2 §1.4.3: 4.5, or 3 for large text.
FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(rgba(style.color)), light(behind(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if ((one + 0.05) / (other + 0.05) < (large ? 3 : 4.5)) faint.push(walk.currentNode.data.trim());
  }
  return faint;
}"""

# The longest paragraph's letters over its lines.
LETTERS_A_LINE = """() => {
  const length = paragraph => paragraph.innerText.length;
  const longest = [...document.querySelectorAll(".text > p")].sort((a, b) => length(b) - length(a))[0];
  const lines = longest.getBoundingClientRect().height / parseFloat(getComputedStyle(longest).lineHeight);
  return longest.innerText.length / Math.round(lines);
}"""
