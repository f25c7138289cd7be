"""Why an article that no feed announced is missing: other forms of its address, who could tell, what is nearest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from workers.address import canonical, host, same_site
from workers.errors import GiveUp
from workers.ledger.journal import FeedHealth, Trace
from workers.model import Answer, Hit, Query
from workers.search.language import read

NEAREST = 5
FEWEST_WORDS = 2
"""Words of an address looked for together; with fewer, anything is near."""
LETTERS = 4
"""A shorter word of an address is hardly one of the headline's."""
_WORD = re.compile(rf"[^\W\d_]{{{LETTERS},}}")
_ENDING = re.compile(r"\.(?:html?|php|aspx?|shtml)$")


class Ledger(Protocol):
    """What is asked of the journal."""

    def trace(self, url_or_id: str) -> Trace | None:
        """One journey, by the announced address."""

    def feeds(self) -> tuple[FeedHealth, ...]:
        """All subscribed feeds."""


class Store(Protocol):
    """What is asked of the store's read side."""

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        """One page of answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What can be said of an address that no feed announced."""

    asked: str
    problem: str | None = None
    """Why it is no address at all, in words."""
    known: tuple[Trace, ...] = ()
    """Journeys of articles announced under another form of it."""
    feeds: tuple[str, ...] = ()
    """Feeds of the same site, which did not name it."""
    nearest: tuple[Hit, ...] = ()
    """Articles whose words are those of the address, of the same site first."""


def explain(asked: str, ledger: Ledger, store: Store, now: datetime) -> Missing:
    """Look around for an address without a journey. Raises JournalDown, StoreDown."""
    try:
        at = host(asked)
    except GiveUp as error:
        return Missing(asked=asked, problem=error.detail, nearest=nearest(asked, "", store, now))
    found = (ledger.trace(form) for form in forms(asked))
    feeds = [health.feed for health in ledger.feeds() if _is_of(health.feed.url, at)]
    return Missing(
        asked=asked,
        known=tuple(trace for trace in found if trace),
        feeds=tuple(feed.name for feed in feeds),
        nearest=nearest(asked, at, store, now),
    )


def forms(url: str) -> tuple[str, ...]:
    """Other addresses the same page may have been announced under: scheme, www, mobile and AMP forms, a last slash."""
    parts = urlsplit(canonical(url))
    name = re.sub(r"^(?:www|m|mobile|amp)\.", "", parts.netloc)
    bare = re.sub(r"/amp$|(?<=.)/$", "", parts.path)
    paths = dict.fromkeys((bare, f"{bare}/", f"{bare}/amp", f"{bare}/amp/"))
    hosts = (parts.netloc, name, f"www.{name}", f"m.{name}", f"amp.{name}")
    query = f"?{parts.query}" if parts.query else ""
    made = (
        f"{scheme}://{at}{path}{query}" for at in dict.fromkeys(hosts) for path in paths for scheme in ("https", "http")
    )
    return tuple(form for form in made if form != canonical(url))


def nearest(asked: str, at: str, store: Store, now: datetime) -> tuple[Hit, ...]:
    """Articles with the words of an address: all of them, then fewer, until some are found."""
    for words in fewer(slug(asked)):
        hits = store.search(read(" ".join(words), now=now, limit=4 * NEAREST), facets=False).hits
        if hits:
            return tuple(sorted(hits, key=lambda hit: not _is_of(hit.url, at))[:NEAREST])
    return ()


def slug(url: str) -> list[str]:
    """The words of an address's path, the last part's first: they are the headline's."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        path = url
    parts = [_ENDING.sub("", part) for part in path.split("/") if part]
    return list(dict.fromkeys(word.lower() for part in reversed(parts) for word in _WORD.findall(part)))[:8]


def fewer(words: list[str]) -> Iterator[list[str]]:
    """The words; then the longest of them, one less each time: long words say most."""
    ordered = sorted(words, key=len, reverse=True)
    for size in range(len(ordered), FEWEST_WORDS - 1, -1):
        yield ordered[:size]


def _is_of(url: str, at: str) -> bool:
    try:
        return bool(at) and same_site(host(url), at)
    except GiveUp:
        return False


def sentences(missing: Missing) -> Iterable[str]:
    """What to tell, one sentence each; the nearest articles are listed apart."""
    if missing.problem:
        yield f"That is no address: {missing.problem}."
        return
    yield "No feed announced this address."
    for trace in missing.known:
        yield f"It is known under another form: {trace.url}."
    if missing.known:
        return
    if missing.feeds:
        few = ", ".join(missing.feeds[:NEAREST]) + (" and others" if len(missing.feeds) > NEAREST else "")
        yield f"{few}: of its site, and did not name it: they do not carry it, or it was gone between two polls."
    else:
        yield "No feed of its site is followed; newsdesk feeds add finds them."
