"""A small store and a small ledger to show pages from: objects with verbs, no server behind them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workers.errors import StoreDown
from workers.ledger.journal import DeadLetter, FeedHealth, JournalDown, RoomStatus, Status, Trace
from workers.ledger.yields import SiteYield
from workers.model import (
    FACETS,
    All,
    Answer,
    Article,
    Block,
    Clause,
    Event,
    Excerpt,
    Facet,
    FacetValue,
    Feed,
    FeedMemory,
    Hit,
    Not,
    Part,
    PollRecord,
    Query,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


def article(title: str = "Harbour reopens after storm", **parts: object) -> Article:
    """An article with everything that is not named made up."""
    text = str(parts.pop("text", "The harbour of Fels reopened on Tuesday.\n\nFerries sail again."))
    known: dict[str, object] = {
        "id": "a1",
        "url": "https://example.org/harbour",
        "final_url": "https://example.org/harbour",
        "canonical_url": "https://example.org/harbour",
        "published": NOW - timedelta(hours=2),
        "first_seen": NOW - timedelta(hours=1),
        "fetched": NOW - timedelta(hours=1),
        "language": "en",
        "source": "The Fels Courier",
        "feed": "fels-courier",
        "word_count": len(text.split()),
        "extractor": "test",
    }
    return Article(title=title, text=text, **{**known, **parts})  # type: ignore[arg-type] # a test names what it needs


def paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(kind="p", text=text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeHealth:
    ok: bool
    detail: str
    documents: int | None


class FakeReader:
    """Finds articles by their letters; counts what it was asked."""

    def __init__(self, *articles: Article) -> None:
        self.articles = list(articles)
        self.asked: list[Query] = []
        self.broken: str | None = None
        self.warnings: tuple[str, ...] = ()
        self.exact = True

    def add(self, *articles: Article) -> None:
        self.articles.extend(articles)

    def breaks(self, why: str) -> None:
        self.broken = why

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        self._answering()
        self.asked.append(query)
        found = [a for a in self.articles if _matches(a, query.match) and _passes(a, query, besides="")]
        found.sort(key=lambda a: a.published or a.first_seen, reverse=True)
        start = int(query.cursor or 0)
        page = found[start : start + query.limit]
        more = start + query.limit < len(found)
        return Answer(
            query=query,
            total=len(found),
            exact=self.exact,
            hits=tuple(_hit(a, query) for a in page),
            facets=tuple(self._facet(name, query) for name in FACETS) if facets else (),
            next_cursor=str(start + query.limit) if more else None,
            took_ms=1.25,
            warnings=self.warnings,
        )

    def get(self, id_: str, /) -> Article | None:
        self._answering()
        return next((a for a in self.articles if a.id == id_), None)

    def health(self) -> FakeHealth:
        return FakeHealth(ok=self.broken is None, detail=self.broken or "answers", documents=len(self.articles))

    def _answering(self) -> None:
        if self.broken:
            raise StoreDown(self.broken)

    def _facet(self, name: str, query: Query) -> Facet:
        rest = [a for a in self.articles if _matches(a, query.match) and _passes(a, query, besides=name)]
        counts = Counter(value for a in rest for value in _values(a, name))
        chosen = getattr(query.filters, name)
        return Facet(
            field=name,
            values=tuple(FacetValue(value=v, count=n, chosen=v in chosen) for v, n in counts.most_common(20)),
        )


class FakeJournal:
    """A ledger that says what it was told to say."""

    def __init__(self) -> None:
        self.known: dict[str, FeedHealth] = {}
        self.traces: dict[str, Trace] = {}
        self.letters: list[DeadLetter] = []
        self.said = Status()
        self.counted: dict[str, float] = {}
        self.broken: str | None = None
        self.gave: tuple[SiteYield, ...] = ()

    def gives(self, *sites: SiteYield) -> None:
        self.gave = sites

    def yields(self) -> tuple[SiteYield, ...]:
        self._answering()
        return self.gave

    def counts_to(self, counts: dict[str, float]) -> None:
        self.counted = counts

    def counts(self) -> dict[str, float]:
        self._answering()
        return self.counted

    def breaks(self, why: str) -> None:
        self.broken = why

    def subscribe(
        self, feed: Feed, memory: FeedMemory | None = None, polls: tuple[PollRecord, ...] = (), **parts: Any
    ) -> None:
        self.known[feed.name] = FeedHealth(feed=feed, memory=memory or FeedMemory(), polls=polls, **parts)

    def tell(self, trace: Trace) -> None:
        self.traces[trace.url] = trace

    def set_aside(self, *letters: DeadLetter) -> None:
        self.letters.extend(letters)
        self.said = replace(self.said, dead=len(self.letters))

    def says(self, status: Status) -> None:
        self.said = status

    def feeds(self) -> tuple[FeedHealth, ...]:
        self._answering()
        return tuple(self.known.values())

    def feed(self, name: str) -> FeedHealth | None:
        self._answering()
        return self.known.get(name)

    def trace(self, url_or_id: str) -> Trace | None:
        self._answering()
        return self.traces.get(url_or_id)

    def dead(self, limit: int) -> tuple[DeadLetter, ...]:
        self._answering()
        return tuple(self.letters[:limit])

    def status(self) -> Status:
        self._answering()
        return self.said

    def _answering(self) -> None:
        if self.broken:
            raise JournalDown(self.broken)


def feed(name: str = "fels-courier", **parts: object) -> Feed:
    known: dict[str, object] = {"url": f"https://example.org/{name}.xml", "source": "The Fels Courier"}
    return Feed(name=name, **{**known, **parts})  # type: ignore[arg-type] # a test names what it needs


def polls(*outcomes: str) -> tuple[PollRecord, ...]:
    """Polls ten minutes apart, newest first: "new:3" brought three, "failed" answered 503."""
    made = []
    for place, outcome in enumerate(outcomes):
        word, _, new = outcome.partition(":")
        status = {"failed": 503, "gone": 410, "unchanged": 304}.get(word, 200)
        made.append(
            PollRecord(
                at=NOW - timedelta(minutes=10 * place + 4),
                outcome=word,
                status=status,
                entries=20 if status == 200 else 0,
                new=int(new or 0),
                seconds=0.4 + place % 3,
                size=48_200 if status == 200 else 0,
                detail="status 503: the server is overloaded" if word == "failed" else None,
            )
        )
    return tuple(made)


def journey(url: str = "https://example.org/harbour", **parts: object) -> Trace:
    events = (
        Event(at=NOW - timedelta(minutes=9), room="poll", outcome="announced", detail="fels-courier"),
        Event(
            at=NOW - timedelta(minutes=8),
            room="fetch",
            outcome="fetched",
            seconds=0.31,
            worker="fels/212",
            detail="200, 48 kB",
        ),
        Event(
            at=NOW - timedelta(minutes=7),
            room="extract",
            outcome="extracted",
            seconds=0.08,
            worker="fels/213",
            detail="412 words",
        ),
        Event(at=NOW - timedelta(minutes=7), room="index", outcome="indexed", seconds=0.5, worker="fels/214"),
    )
    known: dict[str, object] = {
        "id": "a1",
        "feed": "fels-courier",
        "announced": NOW - timedelta(minutes=9),
        "stage": "done",
        "attempts": 1,
        "events": events,
        "document": "a1",
    }
    return Trace(url=url, **{**known, **parts})  # type: ignore[arg-type] # a test names what it needs


def letter(number: int = 1, **parts: object) -> DeadLetter:
    known: dict[str, object] = {
        "url": f"https://example.org/lost/{number}",
        "feed": "fels-courier",
        "stage": "fetch",
        "reason": "http-404",
        "at": NOW - timedelta(minutes=number),
        "attempts": 1,
    }
    return DeadLetter(id=f"d{number}", **{**known, **parts})  # type: ignore[arg-type] # a test names what it needs


def busy() -> Status:
    return Status(
        rooms=(
            RoomStatus(room="poll", waiting=2, oldest_due_seconds=3, done=18_204),
            RoomStatus(room="fetch", waiting=41, oldest_due_seconds=95, done=61_377, failing=6),
            RoomStatus(room="extract", waiting=3, oldest_due_seconds=1, done=60_912),
            RoomStatus(room="index", waiting=12, done=60_340),
        ),
        indexed=60_340,
        dead=572,
        waiting=56,
        last_indexed=NOW - timedelta(minutes=3),
        feeds=5,
    )


def _matches(found: Article, clause: Clause) -> bool:
    if isinstance(clause, All):
        return all(_matches(found, one) for one in clause.clauses)
    if isinstance(clause, Not):
        return not _matches(found, clause.clause)
    return clause.text.casefold() in f"{found.title} {found.text}".casefold()


def _passes(found: Article, query: Query, *, besides: str) -> bool:
    filters = query.filters
    moment = found.published or found.first_seen
    return (
        all(
            not chosen or any(v in chosen for v in _values(found, name))
            for name in FACETS
            if name != besides and (chosen := getattr(filters, name)) is not None
        )
        and found.source not in filters.not_source
        and found.language not in filters.not_language
        and (filters.since is None or moment >= filters.since)
        and (filters.until is None or moment < filters.until)
    )


def _values(found: Article, field: str) -> Iterable[str]:
    if field == "author":
        return found.authors
    if field == "day":
        return ((found.published or found.first_seen).date().isoformat(),)
    value = getattr(found, field)
    return (value,) if value else ()


def _hit(found: Article, query: Query) -> Hit:
    wanted = (
        [c.text for c in query.match.clauses if not isinstance(c, (All, Not))] if isinstance(query.match, All) else []
    )
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", found.text) if s]
    with_match = [s for s in sentences if any(w.casefold() in s.casefold() for w in wanted)] or sentences[:2]
    return Hit(
        id=found.id,
        url=found.url,
        title=_marked(found.title, wanted),
        excerpts=tuple(_marked(s, wanted) for s in with_match[:2]),
        source=found.source,
        language=found.language,
        section=found.section,
        authors=found.authors,
        agency=found.agency,
        published=found.published,
        first_seen=found.first_seen,
        image=found.images[0] if found.images else None,
        score=1.0,
    )


def _marked(text: str, wanted: list[str]) -> Excerpt:
    for word in wanted:
        start = text.casefold().find(word.casefold())
        if start >= 0:
            end = start + len(word)
            parts = (Part(text=text[:start]), Part(text=text[start:end], match=True), Part(text=text[end:]))
            return tuple(part for part in parts if part.text)
    return (Part(text=text),)
