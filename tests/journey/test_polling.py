"""Feeds asked over real HTTP and remembered in a real ledger, step by step, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded

from tests.fetch.conftest import Site, loopback
from tests.ledger.conftest import Clock
from tests.poll.hub_server import Door, Hub
from tests.valkey import Valkey
from workers import celery, connections, hubs, keeping, pipeline, turns
from workers.address import article_id
from workers.fetch.client import Client
from workers.ledger.bodies import unpack_page
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.journal import FeedHealth
from workers.ledger.ledger import Ledger, connect
from workers.ledger.reading import RedisJournal
from workers.model import Feed, ParsedFeed
from workers.poll import parse
from workers.settings import Ledgering, Polling, Settings

pytestmark = pytest.mark.integration


class Desk:
    """The poll room alone: what is due is done at once, in this process."""

    def __init__(self, client: redis.Redis, clock: Clock, settings: Settings) -> None:
        self.client, self.clock, self.settings = client, clock, settings
        self.messages: list[tuple[str, str]] = []
        self.ledger = Ledger(client, settings.ledger, worker="desk", clock=clock)

    def subscribe(self, *feeds: Feed) -> None:
        self.ledger.subscribe(feeds, lambda url: url.split("/")[2].partition(":")[0])

    def works(self, seconds: float, *, step: float = 1.0, fetching: bool = True) -> None:
        """Let time pass, doing what becomes due; articles are set aside, or with `fetching` False left alone."""
        for _ in range(int(seconds / step)):
            self.messages += self.ledger.due(batches=False)
            while self.messages:
                room, job = self.messages.pop()
                if room == "poll":
                    pipeline.poll_feed(job)
                elif room == "read":
                    pipeline.read_feed(job)
                elif fetching and (claim := self.ledger.claim(room, job, lease=timedelta(seconds=30))):
                    self.ledger.settle(claim, Settlement(to="dead", outcome="not-asked"))
            self.clock.passes(step)

    def is_reached_at(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hubs may push to this address."""
        changed = self.settings.model_copy(update={"poll": Polling(floor_seconds=60, public_url=url)})
        for module in (pipeline, turns, hubs, connections):
            monkeypatch.setattr(module, "settings", lambda: changed)

    def health(self, name: str = "Gazette") -> FeedHealth:
        found = RedisJournal(self.client, Ledgering(), identify=article_id).feed(name)
        assert found is not None
        return found

    def announced(self) -> set[str]:
        keys: Any = self.client.keys("nd:article:*")
        urls: Any = [self.client.hget(key, "url") for key in keys]
        return {url.decode() for url in urls}


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    opened.serves("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    yield opened
    opened.close()


@pytest.fixture
def desk(valkey: Valkey, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    client = connect(valkey.url)
    client.flushall()
    settings = Settings(fetch=loopback(gap_seconds=1), poll=Polling(floor_seconds=60))
    desk = Desk(client, clock, settings)
    monkeypatch.setattr(Claim, "now", property(lambda claim: claim.at))
    door = Client(settings.fetch)
    for module in (pipeline, turns, hubs, connections):
        monkeypatch.setattr(module, "ledger", lambda: desk.ledger)
        monkeypatch.setattr(module, "settings", lambda: settings)
        monkeypatch.setattr(module, "client", lambda: door)
    monkeypatch.setattr(keeping, "archive", lambda: None)
    monkeypatch.setattr(pipeline, "send", lambda *message: desk.messages.append(message))
    monkeypatch.setattr(celery, "send", lambda *message: desk.messages.append(message))
    monkeypatch.setattr(celery, "send_due", lambda **_: None)
    yield desk
    client.close()


def rss(*paths: str, site: Site, title: str = "The Gazette", clock: Clock) -> bytes:
    now = datetime.fromtimestamp(clock.ms / 1000, UTC)
    items = "".join(
        f"<item><title>News {path}</title><link>{site.url(path)}</link>"
        f"<pubDate>{format_datetime(now - timedelta(hours=hours))}</pubDate></item>"
        for hours, path in enumerate(paths, 1)
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>".encode()


def gazette(site: Site, path: str = "/feed") -> Feed:
    return Feed(name="Gazette", url=site.url(path), source="Gazette")


def polls(site: Site, path: str = "/feed") -> list[dict[str, str]]:
    return [headers for asked, headers in site.asked if asked == path]


def test_robots_txt_is_read_before_a_feed_is_asked_and_its_delay_kept(desk: Desk, site: Site, clock: Clock) -> None:
    site.serves("/robots.txt", b"User-agent: *\nCrawl-delay: 20\n")
    site.serves("/feed", rss("/a", site=site, clock=clock))
    desk.subscribe(gazette(site))

    desk.works(15)
    assert site.paths() == ["/robots.txt"]
    desk.works(10)
    assert site.paths() == ["/robots.txt", "/feed"]


def test_validators_go_back_as_they_came_and_a_304_is_enough(desk: Desk, site: Site, clock: Clock) -> None:
    tag, changed = 'W/"a-gzip;x"', "Tue, 24 Nov 2026 21:18:00 GMT"
    site.serves("/feed", rss("/a", site=site, clock=clock), ETag=tag, Last_Modified=changed)
    desk.subscribe(gazette(site))
    desk.works(5)
    site.serves("/feed", b"", 304, ETag='"renewed"')
    desk.works(200)

    first, second, third, *_ = polls(site)
    assert "if-none-match" not in first
    assert (second["if-none-match"], second["if-modified-since"]) == (tag, changed)
    assert third["if-none-match"] == '"renewed"'
    assert {"cookie", "referer"}.isdisjoint(second)
    assert [poll.outcome for poll in desk.health().polls][-1] == "new"
    assert {poll.status for poll in desk.health().polls[:-1]} == {304}


def test_the_same_document_again_is_not_read_again(desk: Desk, site: Site, clock: Clock) -> None:
    body = rss("/a", site=site, clock=clock)
    site.serves("/feed", body)
    desk.subscribe(gazette(site))
    desk.works(5)
    site.serves("/feed", body.replace(b"<title>", b"<lastBuildDate>now</lastBuildDate><title>", 1))
    desk.works(200)

    runs: Any = desk.client.hget("nd:counts", "poll:unchanged")
    assert int(runs) == len(polls(site)) - 1
    assert desk.client.zcard("nd:due:read") == 0


def test_only_what_is_new_in_a_document_is_announced(desk: Desk, site: Site, clock: Clock) -> None:
    site.serves("/feed", rss("/a", "/b", site=site, clock=clock))
    desk.subscribe(gazette(site))
    desk.works(5)
    site.serves("/feed", rss("/c", "/a", "/b", site=site, clock=clock))
    desk.works(100)

    assert desk.announced() == {site.url(path) for path in ("/a", "/b", "/c")}
    assert [poll.new for poll in desk.health().polls if poll.outcome == "new"] == [1, 2]


def test_a_sitemap_index_leads_to_its_sitemaps_one_a_turn(desk: Desk, site: Site, clock: Clock) -> None:
    now = datetime.fromtimestamp(clock.ms / 1000, UTC).isoformat()
    index = "".join(f"<sitemap><loc>{site.url(f'/s{n}.xml')}</loc><lastmod>{now}</lastmod></sitemap>" for n in range(2))
    site.serves("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>".encode())
    for n in range(2):
        listed = f"<url><loc>{site.url(f'/a{n}')}</loc><lastmod>{now}</lastmod></url>"
        old = f"<url><loc>{site.url(f'/old{n}')}</loc><lastmod>2020-01-01</lastmod></url>"
        site.serves(f"/s{n}.xml", f"<urlset>{listed}{old}</urlset>".encode())
    desk.subscribe(gazette(site, "/sitemap.xml"))
    desk.works(20)

    assert desk.announced() == {site.url("/a0"), site.url("/a1")}
    assert site.paths() == ["/robots.txt", "/sitemap.xml", "/s0.xml", "/s1.xml"]
    assert desk.health().memory.errands == ()


def test_an_address_in_an_index_that_cannot_be_asked_stops_nothing(desk: Desk, site: Site, clock: Clock) -> None:
    now = datetime.fromtimestamp(clock.ms / 1000, UTC).isoformat()
    bad, good = "http://bad..host/s.xml", site.url("/s.xml")
    index = "".join(f"<sitemap><loc>{url}</loc><lastmod>{now}</lastmod></sitemap>" for url in (bad, good, bad + "2"))
    site.serves("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>".encode())
    site.serves("/s.xml", f"<urlset><url><loc>{site.url('/a')}</loc><lastmod>{now}</lastmod></url></urlset>".encode())
    desk.subscribe(gazette(site, "/sitemap.xml"))
    desk.works(10)

    assert desk.announced() == {site.url("/a")}
    assert desk.health().memory.errands == ()


def test_a_feed_that_left_its_address_is_found_on_its_site(desk: Desk, site: Site, clock: Clock) -> None:
    site.serves("/feed", rss("/a", site=site, clock=clock))
    desk.subscribe(gazette(site))
    desk.works(5)
    site.serves("/feed", b"gone", 404)
    site.serves("/", b'<html><head><link rel="alternate" type="application/rss+xml" href="/new.xml"></head></html>')
    site.serves("/new.xml", rss("/b", "/a", site=site, clock=clock))
    desk.works(1200)

    assert desk.announced() == {site.url("/a"), site.url("/b")}
    assert desk.health().memory.url == site.url("/new.xml")
    assert len(polls(site)) == 4  # one that worked, three 404s


def test_another_sites_feed_is_only_suggested(desk: Desk, site: Site, clock: Clock) -> None:
    other = Site("127.0.0.2")
    try:
        other.serves("/feed", rss("/z", site=other, title="Another", clock=clock))
        site.serves("/", f'<link rel="alternate" type="application/rss+xml" href="{other.url("/feed")}">'.encode())
        desk.subscribe(gazette(site))
        desk.works(1500)
    finally:
        other.close()

    assert desk.health().memory.url is None
    assert desk.health().memory.found == other.url("/feed")
    assert desk.announced() == set()


def test_a_host_that_asks_for_quiet_has_it_from_all_its_feeds(desk: Desk, site: Site, clock: Clock) -> None:
    site.serves("/one", b"busy", 429, Retry_After="7200")
    site.serves("/two", rss("/a", site=site, clock=clock))
    desk.subscribe(gazette(site, "/one"), replace(gazette(site, "/two"), name="Courier"))
    desk.works(3600)

    assert site.paths() in (["/robots.txt", "/one"], ["/robots.txt", "/two", "/one"])
    held = desk.health().held_until
    assert held is not None
    assert held - desk.ledger.now() > timedelta(minutes=55)


def test_a_feed_that_is_gone_is_asked_no_more(desk: Desk, site: Site) -> None:
    site.serves("/feed", b"gone", 410)
    desk.subscribe(gazette(site))
    desk.works(4000, step=5)

    assert len(polls(site)) == 1
    assert desk.health().memory.gone


def test_a_document_that_is_no_feed_is_a_failure_with_its_reason(desk: Desk, site: Site) -> None:
    site.serves("/feed", b"<html><body>Welcome</body></html>")
    desk.subscribe(gazette(site))
    desk.works(10)

    (poll,) = desk.health().polls
    assert (poll.outcome, poll.status) == ("failed", 200)
    assert "HTML page" in (poll.detail or "")
    assert "1st failure" in (desk.health().memory.next_reason or "")


def test_what_a_publisher_reserves_goes_with_the_page(desk: Desk, site: Site, clock: Clock) -> None:
    site.serves("/robots.txt", b"User-agent: *\nAllow: /\nContent-Signal: search=yes, ai-train=no\n")
    site.serves("/feed", rss("/a", site=site, clock=clock))
    site.serves("/a", b"<html><body>News</body></html>", X_Robots_Tag="noai")
    desk.subscribe(gazette(site))
    desk.works(3, fetching=False)
    job = article_id(site.url("/a"))

    clock.passes(60)
    pipeline.fetch_article(job)

    packed = desk.ledger.body(job)
    assert packed is not None
    assert unpack_page(packed).reserved == ("noai (x-robots-tag)", "ai-train=no (robots.txt)")


def test_a_document_that_takes_too_long_fails_its_feed_and_no_other(
    desk: Desk, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.serves("/one", b"<rss>slow</rss>")
    site.serves("/two", rss("/a", site=site, clock=clock))
    quick = parse.parse

    def stopped(body: bytes, *arguments: Any, **options: Any) -> ParsedFeed:
        if b"slow" in body:
            raise SoftTimeLimitExceeded
        return quick(body, *arguments, **options)

    monkeypatch.setattr(parse, "parse", stopped)
    desk.subscribe(gazette(site, "/one"), replace(gazette(site, "/two"), name="Courier"))
    desk.works(10)

    assert "too-slow" in (desk.health().polls[0].detail or "")
    assert desk.announced() == {site.url("/a")}


def test_a_document_that_takes_its_reader_down_twice_is_given_up_and_its_feed_asked_again(
    desk: Desk, site: Site, clock: Clock
) -> None:
    site.serves("/feed", rss("/a", site=site, clock=clock))
    desk.subscribe(gazette(site))
    for _ in range(60):
        for room, job in desk.ledger.due(batches=False):
            if room == "poll":
                pipeline.poll_feed(job)
            elif desk.client.hget("nd:feed:Gazette", "attempts") == b"2":
                pipeline.read_feed(job)
            else:
                desk.ledger.claim(room, job, lease=timedelta(seconds=10))  # and the child is gone
        clock.passes(5)
        if desk.health().polls:
            break

    (poll,) = desk.health().polls
    assert (poll.outcome, desk.health().memory.failures) == ("failed", 1)
    assert "kills-its-worker" in (poll.detail or "")
    assert desk.health().memory.next_poll is not None


def test_a_hub_is_asked_to_push_and_what_it_brings_is_announced_at_once(
    desk: Desk, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, door = Hub(), Door(hubs.door(), limit=1_000_000)
    try:
        desk.is_reached_at(door.url, monkeypatch)
        links = f'<{hub.url}>; rel="hub", <{site.url("/feed")}>; rel="self"'
        site.serves("/feed", rss("/a", site=site, clock=clock), Link=links)
        desk.subscribe(gazette(site))
        desk.works(5)
        assert [asked["hub.topic"] for asked in hub.wanted] == [site.url("/feed")]
        hub.verifies()
        asked = len(polls(site))

        assert hub.publishes(rss("/b", site=site, clock=clock)) == [202]
        desk.works(1)

        assert desk.announced() == {site.url("/a"), site.url("/b")}
        assert len(polls(site)) == asked, "nothing was asked for it"
        assert desk.health().push_until is not None
        desk.works(900, step=5)
        assert "hub pushes" in (desk.health().memory.next_reason or "")

        desk.subscribe()
        assert hub.publishes(rss("/c", site=site, clock=clock)) == [410]
        assert hubs.subscription("Gazette") is None
    finally:
        hub.close()
        door.close()
