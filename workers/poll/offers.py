"""Which of the leads turned out to be feeds, and the order in which to offer them. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from workers.model import Entry, ParsedFeed, Reply
from workers.poll.discover import Lead, Site, is_of_comments, is_of_news, strays

if TYPE_CHECKING:
    from collections.abc import Iterable

Depth = Literal["full", "summaries", "headlines"]
"""How much of an article a feed carries."""

LIVELY = timedelta(days=60)
"""A feed without a newer entry is offered after those that have one."""

RECENT = timedelta(days=3)
"""A sitemap that names nothing newer is an archive, not news."""

LONG_SUMMARY, LONG_ENTRY = 1_000, 1_500
"""Characters of a summary, and bytes of an entry with a content element, from which on it is the article."""

_CONTENT = re.compile(rb"<content:encoded[\s>]|<content[\s>]|<xhtml:body[\s>]|\"content_(?:html|text)\"\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that was found, read."""

    url: str
    """Where it answered."""
    lead: Lead
    feed: ParsedFeed
    depth: Depth

    @property
    def newest(self) -> datetime | None:
        """The date of its newest entry."""
        return max(filter(None, map(dated, self.feed.entries)), default=None)

    @property
    def title(self) -> str:
        """What it calls itself, else what the page calls it."""
        return self.feed.title or self.lead.title or ""


def offer(lead: Lead, reply: Reply, feed: ParsedFeed, *, now: datetime) -> Offer | None:
    """A lead that answered with `feed`, as something to offer; None when it is none.

    Never an HTML page, whatever its status (soft 404s); an empty feed only if it is whole and was
    named; a sitemap that nobody gave only with entries of the last days. A sitemap index is none: its sitemaps may be.
    """
    if not feed.kind or feed.kind == "sitemap-index":
        return None
    found = Offer(url=_lasting(lead, reply), lead=lead, feed=feed, depth=depth(reply.body, feed.entries))
    if feed.kind == "sitemap" and lead.how != "itself" and not (found.newest and now - found.newest < RECENT):
        return None
    if not feed.entries and (feed.problems or lead.how == "guessed"):
        return None
    return found


def recent_children(index: ParsedFeed, url: str) -> tuple[Lead, ...]:
    """The sitemaps of an index, those of news and the latest changed first."""
    latest = sorted(
        index.entries,
        key=lambda one: (is_of_news(one.url), one.updated.timestamp() if one.updated else 0),
        reverse=True,
    )
    return tuple(Lead(url=one.url, how="sitemap", title=f"of {urlsplit(url).path}") for one in latest)


def without_echoes(offers: Iterable[Offer], nowhere: ParsedFeed | None) -> tuple[Offer, ...]:
    """Offers without those guessed ones that a nonsense address answers just the same."""
    echo = _addresses(nowhere) if nowhere else frozenset()
    return tuple(one for one in offers if one.lead.how != "guessed" or not echo or _addresses(one.feed) != echo)


def ranked(offers: Iterable[Offer], site: Site, *, now: datetime) -> tuple[Offer, ...]:
    """The offers, best first; one that lists the same articles as a better one is left out.

    Feeds of comments come last; then sitemaps, silent feeds, those in another language than the
    page, those of another section; first comes full text, more entries and newer dates.
    """
    kept: list[Offer] = []
    for one in sorted(offers, key=lambda each: _worth(each, site, now)):
        same = (other for other in kept if one.url == other.url or _same(one.feed, other.feed))
        if next(same, None) is None:
            kept.append(one)
    return tuple(kept)


def depth(body: bytes, entries: tuple[Entry, ...]) -> Depth:
    """How much of its articles a document carries, judged by its elements and the length of its texts."""
    if not entries:
        return "headlines"
    typical = median(len(entry.summary or "") for entry in entries)
    long = len(body) / len(entries) >= LONG_ENTRY and 2 * len(_CONTENT.findall(body)) >= len(entries)
    if long or typical >= LONG_SUMMARY:
        return "full"
    return "summaries" if typical > 0 else "headlines"


def dated(entry: Entry) -> datetime | None:
    """When an entry says it was published, or else changed."""
    return entry.published or entry.updated


def name_for(title: str, url: str, taken: Iterable[str]) -> str:
    """A short name like "bbc-news-world": of the title, or of the host where that has no Latin letters; not `taken`."""
    used = {name.casefold() for name in taken}
    name = _slug(title) or _slug((urlsplit(url).hostname or "feed").removeprefix("www.").removeprefix("feeds."))
    numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, len(used) + 2))
    return next(one for one in numbered if one not in used)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    if sum(letter.isalpha() for letter in plain) * 2 < sum(letter.isalpha() for letter in text):
        return ""  # a title in another script would leave only its stray Latin letters
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word and word not in ("rss", "feed", "atom")]
    name = ""
    for word in words:
        if name and len(name) + len(word) >= 40:
            break
        name = f"{name}-{word[:40]}" if name else word[:40]
    return name


def _lasting(lead: Lead, reply: Reply) -> str:
    """The address to keep: where permanent redirects lead, else as it was named."""
    return reply.url if reply.permanent and reply.hops else lead.url


def _same(one: ParsedFeed, other: ParsedFeed) -> bool:
    return bool(one.entries) and _addresses(one) == _addresses(other)


def _addresses(feed: ParsedFeed | None) -> frozenset[str]:
    return frozenset(entry.url for entry in feed.entries) if feed else frozenset()


def _worth(one: Offer, site: Site, now: datetime) -> tuple[object, ...]:
    spoken, wanted = (code.partition("-")[0] if code else "" for code in (one.feed.language, site.language))
    newest = one.newest
    return (
        is_of_comments(one.url, one.title),
        one.feed.kind == "sitemap",
        not one.feed.entries or (newest is not None and now - newest > LIVELY),
        0 if not wanted or spoken == wanted else 2 if spoken else 1,
        one.lead.how == "linked",
        strays(one.url, site.url),
        one.depth != "full",
        -len(one.feed.entries),
        -newest.timestamp() if newest else 0.0,
    )
