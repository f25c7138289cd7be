"""A replay: into a new generation of the store, out of the dead letters, or only to look."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from workers.archive.index import Listed, Selection
from workers.errors import StoreDown
from workers.index.successor import Successor
from workers.ledger.bodies import pack_article
from workers.ledger.jobs import Settlement
from workers.model import Article
from workers.replay.reading import Desk, chunks, rulings
from workers.replay.rulings import Ending, Reread, Ruling
from workers.replay.turn import alone, uninterrupted

NAMED = 1000
"""Addresses a summary names of each kind."""

Watch = Callable[["Summary"], None]


@dataclass
class Summary:
    """What a replay found, so far."""

    total: int = 0
    """Articles with a page in the archive, of those asked for."""
    read: int = 0
    """Of those, how many were read again or left."""
    phase: str = "reading pages"
    missing: int = 0
    """Dead letters without a page in the selection."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many of each word (rulings.Word)."""
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: {"refused": Counter(), "failed": Counter()})
    """Why articles are refused that were accepted before, and why others could not be read."""
    differs: Counter[str] = field(default_factory=Counter)
    """In how many articles each field changed."""
    urls: dict[str, list[str]] = field(default_factory=dict)

    def add(self, url: str, ruling: Ruling) -> None:
        """Count one."""
        self.counts[ruling.word] += 1
        if ruling.word in ("refused", "failed"):
            self.reasons[ruling.word][ruling.reason] += 1
        if ruling.word == "changed":
            self.differs.update(set(ruling.differs) - {"extractor"})
        if ruling.word in ("new", "refused", "failed") and len(self.urls.setdefault(ruling.word, [])) < NAMED:
            self.urls[ruling.word].append(url)


def into_new_generation(desk: Desk, selection: Selection, successor: Successor, watch: Watch) -> Summary:
    """Read every article in the selection again and put a new generation of the store in place of the old.

    Whatever was not read again is carried over. Before the last step nothing has changed: an exception, Ctrl-C or
    a kill leaves the old generation, and the ledger, as they were.
    """
    summary = Summary(total=desk.index.count(selection))
    with alone(desk.ledger):
        try:
            successor.begin()
            endings = _filled(desk, selection, successor, summary, watch)
            _enter(summary, "carrying over the rest", watch)
            successor.complete()
            _enter(summary, "moving searches to the new generation", watch)
            with uninterrupted():
                for page, ending in endings:
                    desk.ledger.reread(page.article, ending.was, ending.settlement, url=page.url)
                successor.take_over()
        except BaseException:
            successor.abandon()
            raise
    return summary


def out_of_dead_letters(desk: Desk, selection: Selection, reason: str, watch: Watch) -> Summary:
    """Read articles again that were set aside for this reason; those that are accepted now go on to be indexed."""
    pages, missing = dead_pages(desk, selection, reason)
    summary = Summary(total=len(pages), missing=missing)
    with alone(desk.ledger):
        for page, ruling in _watched(rulings(desk, pages), summary, watch):
            if ruling.article and page.stage == "dead":
                _wait_for_room(desk, summary, watch)
                desk.ledger.reread(page.article, "dead", to_index(ruling.article), url=page.url)
            summary.add(page.url, ruling)
    return summary


def only_look(desk: Desk, selection: Selection, reason: str | None, watch: Watch) -> Summary:
    """What either would find, changing nothing."""
    if reason:
        pages, missing = dead_pages(desk, selection, reason)
        summary = Summary(total=len(pages), missing=missing)
    else:
        pages, summary = list(desk.index.latest(selection)), Summary(total=desk.index.count(selection))
    for page, ruling in _watched(rulings(desk, pages), summary, watch):
        summary.add(page.url, ruling)
    return summary


def dead_pages(desk: Desk, selection: Selection, reason: str) -> tuple[list[Listed], int]:
    """The newest page of each article set aside for this reason, and how many have none in the selection."""
    letters = [letter for letter in desk.journal.dead(limit=1_000_000) if letter.reason == reason]
    pages = [desk.index.of_article(letter.id, selection)[:1] for letter in letters]
    missing = sum(
        not desk.index.of_article(letter.id) for letter, found in zip(letters, pages, strict=True) if not found
    )
    return [page for found in pages for page in found], missing


def to_index(article: Article) -> Settlement:
    """On from the dead letters to the index room."""
    return Settlement(
        to="index",
        outcome="read-again",
        detail=f"{article.word_count} words by {article.extractor}",
        body=pack_article(article),
        fields={"doc": article.id},
    )


def waiting(desk: Desk) -> int:
    """How many pages and articles lie in Redis, on their way to the index."""
    return sum(room.waiting for room in desk.journal.status().rooms if room.room in ("extract", "index"))


def _wait_for_room(desk: Desk, summary: Summary, watch: Watch) -> None:
    """Not more than fetching may leave there."""
    phase = summary.phase
    while waiting(desk) >= desk.settings.ledger.high_water:
        _enter(summary, "waiting for the index room", watch)
        time.sleep(1)
    _enter(summary, phase, watch)


def _filled(
    desk: Desk, selection: Selection, successor: Successor, summary: Summary, watch: Watch
) -> list[tuple[Reread, Ending]]:
    """Fill the new generation; what the ledger is to hear in the end."""
    found = _watched(rulings(desk, desk.index.latest(selection)), summary, watch)
    endings = []
    for chunk in chunks(found, desk.settings.index.batch):
        for page, ruling in _written(successor, chunk):
            summary.add(page.url, ruling)
            if ruling.ending:
                endings.append((page, ruling.ending))
    return endings


def _written(successor: Successor, chunk: Sequence[tuple[Reread, Ruling]]) -> Iterator[tuple[Reread, Ruling]]:
    """Write and leave out what a chunk asks for; an article the store will not have is failed, and stays as it was."""
    if gone := {one.forget.id: one.forget.version for _, one in chunk if one.forget}:
        successor.forget(gone)
    articles = [ruling.article for _, ruling in chunk if ruling.article]
    verdicts = iter(successor.write(articles) if articles else ())
    for page, ruling in chunk:
        verdict = next(verdicts) if ruling.article else None
        if verdict and verdict.outcome == "later":
            raise StoreDown(f"the new generation would not take {verdict.id}: {verdict.reason}")
        if verdict and verdict.outcome == "rejected":
            yield page, Ruling(word="failed", reason="store-rejected", detail=verdict.reason)
        else:
            yield page, ruling


def _watched(found: Iterable[tuple[Reread, Ruling]], summary: Summary, watch: Watch) -> Iterator[tuple[Reread, Ruling]]:
    for one in found:
        summary.read += 1
        watch(summary)
        yield one


def _enter(summary: Summary, phase: str, watch: Watch) -> None:
    summary.phase = phase
    watch(summary)
