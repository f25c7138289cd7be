"""Fetch, extract, index and replay in one process, over a real ledger, archive and store, with a clock a test moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import redis

from tests.fetch.conftest import Site
from tests.journey.service import everything
from tests.ledger.conftest import Clock
from workers import pipeline, turns
from workers.address import article_id, host
from workers.archive import shelf
from workers.archive.files import Disk
from workers.archive.index import Index, Selection
from workers.archive.writer import Writer
from workers.index.store import open_writer
from workers.index.successor import open_successor
from workers.ledger.jobs import Claim
from workers.ledger.journal import Trace
from workers.ledger.ledger import Ledger
from workers.ledger.reading import RedisJournal
from workers.model import Article, Entry, Feed, FeedMemory
from workers.replay import reading
from workers.replay.run import Summary, into_new_generation, only_look, out_of_dead_letters
from workers.search.journey import traced
from workers.search.store import open_reader
from workers.settings import Ledgering, Settings


class Newsroom:
    """All rooms but polling, each done when a test says so."""

    def __init__(self, url: str, client: redis.Redis, clock: Clock, settings: Settings, disk: Disk) -> None:
        self.url = url
        self.client, self.clock, self.settings = client, clock, settings
        self.ledger = Ledger(client, settings.ledger, worker="desk", clock=clock)
        self.journal = RedisJournal(client, Ledgering(), identify=article_id)
        self.folder = shelf.folder_of(settings.data)
        self.archive = Writer(self.folder, settings.archive, disk=disk)
        self.writer, self.reader = open_writer(settings), open_reader(settings)
        self.writer.prepare()

    def announces(self, *urls: str, title: str = "As announced") -> None:
        """A feed names these articles, and robots.txt of their host is known."""
        feed = Feed(name="Gazette", url=urls[0] + "/feed", source="The Gazette", section="world", country="SC")
        self.ledger.subscribe([feed], host)
        self.clock.passes(600)
        claim = self.ledger.claim("poll", feed.name, lease=timedelta(seconds=30))
        assert claim is not None
        entries = [(article_id(url), host(url), Entry(url=url, title=f"{title}: {url}", tags=("t",))) for url in urls]
        due = self.ledger.now() + timedelta(seconds=500)
        self.ledger.poll_done(claim, entries=entries, memory=FeedMemory(next_poll=due), outcome="new")
        for url in urls:
            turns.read_robots(Claim(room="fetch", job="x", token="x", attempts=1, fields={"host": host(url)}), url)

    def fetches(self, *urls: str) -> None:
        for url in urls:
            self.clock.passes(120)
            pipeline.fetch_article(article_id(url))

    def works(self) -> None:
        """Extract and index all that waits."""
        for _ in range(20):
            self.clock.passes(40)
            for room, job in self.ledger.due(batches=False):
                if room == "extract":
                    pipeline.extract_article(job)
        pipeline.index_articles()

    def ingests(self, *urls: str) -> None:
        self.announces(*urls)
        self.fetches(*urls)
        self.works()

    def trace(self, url: str) -> Trace:
        found = traced(url, self.journal, self.reader)
        assert found is not None
        return found

    def article(self, url: str) -> Article | None:
        document = self.trace(url).document
        return self.reader.get(document) if document else None

    def found(self) -> set[str]:
        """The addresses of all that a search finds."""
        self.writer.refresh()
        return {hit.url for hit in everything(self.reader)}

    def replays(self, reason: str | None = None, *, dry_run: bool = False, **selection: Any) -> Summary:
        index = Index(self.folder)
        desk = reading.Desk(
            settings=self.settings,
            folder=self.folder,
            index=index,
            ledger=self.ledger,
            journal=self.journal,
            store=self.reader,
            processes=1,
        )
        chosen = Selection(**selection)
        try:
            if dry_run:
                return only_look(desk, chosen, reason, lambda _: None)
            if reason:
                return out_of_dead_letters(desk, chosen, reason, lambda _: None)
            return into_new_generation(desk, chosen, open_successor(self.settings), lambda _: None)
        finally:
            index.close()

    def close(self) -> None:
        self.archive.close()
        self.writer.close()
        self.reader.close()


def page(title: str, sentences: int = 10) -> bytes:
    """An article of 13 words a sentence."""
    said = (f"Sentence {n} of the report tells what the council decided about the harbour." for n in range(sentences))
    head = f"<head><title>{title}</title></head>"
    return (
        f"<html lang=en>{head}<body><article><h1>{title}</h1><p>{' '.join(said)}</p></article></body></html>".encode()
    )


def with_words(settings: Settings, words: int) -> Settings:
    """As today's extractor would be with another idea of what is too short."""
    return settings.model_copy(update={"extract": settings.extract.model_copy(update={"min_words": words})})


def serves(site: Site, *paths: str) -> list[str]:
    return [site.serves(path, page(f"News of {path}")) for path in paths]
