"""Bounds on a page before anything parses it: linear checks, because the parsers behind are not linear."""

from __future__ import annotations

import re

from workers.model import Refused

PAGE_BYTES = 4_000_000
"""Largest of 931 real pages: 2.2 MB."""
TAGS = 30_000
"""Largest of 931 real pages: 6,092 tags; trafilatura needs 20 s for 100,000 and its cost is quadratic."""
ATTRIBUTES = 1_000
"""Per tag; 20,000 cost trafilatura 2 s, 50,000 cost htmldate 11 s (quadratic)."""

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
_BINARY = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"RIFF", b"\x1f\x8b", b"\x00\x00\x00")
_TAG = re.compile(r"</?[a-zA-Z]")
HUGE = 4_000
"""Characters of a tag whose attributes are counted."""
_HUGE_TAG = re.compile(rf"<([a-zA-Z][a-zA-Z0-9]*)[^<>]{{{HUGE},}}+>")
_ATTRIBUTE = re.compile(r"\s[^\s=<>\"'/]+")
_DOCTYPE = re.compile(r"<\s?!\s?doctype[^<>]*+>?", re.IGNORECASE)
_FEEDLIKE = re.compile(r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:rss|feed|urlset|sitemapindex)\b", re.IGNORECASE)


def refuse_bytes(body: bytes, content_type: str) -> Refused | None:
    """Refuse what is too large or not a web page, by its type and its first bytes."""
    if len(body) > PAGE_BYTES:
        return Refused(reason="too-large", detail=f"{len(body)} bytes, at most {PAGE_BYTES}")
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in _HTML_TYPES:
        return Refused(reason="unsupported-type", detail=f"content type {kind}")
    if body.startswith(_BINARY):
        return Refused(reason="unsupported-type", detail=f"begins with {body[:8]!r}")
    if not body.strip():
        return Refused(reason="not-article", detail="the page is empty")
    return None


def refuse_markup(markup: str) -> Refused | None:
    """Refuse a feed or sitemap, and more tags than any article has."""
    if _FEEDLIKE.match(markup):
        return Refused(reason="unsupported-type", detail="a feed or sitemap, not a page")
    tags = sum(1 for _ in _TAG.finditer(markup)) // 2 if markup.count("<") // 2 > TAGS else 0
    if tags > TAGS:
        return Refused(reason="too-large", detail=f"{tags} tags, at most {TAGS}")
    return None


def tame(markup: str) -> str:
    """The page without what only harms: NULs, document type declarations, tags of a thousand attributes."""
    markup = _DOCTYPE.sub("", markup.replace("\x00", ""), count=1)
    parts = markup.split("<")
    long = [at for at, part in enumerate(parts) if len(part) > HUGE and not 0 <= part.find(">") < HUGE]
    for at in long:
        parts[at] = _HUGE_TAG.sub(_bare_if_monstrous, f"<{parts[at]}", count=1)[1:]
    return "<".join(parts) if long else markup


def _bare_if_monstrous(tag: re.Match[str]) -> str:
    attributes = sum(1 for _ in _ATTRIBUTE.finditer(tag[0]))
    return f"<{tag[1]}>" if attributes > ATTRIBUTES else tag[0]
