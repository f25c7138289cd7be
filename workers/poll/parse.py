"""A feed document read into entries: RSS, RDF, Atom (feedparser), JSON Feed and sitemaps."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser

from workers.model import Entry, ParsedFeed
from workers.poll import armour, dates, jsonfeed, sitemap, words

if TYPE_CHECKING:
    from collections.abc import Iterable

_SITEMAP = re.compile(
    rb"(?:<\?[^>]{0,2000}>|<!--.{0,5000}?-->|<!DOCTYPE[^>]{0,2000}>|\s)*<(?:\w{1,20}:)?(?:urlset|sitemapindex)[\s>]",
    re.DOTALL,
)
_HTML = re.compile(
    rb"(?:<\?xml[^>]{0,2000}>|<!doctype\s+html[^>]{0,2000}>|<!--.{0,5000}?-->|\s)*<(?:html|head|body)\b",
    re.DOTALL | re.IGNORECASE,
)
_CRASHES = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""What feedparser 6.0.14 lets out on one damaged document in 500: closing tags never opened, impossible namespaces."""

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
    body, is_utf8 = armour.in_utf8(body)
    if body.startswith(b"{"):
        feed, entries = jsonfeed.read(body, url, now=now)
    elif _SITEMAP.match(body):
        feed, entries = sitemap.read(body, url, now=now)
    elif not body or _HTML.match(body) or body.startswith(tuple(_SIGNATURES)):
        feed, entries = _unrecognised(body), []
    else:
        feed, entries = _syndicated(body, url, "application/xml; charset=utf-8" if is_utf8 else content_type, now)
    return _finished(feed, entries, (broken,) if broken else ())


def _syndicated(body: bytes, url: str, content_type: str, now: datetime) -> tuple[ParsedFeed, list[Entry | None]]:
    armoured, problems = armour.armoured(body)
    headers = {"content-type": content_type or "application/xml", "content-location": url}
    try:
        document = feedparser.parse(
            BytesIO(armoured), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _CRASHES as error:
        problem = f"It is damaged where no parser gets past: {type(error).__name__}: {error}."
        return ParsedFeed(kind="", problems=(*problems, words.tidy(problem, words.TITLE) or "")), []
    version = document.get("version")
    if not version and not document.entries:
        return _unrecognised(body, *problems), []
    channel = document.feed
    home = words.link(channel.get("link"), url)
    base = url or _own_address(channel) or home or ""
    feed = ParsedFeed(
        kind=version or "rss",
        title=words.plain(channel.get("title")),
        link=home,
        language=words.language(channel.get("language")),
        problems=(*problems, *_complaint(document)),
    )
    return feed, [_entry(item, base, now) for item in document.entries]


def _own_address(channel: Any) -> str | None:
    return next((words.link(one.get("href")) for one in channel.get("links", ()) if one.get("rel") == "self"), None)


def _complaint(document: Any) -> tuple[str, ...]:
    error = document.get("bozo_exception")
    if error is None or isinstance(error, feedparser.NonXMLContentType | feedparser.CharacterEncodingOverride):
        return ()
    return (f"The XML is not well-formed: {words.tidy(str(error))}.",)


def _entry(item: Any, base: str, now: datetime) -> Entry | None:
    base = _base(item) or base
    guid = item.get("id")
    url = words.link(item.get("feedburner_origlink")) or words.link(item.get("link"), base) or words.link(guid)
    if url is None:
        return None
    return Entry(
        url=url,
        guid=words.tidy(guid, words.ADDRESS),
        title=words.plain(item.get("title")),
        summary=words.plain(_summary(item), words.SUMMARY),
        authors=_authors(item),
        published=dates.read(item.get("published") or "", now=now),
        updated=dates.read(dict.get(item, "updated") or "", now=now),  # item.get() would hand out `published` instead
        tags=words.names([tag.get("label") or tag.get("term") for tag in item.get("tags", ())]),
        image=_image(item, base),
        language=words.language(item.get("language")),
    )


def _base(item: Any) -> str | None:
    """xml:base, which feedparser notes beside the texts of an entry."""
    for detail in ("title_detail", "summary_detail"):
        if base := words.link((item.get(detail) or {}).get("base")):
            return base
    return None


def _summary(item: Any) -> str | None:
    if item.get("summary"):
        return str(item["summary"])
    return next((str(content.get("value")) for content in item.get("content", ()) if content.get("value")), None)


def _authors(item: Any) -> tuple[str, ...]:
    people = words.names([person.get("name") for person in item.get("authors", ())])
    return people or words.names([item.get("author")])


def _image(item: Any, base: str) -> str | None:
    pictures = [media for media in item.get("media_content", ()) if _is_picture(media)]
    pictures.sort(key=_width, reverse=True)
    enclosed = [file for file in item.get("enclosures", ()) if _is_picture(file)]
    for found in (*pictures, *item.get("media_thumbnail", ()), *enclosed):
        if address := words.link(found.get("url") or found.get("href"), base):
            return address
    return None


def _is_picture(media: Any) -> bool:
    return media.get("medium") == "image" or str(media.get("type", "")).startswith("image/")


def _width(media: Any) -> int:
    width = str(media.get("width", ""))
    return int(width) if width.isascii() and width.isdecimal() and len(width) < 6 else 0


def _unrecognised(body: bytes, *problems: str) -> ParsedFeed:
    return ParsedFeed(kind="", problems=(*problems, f"This is no feed: it looks like {_looks_like(body)}."))


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
    return ParsedFeed(
        kind=feed.kind,
        title=feed.title,
        link=feed.link,
        language=feed.language,
        entries=kept,
        problems=(
            *problems,
            *feed.problems,
            *([f"{nowhere} of {len(found)} entries have no web address and were left out."] if nowhere else ()),
            *([f"{twice} of {len(found)} entries repeat an address and were left out."] if twice else ()),
            *([f"Only the first {armour.ITEMS} addresses were kept."] if len(addressed) > len(kept) else ()),
        ),
    )
