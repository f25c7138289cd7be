"""The shapes of the JSON answers, for the API's description; tests hold the answers to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workers.model import Facet, Image, Part, PollRecord
from workers.search.web.health import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many articles match."""

    value: int
    relation: Literal["eq", "gte"]
    """gte: at least that many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the question was understood."""

    text: str
    reading: str
    sort: Literal["relevance", "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """The title and excerpts again, cut where they match."""

    title: tuple[Part, ...]
    excerpts: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article found."""

    id: str
    url: str
    title: str
    excerpts: tuple[str, ...]
    highlight: Highlight
    source: str
    language: str | None
    section: str | None
    authors: tuple[str, ...]
    agency: str | None
    published: datetime | None
    first_seen: datetime
    image: Image | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An answer to a search."""

    query: Reading
    total: Total
    took_ms: float
    items: tuple[Item, ...]
    facets: tuple[Facet, ...]
    warnings: tuple[str, ...]
    next_cursor: str | None
    """Ask again with it for the following items; null at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One feed and how it is doing."""

    name: str
    url: str
    """As configured."""
    source: str
    language: str | None
    country: str | None
    section: str | None
    title: str | None
    """As it calls itself."""
    state: State
    why: str
    """The state in one sentence."""
    polled: datetime | None
    next_poll: datetime | None
    """Null when it is asked no more, or was never asked."""
    next_reason: str | None
    articles_a_day: float | None
    unmodified_share: float | None
    """Of its answered polls, 0 to 1: those answered by a 304."""
    seconds_a_poll: float | None
    """The median of its last polls."""
    failures: int
    """In a row."""
    indexed: int
    waiting: int
    dead: int
    asked_at: str
    """Where it is asked: differs from `url` once a permanent redirect is believed."""
    moved_to: str | None
    """Where permanent redirects point, not believed yet."""
    found: str | None
    """Another feed its site names since it is no longer at its address."""
    hub: str | None
    pushed_until: datetime | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWhole(FeedItem):
    """One feed with its last polls."""

    polls: tuple[PollRecord, ...]
    """Newest first, at most 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """All feeds, by name."""

    feeds: tuple[FeedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """RFC 9457: why there is no answer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
