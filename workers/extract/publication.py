"""What a page says of the publication it is in, and of its own kind: country, live blog. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel import Locale
from lxml.html import HtmlElement

from workers.extract import structured
from workers.extract.head import Head
from workers.model import Feed

NOT_COUNTRIES = frozenset(
    ("tv", "io", "co", "me", "ai", "fm", "am", "ly", "to", "cc", "ws", "gg", "la", "sh", "vc", "nu")
)
"""Domains of countries that are sold to all the world."""
OTHER_CODES = {"uk": "GB", "el": "GR"}
"""Domains and habits that ISO 3166-1 names otherwise."""
DEFAULT_LOCALE = "en_us"
"""What WordPress and others write for every site that does not say where it is."""
_LIVE = re.compile(
    r"(?:^|[\s_-])(?:live-?blog|live-?ticker|live-?updates?|liveticker|live-?feed)(?:$|[\s_-])", re.IGNORECASE
)
_LIVE_PATH = re.compile(
    r"/live(?:blog|ticker)?(?:/|-updates?\b)|/live-?(?:blog|ticker)\b|-live-updates?\b", re.IGNORECASE
)
LABEL_CHARS = 300
POSTS = 2
"""Entries that make a live blog of a page with such a name."""


def country(head: Head, feed: Feed | None) -> tuple[str, str] | None:
    """ISO 3166-1 code of the publication's country, and where that was read.

    The feed as configured, the publisher's address in JSON-LD, the domain's country, the locale in OpenGraph; the
    first that names a country.
    """
    for origin, named in _countries(head, feed):
        code = OTHER_CODES.get(named.lower(), named.upper())
        if code in _codes():
            return code, origin
    return None


def live(tree: HtmlElement, head: Head) -> tuple[bool, str] | None:
    """Whether the page is a live blog, and where that is said; None where nothing says so."""
    if "LiveBlogPosting" in head.kinds or "LiveBlogPosting" in structured.types(head.article):
        return True, "json-ld"
    if any("LiveBlogPosting" in kind for kind in tree.xpath("//@itemtype")):
        return True, "microdata"
    for element in tree.iter("article", "main", "div", "section", "ol", "ul", "body"):
        label = element.get("class") or element.get("id") or ""
        if "ive" in label and len(label) < LABEL_CHARS and _LIVE.search(label) and _posts(element) >= POSTS:
            return True, "page"
    return (True, "url") if _LIVE_PATH.search(head.url) and sum(1 for _ in tree.iter("time")) > POSTS else None


def _posts(element: HtmlElement) -> int:
    return sum(child.find(".//time") is not None for child in element.iter("article", "li", "section", "div"))


def _countries(head: Head, feed: Feed | None) -> Iterator[tuple[str, str]]:
    if feed and feed.country:
        yield "feed", feed.country
    publisher = head.article.get("publisher")
    address = publisher.get("address") if isinstance(publisher, dict) else None
    if isinstance(address, dict):
        yield from (("json-ld", name) for name in structured.strings(address.get("addressCountry"), "name"))
    domain = head.host.rpartition(".")[2]
    if domain not in NOT_COUNTRIES:
        yield "host", domain
    locale = (head.meta("og:locale") or "").replace("-", "_")
    if locale.lower() != DEFAULT_LOCALE:
        yield "opengraph", locale.rpartition("_")[2]


@cache
def _codes() -> frozenset[str]:
    """The codes of countries that Unicode's CLDR knows."""
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - {"EU", "UN", "ZZ"}  # ISO 3166-1
