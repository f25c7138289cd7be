"""A few requests, made politely."""

from __future__ import annotations

import pytest

from tests.cli.web import Web
from tests.fetch.conftest import Site, loopback
from workers.cli.scout import Scout, Spent
from workers.errors import GiveUp, TryAgain
from workers.fetch.client import Client
from workers.settings import Fetching


class Clock:
    """Stands still until somebody waits."""

    def __init__(self) -> None:
        self.now, self.waits = 100.0, list[float]()

    def read(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds


def scout(web: Web, clock: Clock, *, budget: int = 9, **settings: float) -> Scout:
    rules = Fetching.model_validate({"gap_seconds": 2.0, **settings})
    return Scout(rules, web, budget=budget, pause=clock.wait, clock=clock.read)


def test_a_host_rests_between_two_requests_and_another_need_not_wait() -> None:
    web, clock = Web(), Clock()
    asking = scout(web, clock)

    for url in ("https://a.test/1", "https://b.test/1", "https://a.test/2"):
        asking.ask(url)

    assert clock.waits == [2.0]


def test_the_rest_is_as_long_as_robots_txt_asks_up_to_the_cap() -> None:
    web, clock = Web(), Clock()
    web.serves("https://a.test/robots.txt", "User-agent: *\nCrawl-delay: 9", "text/plain")
    web.serves("https://b.test/robots.txt", "User-agent: *\nCrawl-delay: 900", "text/plain")
    asking = scout(web, clock)

    for host in ("a", "b"):
        asking.robots(f"https://{host}.test/")
        asking.ask(f"https://{host}.test/1")
        asking.ask(f"https://{host}.test/2")

    assert clock.waits == [2.0, 9.0, 2.0, 30.0]


def test_no_more_is_asked_than_allowed_redirects_and_robots_txt_included() -> None:
    web = Web()
    web.redirects("https://a.test/", "https://b.test/")
    asking = scout(web, Clock(), budget=3)

    asking.robots("https://a.test/")
    reply = asking.ask("https://a.test/")
    with pytest.raises(Spent):
        asking.ask("https://c.test/")

    assert reply.hops == ("https://a.test/",)
    assert reply.permanent
    assert web.asked == ["https://a.test/robots.txt", "https://a.test/", "https://b.test/"]


def test_redirects_without_an_end_are_given_up() -> None:
    web = Web()
    for here, there in (("a", "b"), ("b", "a")):
        web.redirects(f"https://{here}.test/", f"https://{there}.test/")

    with pytest.raises(GiveUp, match="too-many-redirects"):
        scout(web, Clock(), budget=20).ask("https://a.test/")


def test_robots_txt_is_asked_for_once_and_a_host_that_fails_to_say_its_rules_allows_nothing() -> None:
    web = Web()
    web.fails("https://a.test/robots.txt", TryAgain("timeout"))
    asking = scout(web, Clock())

    assert not asking.permission("https://a.test/x").allowed
    assert not asking.permission("https://a.test/y").allowed
    assert asking.permission("https://b.test/").allowed
    assert web.asked == ["https://a.test/robots.txt", "https://b.test/robots.txt"]


@pytest.mark.integration
def test_a_real_server_is_asked_as_the_service_asks_it() -> None:
    site = Site()
    try:
        target = site.serves("/new.xml", b"<rss/>", ETag='"1"')
        old = site.redirects("/old.xml", target, 301)
        asking = Scout(loopback(gap_seconds=0.01), Client(loopback()), budget=3)

        first = asking.ask(old)
        asking.ask(old, etag=first.headers["etag"])
    finally:
        site.close()

    assert (first.status, first.url, first.hops, first.permanent) == (200, target, (old,), True)
    assert 0 < first.seconds < 60
    assert site.asked[-1][1]["if-none-match"] == '"1"'
