"""Sitemaps (sitemaps.org 0.9) with Google's news and image extensions read into entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from workers.model import Entry, ParsedFeed
from workers.poll import dates, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

KINDS = {"urlset": "sitemap", "sitemapindex": "sitemap-index"}
"""Of a sitemap-index the entries are the sitemaps it lists, not articles."""


def read(body: bytes, base: str, *, now: datetime) -> tuple[ParsedFeed, list[Entry | None]]:
    """The sitemap without its entries, and its entries, newest first where they are dated.

    None stands for an entry without an address.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    root = etree.fromstring(body, parser)
    name = _name(root) if root is not None else ""
    if name not in KINDS:
        return ParsedFeed(kind="", problems=("It looks like a sitemap, but its XML cannot be read.",)), []
    problems = (f"The XML is not well-formed: {parser.error_log[0].message}.",) if parser.error_log else ()
    entries = [_entry(element, base, now) for element in root if _name(element) in ("url", "sitemap")]
    return ParsedFeed(kind=KINDS[name], problems=problems), sorted(entries, key=_newest_first)


def _entry(element: etree._Element, base: str, now: datetime) -> Entry | None:
    found = dict(_leaves(element))
    url = words.link(found.get("loc"), base)
    if url is None:
        return None
    return Entry(
        url=url,
        title=words.plain(found.get("news:title")),
        published=dates.read(found.get("news:publication_date", ""), now=now),
        updated=dates.read(found.get("lastmod", ""), now=now),
        tags=words.names(list(found.get("news:keywords", "").split(","))),
        image=words.link(found.get("image:loc"), base),
        language=words.language(found.get("news:language")),
    )


def _leaves(element: etree._Element) -> Iterator[tuple[str, str]]:
    """Each text below a <url>, under its usual prefix; the first of a kind comes last, and so is kept."""
    for leaf in reversed(list(element.iter())):
        text = leaf.text.strip() if isinstance(leaf.tag, str) and leaf.text else ""
        if text:
            yield _prefix(leaf) + _name(leaf), text


def _prefix(element: etree._Element) -> str:
    space = etree.QName(element).namespace or ""
    return next((f"{prefix}:" for prefix in ("news", "image", "video") if f"-{prefix}/" in space), "")


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _newest_first(entry: Entry | None) -> float:
    moment = (entry.published or entry.updated) if entry else None
    return -moment.timestamp() if moment else 0.0
