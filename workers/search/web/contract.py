"""The shapes of the JSON answers, for the API's description; tests hold the answers to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workers.model import Facet, Image, Part


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
class Problem:
    """RFC 9457: why there is no answer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
