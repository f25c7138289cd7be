"""The fields around the text that are read from the page's own description: times, section, tags, paywall."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from htmldate import find_date
from lxml.html import HtmlElement

from workers.extract import dates, structured
from workers.extract.head import Head
from workers.extract.wording import key, plain

PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "article:published",
    "article:published:time", "datepublished",
    "date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dcterms.date", "dc.date.created",
    "parsely-pub-date", "sailthru.date", "publishdate", "publish-date", "publish_date", "pubdate", "published-date",
    "published_time", "cxenseparse:recs:publishtime", "rnews:datepublished",
)  # fmt: skip
MODIFIED = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
)
_MONTH = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/")
TAGS = 50
TAG_CHARS = 100
TIMES = 20
"""<time> elements looked at."""


def published(
    tree: HtmlElement, head: Head, announced: datetime | None, now: datetime
) -> tuple[datetime, str, date] | None:
    """When the article was published, where that was read, and its day as the page writes it.

    htmldate finds the day best of all methods (F1 .949 of 1,000 pages); JSON-LD and meta elements state the minute
    and the zone of that day (measured).
    """
    stamps = [s for s in _published(tree, head) if s is not None]
    return dates.choose(stamps, announced, now, _day(tree, head.url, now))


def _day(tree: HtmlElement, url: str, now: datetime) -> date | None:
    """The day htmldate finds; where the address names another month, the day it finds in that month."""
    latest = (now + dates.AHEAD).date()
    day = _found(tree, url, None, latest)
    named = _MONTH.search(url)
    if day is None or named is None or (day.year, day.month) == (int(named[1]), int(named[2])):
        return day
    first = date(int(named[1]), int(named[2]), 1)
    there = _found(tree, url, first, min(latest, first + timedelta(days=31)))
    return there if there and there > first else day  # the first is what htmldate makes of a month alone


def _found(tree: HtmlElement, url: str, earliest: date | None, latest: date) -> date | None:
    day = find_date(
        tree, original_date=True, url=url, min_date=str(earliest) if earliest else None, max_date=str(latest)
    )
    return date.fromisoformat(day) if day else None


def modified(head: Head, now: datetime) -> datetime | None:
    """When the article was last changed, as the page states it."""
    found = [
        *structured.strings(head.article.get("dateModified"), "@value"),
        *(v for n in MODIFIED for v in head.metas.get(n, ())),
    ]
    stamps = [s for text in found if (s := dates.stamp(text, "page"))]
    chosen = dates.choose(stamps, None, now)
    return chosen[0] if chosen else None


def section(head: Head) -> str | None:
    """The rubric: JSON-LD articleSection, else meta, else microdata in the page; the first of several."""
    found = head.said("articleSection") or head.meta(
        "article:section", "section", "parsely-section", "cxenseparse:section", "articlesection"
    )
    return found[:TAG_CHARS] if found else None


def tags(head: Head, announced: tuple[str, ...]) -> tuple[str, ...]:
    """Keywords: JSON-LD, else article:tag, else news_keywords or keywords, else the feed's; each once."""
    for values in (_keywords(head.article), head.metas.get("article:tag", ()), _split_metas(head), announced):
        found: dict[str, str] = {}
        for value in values:
            text = plain(value)
            if text and len(text) <= TAG_CHARS:
                found.setdefault(key(text), text)
        if found:
            return tuple(found.values())[:TAGS]
    return ()


def paywalled(head: Head) -> bool | None:
    """What the page says of itself (schema.org isAccessibleForFree, Facebook's content tier); None when nothing."""
    free = head.article.get("isAccessibleForFree")
    if free is not None:
        return str(free).strip().lower().rsplit("/", 1)[-1] in ("false", "0", "no")
    tier = head.meta("article:content_tier")
    return tier.lower() in ("locked", "metered") if tier else None


def _published(tree: HtmlElement, head: Head) -> Iterator[dates.Stamp | None]:
    for name in ("datePublished", "dateCreated", "uploadDate"):
        yield from (dates.stamp(text, "json-ld") for text in structured.strings(head.article.get(name), "@value"))
    yield from (dates.stamp(text, "meta") for name in PUBLISHED for text in head.metas.get(name, ())[:3])
    yield from _microdata(tree)
    yield _beside_headline(tree)


def _microdata(tree: HtmlElement) -> Iterator[dates.Stamp | None]:
    for count, element in enumerate(tree.iter("time", "span", "abbr")):
        if element.get("pubdate") is not None or (element.get("itemprop") or "").lower() == "datepublished":
            yield dates.stamp(
                element.get("datetime") or element.get("content") or element.get("title") or "", "microdata"
            )
        if count > 2_000:
            return


def _beside_headline(tree: HtmlElement) -> dates.Stamp | None:
    """The first <time> after the headline: the times before it and far below belong to other articles."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return None
    after = False
    for count, element in enumerate(tree.iter("h1", "time")):
        after = after or element is heading
        if after and element.tag == "time" and element.get("datetime"):
            return dates.stamp(element.get("datetime") or "", "page")
        if count > TIMES:
            break
    return None


def _keywords(article: structured.Thing) -> list[Any]:
    value = article.get("keywords")
    if isinstance(value, str):
        return value.split(",")
    return list(structured.strings(value, "name", "@value"))


def _split_metas(head: Head) -> list[str]:
    values = head.metas.get("news_keywords") or head.metas.get("keywords") or ()
    return [part for value in values for part in value.split(",")]
