"""JSON-LD: the object that describes the article, out of whatever a publisher wrote into the page."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urlsplit

Thing = Mapping[str, Any]

ARTICLES = frozenset(
    (
        *("NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle"),
        *("BackgroundNewsArticle", "ReviewNewsArticle", "AskPublicNewsArticle", "LiveBlogPosting", "BlogPosting"),
        *("SocialMediaPosting", "Report", "Review", "TechArticle", "ScholarlyArticle", "AdvertiserContentArticle"),
    )
)
"""schema.org types (https://schema.org/Article) whose fields are the article's own."""
ABOUT = frozenset(("WebPage", "VideoObject", "NewsVideo", "AudioObject", "PodcastEpisode", "ImageGallery", "Event"))
"""Types read when no article type is there."""
SCRIPT_CHARS = 2_000_000
"""A longer script is not read; the largest of 981 real ones has 841,049 characters."""
THINGS = 2_000
"""Objects looked at in one page."""

_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_WRAPPING = re.compile(r"^\s*(?:<!--|/[/*]\s*<!\[CDATA\[(?:\s*\*/)?|<!\[CDATA\[)")


def things(scripts: Iterable[str]) -> tuple[Thing, ...]:
    """Every typed object of the scripts, outermost first; scripts that are not JSON even after repair are passed over.

    Goes into arrays, @graph, @included, mainEntity and mainEntityOfPage, never into lists of related items.
    """
    waiting: deque[Any] = deque(document for script in scripts for document in _documents(script))
    found: list[Thing] = []
    while waiting and len(found) < THINGS:
        value = waiting.popleft()
        if isinstance(value, list):
            waiting.extend(value[:THINGS])
        elif isinstance(value, dict):
            if value.get("@type"):
                found.append(value)
            waiting.extend(
                value[name]
                for name in ("@graph", "@included", "mainEntity", "mainEntityOfPage")
                if isinstance(value.get(name), list | dict)
            )
    return tuple(found)


def article(objects: Iterable[Thing], urls: Iterable[str]) -> Thing:
    """The object that describes the page at one of `urls`; {} when none does.

    An article type before any other; of several, the one that names the page, else the fullest.
    """
    places = {_place(url) for url in urls}
    objects = tuple(objects)
    for wanted in (ARTICLES, ABOUT):
        candidates = [thing for thing in objects if types(thing) & wanted]
        if candidates:
            return max(candidates, key=lambda thing: (_names(thing, places), _fullness(thing)))
    return {}


def types(thing: Thing) -> frozenset[str]:
    """The schema.org types of an object, without their namespace."""
    value = thing.get("@type")
    return frozenset(
        t.rsplit("/", 1)[-1] for t in (value if isinstance(value, list) else [value]) if isinstance(t, str)
    )


def strings(value: Any, *names: str, depth: int = 4) -> Iterator[str]:
    """The texts of a value that may be a string, an object with one of `names`, or lists of these."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for item in value[:100]:
            yield from strings(item, *names, depth=depth - 1)
    elif isinstance(value, dict) and depth:
        inner = next((value[name] for name in names if value.get(name)), None)
        yield from strings(inner, *names, depth=depth - 1)


def _documents(script: str) -> Iterator[Any]:
    text = script.strip()
    if not text or len(text) > SCRIPT_CHARS:
        return
    for attempt in (_as_written, _repaired, _unescaped):
        try:
            yield attempt(text)
        except (ValueError, RecursionError):
            continue  # the next reading is more tolerant; JSON that none can read says nothing
        return


def _as_written(text: str) -> Any:
    return json.loads(text, strict=False)


def _repaired(text: str) -> Any:
    text = _CONTROL.sub(" ", _TRAILING_COMMA.sub(r"\1", _WRAPPING.sub("", text))).lstrip()
    return json.JSONDecoder(strict=False).raw_decode(text)[0]


def _unescaped(text: str) -> Any:
    return json.loads(unescape(text), strict=False)


def _names(thing: Thing, places: set[tuple[str, str]]) -> bool:
    candidates = (*strings(thing.get("mainEntityOfPage"), "@id", "url"), thing.get("url"), thing.get("@id"))
    return any(isinstance(url, str) and _place(url) in places for url in candidates)


def _fullness(thing: Thing) -> int:
    return sum(bool(thing.get(name)) for name in ("headline", "datePublished", "author"))


def _place(url: str) -> tuple[str, str]:
    """Host and path: what two spellings of one page's address share."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ("", url)
    return (parts.netloc.removeprefix("www."), parts.path.rstrip("/"))
