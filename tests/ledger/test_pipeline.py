"""What the tasks make of a ledger that is real and of neighbours that misbehave."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.articles import article
from tests.ledger.conftest import Clock
from workers import batches, pipeline, turns
from workers.errors import NotYet, StoreDown, TryAgain
from workers.ledger.bodies import pack_article
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.ledger import Ledger
from workers.ledger.stories import Stories
from workers.model import Article, Entry, Feed, FeedMemory, Reply, Verdict
from workers.settings import Settings

pytestmark = pytest.mark.integration

LEASE = timedelta(seconds=30)


class FakeStore:
    """Writes all but what it chokes on."""

    def __init__(self, *, chokes_on: str = "", down: bool = False) -> None:
        self.chokes_on, self.down = chokes_on, down
        self.written: list[str] = []

    def stored(self, ids: Sequence[str]) -> dict[str, Article]:
        return {id_: article(id_) for id_ in ids if id_ in self.written}

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        if self.down:
            raise StoreDown("away")
        if self.chokes_on in [one.id for one in articles]:
            raise RuntimeError("choked")
        self.written += [one.id for one in articles]
        return tuple(Verdict(id=one.id, outcome="written") for one in articles)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, tmp_path: Path) -> None:
    for module in (pipeline, batches):
        monkeypatch.setattr(module, "ledger", lambda: ledger)
        monkeypatch.setattr(module, "settings", lambda: Settings(config=tmp_path))
    monkeypatch.setattr(batches, "stories", lambda: Stories(ledger.redis))
    monkeypatch.setattr(pipeline, "_seen", {})


def waiting_for_index(ledger: Ledger, feed: Feed, bodies: dict[str, bytes]) -> tuple[Claim, ...]:
    ledger.subscribe([feed], lambda url: url.split("/")[2])
    claim = ledger.claim("poll", feed.name, lease=LEASE)
    assert claim is not None
    entries = [(job, f"{job}.test", Entry(url=f"https://{job}.test/1")) for job in bodies]
    ledger.poll_done(claim, entries=entries, memory=FeedMemory(), outcome="new")
    for job, body in bodies.items():
        fetch = ledger.claim("fetch", job, lease=LEASE)
        assert fetch is not None
        ledger.settle(fetch, Settlement(to="index", outcome="extracted", body=body))
    return ledger.claim_many("index", limit=9, lease=LEASE)


def stages(ledger: Ledger, *jobs: str) -> list[str]:
    standing = ledger.standing(jobs)
    return [standing[job][0] for job in jobs]


def packed(job: str) -> bytes:
    return pack_article(article(job))


def test_an_article_that_cannot_be_unpacked_does_not_stop_its_batch(
    ledger: Ledger, feed: Feed, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore()
    monkeypatch.setattr(batches, "writer", lambda: store)
    claims = waiting_for_index(ledger, feed, {"a": packed("a"), "b": b"torn", "c": packed("c")})

    assert batches.indexed(claims)

    assert store.written == ["a", "c"]
    assert stages(ledger, "a", "b", "c") == ["done", "dead", "done"]
    assert ledger.revive("b") == "fetch"


def test_an_article_the_store_chokes_on_does_not_stop_its_batch(
    ledger: Ledger, feed: Feed, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore(chokes_on="b")
    monkeypatch.setattr(batches, "writer", lambda: store)
    claims = waiting_for_index(ledger, feed, {job: packed(job) for job in "abc"})

    assert batches.indexed(claims)

    assert store.written == ["a", "c"]
    assert stages(ledger, "a", "b", "c") == ["done", "dead", "done"]
    assert client.hget("nd:article:b", "detail") == b"RuntimeError: choked"


def test_a_batch_waits_for_a_store_that_is_away_and_loses_no_attempt(
    ledger: Ledger, feed: Feed, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "writer", lambda: FakeStore(down=True))
    claims = waiting_for_index(ledger, feed, {"a": packed("a")})

    assert not batches.indexed(claims)

    assert stages(ledger, "a") == ["index"]
    assert client.hget("nd:article:a", "attempts") == b"0"


def test_after_a_batch_that_took_the_process_down_each_article_is_written_alone(
    ledger: Ledger, feed: Feed, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = waiting_for_index(ledger, feed, {job: packed(job) for job in "abc"})
    for _ in range(batches.WHOLE_BATCHES):
        assert batches.parts(claims) == [claims]
        clock.passes(LEASE.total_seconds() + 1)
        claims = ledger.claim_many("index", limit=9, lease=LEASE)

    assert sorted(claim.job for (claim,) in batches.parts(claims)) == ["a", "b", "c"]


def test_an_article_that_takes_the_process_down_again_and_again_is_set_aside(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStore()
    monkeypatch.setattr(batches, "writer", lambda: store)
    claims = waiting_for_index(ledger, feed, {"a": packed("a")})
    for _ in range(Settings().ledger.attempts):
        clock.passes(LEASE.total_seconds() + 1)
        claims = ledger.claim_many("index", limit=9, lease=LEASE)

    assert batches.indexed(claims)

    assert store.written == []
    assert client.hget("nd:article:a", "reason") == b"kills-its-worker"


def test_the_index_rooms_work_is_timed_like_that_of_the_others(
    ledger: Ledger, feed: Feed, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "writer", FakeStore)
    batches.indexed(waiting_for_index(ledger, feed, {"a": packed("a")}))

    assert client.hget("nd:counts", "index:runs") == b"1"
    assert client.hexists("nd:seconds", "index")


# --- feeds.toml


def test_a_feed_that_cannot_be_asked_refuses_the_list_and_the_tick_goes_on(
    ledger: Ledger, client: redis.Redis, tmp_path: Path
) -> None:
    (tmp_path / "feeds.toml").write_text('[[feed]]\nname = "A"\nurl = "https://a..test/rss"\n')

    pipeline.follow_catalogue()

    assert client.scard("nd:feeds") == 0


def test_a_list_that_redis_could_not_take_is_offered_again(
    ledger: Ledger, client: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feeds.toml").write_text('[[feed]]\nname = "A"\nurl = "https://a.test/rss"\n')

    def away(*_: object) -> int:
        raise redis.ConnectionError("away")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "subscribe", away)
        with pytest.raises(redis.ConnectionError):
            pipeline.follow_catalogue()
    pipeline.follow_catalogue()

    assert client.smembers("nd:feeds") == {b"A"}


# --- redirects


def test_a_chain_of_slow_hosts_ends_before_the_lease_does(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    asked: list[str] = []
    moments = iter(range(0, 1000, 15))

    def slow(_claim: Claim, url: str, **_: Any) -> Reply:
        asked.append(url)
        return Reply(url=url, status=302, redirect=f"https://host{len(asked)}.test/", hops=(url,))

    monkeypatch.setattr(turns, "asked_in_turn", slow)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(moments)))
    claim = Claim(room="poll", job="A", token="t", attempts=1, fields={"host": "a.test"})

    with pytest.raises(TryAgain, match="timeout") as raised:
        turns.ask(claim, "https://a.test/rss")

    assert not isinstance(raised.value, NotYet)
    assert len(asked) < 3
