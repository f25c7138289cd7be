"""Archived pages read again: what changes, what stays, and that nothing is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fetch.conftest import Site
from tests.journey.newsroom import Newsroom, page, serves, with_words
from workers import keeping, pipeline
from workers.address import article_id
from workers.archive import shelf
from workers.archive.files import OURS
from workers.archive.index import Index
from workers.fetch.client import Client
from workers.index import elastic_successor, embedded_successor
from workers.replay import rulings

pytestmark = pytest.mark.integration


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

    monkeypatch.setattr("workers.replay.reading.judge", meanwhile)
    newsroom.replays()

    assert newsroom.trace(during).stage == "done"
    assert newsroom.found() == {first, during}


@pytest.mark.parametrize("moment", ["begin", "write", "complete"])
def test_stopped_before_its_last_step_a_replay_has_changed_nothing(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
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

    monkeypatch.setattr("workers.replay.reading.judge", meanwhile)
    newsroom.replays()

    assert len(said) == 1


# --- the verb, in a process of its own

EMBEDDED = pytest.mark.parametrize("store", ["embedded"], indirect=True)


@pytest.fixture
def verb(newsroom: Newsroom, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Calls `newsdesk replay` beside the newsroom."""
    (tmp_path / "config").mkdir()
    for name in ("service.toml", "feeds.toml"):
        (tmp_path / "config" / name).touch()
    ours = {
        "NEWSDESK_CONFIG": str(tmp_path / "config"),
        "NEWSDESK_DATA": str(tmp_path),
        "NEWSDESK_STORE": newsroom.settings.store.url,
        "NEWSDESK_REDIS_URL": newsroom.url,
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    command = (sys.executable, "-m", "workers.cli", "replay")

    def call(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *arguments], env={**clean, **ours}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return call


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@EMBEDDED
def test_the_verb_says_what_changed(newsroom: Newsroom, site: Site, verb: Callable[..., Any]) -> None:
    urls = serves(site, "/a", "/b")
    newsroom.ingests(*urls)

    with verb("--json") as process:
        out, error = process.communicate()

    assert process.returncode == 0, error
    assert json.loads(out)["counts"] == {"same": 2}
    assert newsroom.found() == set(urls)


@EMBEDDED
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_replay_that_is_stopped_leaves_the_old_generation_and_the_next_one_works(
    newsroom: Newsroom, site: Site, verb: Callable[..., Any], number: int, code: int
) -> None:
    urls = serves(site, *(f"/{n}" for n in range(5)))
    newsroom.ingests(*urls)
    store = Path(newsroom.settings.store.url)
    with verb() as process:
        wait_for(store / "generation-000002" / "articles.sqlite", process)
        process.send_signal(number)
        _, error = process.communicate()

    assert process.returncode == code, error
    assert newsroom.found() == set(urls)
    assert not (store / "generation").exists()
    if number == signal.SIGINT:
        assert error.strip().splitlines()[-1].endswith("stopped; the index and the ledger are as they were")
        assert not (store / "generation-000002").exists()
    newsroom.client.delete("nd:turn:newsdesk replay")  # a minute passes

    with verb() as process:
        _, error = process.communicate()
    assert process.returncode == 0, error
    assert newsroom.found() == set(urls)
    newsroom.ingests(*serves(site, "/late"))
    assert len(newsroom.found()) == len(urls) + 1
    assert sorted(path.name for path in store.glob("generation*")) == ["generation", "generation-000002"]
