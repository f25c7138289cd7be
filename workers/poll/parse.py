"""A feed document read into entries: RSS, RDF, Atom, CDF, JSON Feed and sitemaps, told by what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from workers.model import Entry, ParsedFeed
from workers.poll import armour, charset, jsonfeed, lenient, sitemap, strict
from workers.poll.items import judged

_SITEMAP = re.compile(
    rb"(?:<\?[^>]{0,2000}>|<!--.{0,5000}?-->|<!DOCTYPE[^>]{0,2000}>|\s)*<(?:\w{1,20}:)?(?:urlset|sitemapindex)[\s>]",
    re.DOTALL,
)
_HTML = re.compile(
    rb"(?:<\?xml[^>]{0,2000}>|<!doctype\s+html[^>]{0,2000}>|<!--.{0,5000}?-->|\s)*<(?:html|head|body)\b",
    re.DOTALL | re.IGNORECASE,
)
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive",
}


def parse(body: bytes, url: str = "", content_type: str = "", *, now: datetime | None = None) -> ParsedFeed:
    """Read a feed's bytes; never raises, whatever they are.

    `url` is where they came from (relative links need it), `content_type` the header they came
    with (its charset helps), `now` bounds the dates: one more than a day later is dropped.
    A document that is no feed gives kind "" and a problem saying what it looks like.
    """
    now = now or datetime.now(UTC)
    body, broken = armour.unpacked(body)
    if body.startswith(tuple(_SIGNATURES)):
        return _unrecognised(body)
    body, misread = charset.in_utf8(body, content_type)
    body, before = charset.without_junk(body)
    if body.startswith(b"{"):
        feed, entries = jsonfeed.read(body, url, now=now)
    elif _SITEMAP.match(body):
        feed, entries = sitemap.read(body, url, now=now)
    elif not body or _HTML.match(body):
        feed, entries = _unrecognised(body), []
    else:
        feed, entries = _syndicated(body, url, now)
    return _finished(feed, entries, (*((broken,) if broken else ()), *misread, *before))


def _syndicated(body: bytes, url: str, now: datetime) -> tuple[ParsedFeed, list[Entry | None]]:
    document = strict.read(body) or lenient.read(body)
    return judged(document, url, now) if document else (_unrecognised(body), [])


def _unrecognised(body: bytes) -> ParsedFeed:
    return ParsedFeed(kind="", problems=(f"This is no feed: it looks like {_looks_like(body)}.",))


def _looks_like(body: bytes) -> str:
    if not body:
        return "an empty document"
    for signature, name in _SIGNATURES.items():
        if body.startswith(signature):
            return name
    if _HTML.match(body):
        return "an HTML page"
    if body.startswith(b"<"):
        root = re.search(rb"<([A-Za-z][\w:.-]{0,60})", body[:20_000])
        return f"XML with the root element {root[1].decode('ascii', 'replace')}" if root else "broken XML"
    return "binary data" if b"\0" in body[:1_000] else "text"


def _finished(feed: ParsedFeed, entries: Iterable[Entry | None], problems: tuple[str, ...]) -> ParsedFeed:
    """The feed with each address once, at most `armour.ITEMS` of them, and what was left out said."""
    found = list(entries)
    addressed: dict[str, Entry] = {}
    for entry in found:
        if entry is not None:
            addressed.setdefault(entry.url, entry)
    kept = tuple(addressed.values())[: armour.ITEMS]
    nowhere, twice = found.count(None), len(found) - found.count(None) - len(addressed)
    return replace(
        feed,
        entries=kept,
        problems=(
            *problems,
            *feed.problems,
            *([f"{nowhere} of {len(found)} entries have no web address and were left out."] if nowhere else ()),
            *([f"{twice} of {len(found)} entries repeat an address and were left out."] if twice else ()),
            *([f"Only the first {armour.ITEMS} addresses were kept."] if len(addressed) > len(kept) else ()),
        ),
    )
