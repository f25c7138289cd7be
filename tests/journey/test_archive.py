"""From a page on a real server to the archive, and from the archive to the index again, step by step in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.archive.readers import bodies, records
from tests.archive.test_writer import SmallDisk
from tests.fetch.conftest import Site, loopback
from tests.ledger.conftest import Clock
from tests.valkey import Valkey
from workers import celery, connections, keeping, pipeline, turns
from workers.archive import shelf
from workers.archive.files import OURS, Disk
from workers.archive.index import Index, Selection
from workers.archive.writer import Writer
from workers.fetch.address import article_id, host
from workers.fetch.client import Client
from workers.index.store import open_writer
from workers.ledger.jobs import Claim
from workers.ledger.journal import Trace
from workers.ledger.ledger import Ledger, connect
from workers.ledger.reading import RedisJournal
from workers.model import Article, Entry, Feed, FeedMemory
from workers.replay import reading, rulings
from workers.replay.run import Summary, into_new_generation, only_look, out_of_dead_letters
from workers.search.store import open_reader
from workers.settings import Ledgering, Polling, Settings, Store

pytestmark = pytest.mark.integration


class Newsroom:
    """Fetch, extract and index in this process, over a real ledger, archive and store."""

    def __init__(self, client: redis.Redis, clock: Clock, settings: Settings, disk: Disk) -> None:
        self.client, self.clock, self.settings = client, clock, settings
        self.ledger = Ledger(client, settings.ledger, worker="desk", clock=clock)
        self.journal = RedisJournal(client, Ledgering(), identify=article_id)
        self.folder = shelf.folder_of(settings.data)
        self.archive = Writer(self.folder, settings.archive, disk=disk)
        self.writer, self.reader = open_writer(settings), open_reader(settings)
        self.writer.prepare()
        self.index = Index(self.folder) if self.folder.is_dir() else None

    def announces(self, *urls: str) -> None:
        """A feed names these articles, and robots.txt of their host is known."""
        feed = Feed(name="Gazette", url=urls[0] + "/feed", source="The Gazette", section="world", country="SC")
        self.ledger.subscribe([feed], host)
        self.clock.passes(600)
        claim = self.ledger.claim("poll", feed.name, lease=timedelta(seconds=30))
        assert claim is not None
        entries = [
            (article_id(url), host(url), Entry(url=url, title=f"As announced: {url}", tags=("t",))) for url in urls
        ]
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
        found = self.journal.trace(url)
        assert found is not None
        return found

    def article(self, url: str) -> Article | None:
        document = self.trace(url).document
        return self.reader.get(document) if document else None

    def found(self) -> set[str]:
        """The addresses of all that a search finds."""
        from tests.journey.service import everything  # noqa: PLC0415 # it needs no service here

        self.writer.refresh()
        return {hit.url for hit in everything(self.reader)}

    def replays(self, reason: str | None = None, *, dry_run: bool = False, **selection: Any) -> Summary:
        from workers.index.successor import open_successor  # noqa: PLC0415 # as the verb does

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


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    opened.serves("/robots.txt", b"User-agent: *\nAllow: /\n")
    yield opened
    opened.close()


@pytest.fixture
def disk() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def newsroom(
    valkey: Valkey, store: tuple[str, str], tmp_path: Path, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Newsroom]:
    client = connect(valkey.url)
    client.flushall()
    address, name = store
    settings = Settings(
        fetch=loopback(gap_seconds=0),
        poll=Polling(floor_seconds=60),
        store=Store(url=address, index=name),
        data=tmp_path,
    )
    made = Newsroom(client, Clock(), settings, disk)
    door = Client(settings.fetch)
    for module in (pipeline, turns, keeping, connections):
        monkeypatch.setattr(module, "ledger", lambda: made.ledger, raising=False)
        monkeypatch.setattr(module, "settings", lambda: settings, raising=False)
        monkeypatch.setattr(module, "client", lambda: door, raising=False)
    monkeypatch.setattr(keeping, "archive", lambda: made.archive)
    monkeypatch.setattr(pipeline, "writer", lambda: made.writer)
    monkeypatch.setattr(celery, "send", lambda *_: None)
    monkeypatch.setattr(celery, "send_due", lambda **_: None)
    yield made
    made.close()
    client.close()


def page(title: str, sentences: int = 10) -> bytes:
    """An article of 13 words a sentence."""
    said = (f"Sentence {n} of the report tells what the council decided about the harbour." for n in range(sentences))
    head = f"<head><title>{title}</title></head>"
    return (
        f"<html lang=en>{head}<body><article><h1>{title}</h1><p>{' '.join(said)}</p></article></body></html>".encode()
    )


def serves(site: Site, *paths: str) -> list[str]:
    return [site.serves(path, page(f"News of {path}")) for path in paths]


def test_a_page_is_kept_as_it_came_before_the_ledger_hears_of_it(newsroom: Newsroom, site: Site) -> None:
    body = page("The harbour")
    site.serves("/final", body, X_Served_By="cache-7", Content_Type="text/html; charset=utf-8")
    url = site.redirects("/a", "/final")
    newsroom.announces(url)
    newsroom.fetches(url)

    fetched = newsroom.trace(url).events[-1]
    assert fetched.outcome == "fetched"
    (file,) = newsroom.folder.glob(OURS + ".open")
    assert f"archived in {file.name.removesuffix('.open')} at " in (fetched.detail or "")

    newsroom.archive.close()
    (path,) = newsroom.folder.glob(OURS)
    response = next(record for record in records(path) if record.kind == "response")
    assert (response.payload, response.url) == (body, site.url("/final"))
    assert b"X-Served-By: cache-7" in path_content(path)
    assert b"GET /final HTTP/1.1" in path_content(path)
    assert site.url("/a").encode() in path_content(path)


def path_content(path: Path) -> bytes:
    from workers.archive.files import members  # noqa: PLC0415 # what a decompressing tool would print

    with path.open("rb") as source:
        return b"".join(content for _, _, content in members(source))


def test_a_page_that_cannot_be_kept_waits_and_goes_on_by_itself(
    newsroom: Newsroom, site: Site, disk: SmallDisk
) -> None:
    (url,) = serves(site, "/a")
    newsroom.announces(url)
    disk.room = 0
    for _ in range(12):
        newsroom.fetches(url)
    waiting = newsroom.trace(url)

    assert (waiting.stage, waiting.reason) == ("fetch", "archive-full")
    assert "No space left" in (waiting.detail or "")
    assert site.paths().count("/a") == 1

    disk.room = None
    newsroom.archive._failed = None  # its pause is over
    newsroom.fetches(url)
    newsroom.works()

    assert newsroom.trace(url).stage == "done"
    newsroom.archive.close()
    assert [len(bodies(path)) for path in newsroom.folder.glob(OURS)] == [1]


def test_with_the_archive_off_nothing_is_kept(newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "archive", lambda: None)
    (url,) = serves(site, "/a")
    newsroom.ingests(url)

    assert newsroom.trace(url).stage == "done"
    assert not newsroom.folder.exists()


# --- replay


def test_the_same_extractor_gives_the_same_documents(newsroom: Newsroom, site: Site) -> None:
    urls = serves(site, "/a", "/b", "/c")
    newsroom.ingests(*urls)
    before = {url: newsroom.article(url) for url in urls}
    assert None not in before.values()

    summary = newsroom.replays()

    assert dict(summary.counts) == {"same": 3}
    assert {url: newsroom.article(url) for url in urls} == before
    assert newsroom.found() == set(urls)


def test_another_extractor_changes_what_it_reads_and_carries_over_the_rest(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, unkept = serves(site, "/a", "/b")
    newsroom.ingests(kept)
    before = newsroom.article(kept)
    monkeypatch.setattr(keeping, "archive", lambda: None)
    newsroom.ingests(unkept)
    not_archived = newsroom.article(unkept)
    assert before
    of_old = replace(before, title="What the old extractor read", extractor="newsdesk-1")
    newsroom.writer.write([of_old])

    assert newsroom.replays(dry_run=True).counts == {"changed": 1}
    assert newsroom.article(kept) == of_old
    summary = newsroom.replays()

    assert (summary.counts, summary.differs) == ({"changed": 1}, {"title": 1})
    assert newsroom.article(kept) == before
    assert newsroom.article(unkept) == not_archived
    assert newsroom.found() == {kept, unkept}


def test_what_is_refused_now_is_set_aside_and_what_is_accepted_now_is_found(newsroom: Newsroom, site: Site) -> None:
    long, short = site.serves("/long", page("Long", 30)), site.serves("/short", page("Short", 3))
    newsroom.ingests(long, short)
    assert newsroom.found() == {long, short}

    newsroom.settings = with_words(newsroom.settings, 100)
    refused = newsroom.replays()
    assert (dict(refused.counts), dict(refused.reasons["refused"])) == ({"same": 1, "refused": 1}, {"too-short": 1})
    assert newsroom.found() == {long}
    assert (newsroom.trace(short).stage, newsroom.trace(short).reason) == ("dead", "too-short")

    newsroom.settings = with_words(newsroom.settings, 25)
    accepted = newsroom.replays()
    assert dict(accepted.counts) == {"same": 1, "new": 1}
    assert newsroom.found() == {long, short}
    assert newsroom.trace(short).stage == "done"
    assert newsroom.journal.dead(9) == ()
    assert newsroom.journal.status().indexed == 2


def test_an_article_set_aside_for_a_reason_is_read_again_and_goes_on(newsroom: Newsroom, site: Site) -> None:
    long, short, other = (site.serves(f"/{n}", page(f"No {n}", n)) for n in (30, 3, 5))
    for url in (short, other, long):
        newsroom.announces(url)
    newsroom.fetches(long, short, other)
    strict = with_words(newsroom.settings, 50)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipeline, "settings", lambda: strict)
        newsroom.works()
    assert newsroom.trace(short).reason == "too-short"
    before = newsroom.trace(other).document

    assert newsroom.replays("robots").counts == {}
    assert newsroom.replays("too-short", dry_run=True).counts == {"new": 1}
    summary = newsroom.replays("too-short")
    assert (dict(summary.counts), summary.total) == ({"new": 1}, 1)
    assert newsroom.trace(short).stage == "index"
    newsroom.works()

    assert newsroom.found() == {long, short, other}
    assert newsroom.trace(short).stage == "done"
    assert newsroom.trace(other).document == before
    assert site.paths().count("/3") == 1


def test_a_page_set_aside_whose_page_was_not_kept_is_told(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = site.serves("/long", page("Long", 30))
    newsroom.ingests(kept)
    monkeypatch.setattr(keeping, "archive", lambda: None)
    newsroom.ingests(site.serves("/short", page("Short", 1)))

    assert newsroom.replays("too-short").missing == 1


def test_what_is_on_its_way_is_left_to_the_service(newsroom: Newsroom, site: Site) -> None:
    done, fetched = serves(site, "/a", "/b")
    newsroom.ingests(done)
    newsroom.announces(fetched)
    newsroom.fetches(fetched)

    assert dict(newsroom.replays().counts) == {"same": 1, "left": 1}
    newsroom.works()
    assert newsroom.found() == {done, fetched}


def test_what_the_service_indexes_during_a_replay_is_not_lost(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, during = serves(site, "/a", "/b")
    newsroom.ingests(first)
    newsroom.announces(during)
    newsroom.fetches(during)
    judged = rulings.judge

    def meanwhile(*arguments: Any) -> Any:
        newsroom.works()
        return judged(*arguments)

    monkeypatch.setattr(reading, "judge", meanwhile)
    newsroom.replays()

    assert newsroom.trace(during).stage == "done"
    assert newsroom.found() == {first, during}


@pytest.mark.parametrize("moment", ["begin", "write", "complete"])
def test_stopped_before_its_last_step_a_replay_has_changed_nothing(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from workers.index import elastic_successor, embedded_successor  # noqa: PLC0415 # the two that are interrupted

    url = site.serves("/short", page("Short", 3))
    newsroom.ingests(url)
    newsroom.settings = with_words(newsroom.settings, 100)

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    verb = "forget" if moment == "write" else moment
    with monkeypatch.context() as patched:
        for successor in (embedded_successor.EmbeddedSuccessor, elastic_successor.ElasticSuccessor):
            patched.setattr(successor, verb, stopped)
        with pytest.raises(KeyboardInterrupt):
            newsroom.replays()

    assert newsroom.trace(url).stage == "done"
    assert newsroom.found() == {url}
    assert dict(newsroom.replays().counts) == {"refused": 1}
    assert newsroom.found() == set()


def test_an_earlier_page_stands_when_a_later_one_is_no_article(newsroom: Newsroom, site: Site) -> None:
    (url,) = serves(site, "/a")
    newsroom.ingests(url)
    before = newsroom.article(url)
    site.serves("/a", page("Please log in", 1))
    again(newsroom, url)

    assert dict(newsroom.replays().counts) == {"same": 1}
    assert newsroom.article(url) == before


def again(newsroom: Newsroom, url: str) -> None:
    """Another page of a known article comes into the archive."""
    index = Index(newsroom.folder)
    (listed,) = index.of_article(article_id(url))
    index.close()
    old = shelf.read(newsroom.folder, listed.place)
    reply = Client(newsroom.settings.fetch).get(url, limit=10**6, accept="*/*", heads=True)
    assert reply.heads
    later = replace(old.page, body=reply.body, fetched=old.page.fetched + timedelta(hours=1))
    newsroom.archive.append(replace(old, page=later), reply.heads)


def test_a_page_that_cannot_be_read_changes_nothing_and_is_named(newsroom: Newsroom, site: Site) -> None:
    url, other = serves(site, "/a", "/b")
    newsroom.ingests(url, other)
    newsroom.archive.close()
    (path,) = newsroom.folder.glob(OURS)
    index = Index(newsroom.folder)
    place = index.of_article(article_id(url))[0].place
    index.close()
    content = bytearray(path.read_bytes())
    content[place.offset + 40] ^= 0xFF
    path.write_bytes(content)

    summary = newsroom.replays()

    assert dict(summary.counts) == {"same": 1, "failed": 1}
    assert summary.urls["failed"] == [url]
    assert newsroom.found() == {url, other}


def test_two_replays_do_not_run_at_once(newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (url,) = serves(site, "/a")
    newsroom.ingests(url)
    said: list[str] = []
    judged = rulings.judge

    def meanwhile(*arguments: Any) -> Any:
        with pytest.raises(Exception, match="another replay is running") as raised:
            newsroom.replays()
        said.append(str(raised.value))
        return judged(*arguments)

    monkeypatch.setattr(reading, "judge", meanwhile)
    newsroom.replays()

    assert len(said) == 1


def with_words(settings: Settings, words: int) -> Settings:
    return settings.model_copy(update={"extract": settings.extract.model_copy(update={"min_words": words})})
