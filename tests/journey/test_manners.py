"""No host is pressed: gap and Crawl-delay kept, robots.txt obeyed, one request at a time, read from the hosts' log."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bench import rig
from bench.manners import Request, breaches, hosts_with_known_rules, requests
from bench.report import NotMeasured
from tests.journey.service import World

GAP, CRAWL_DELAY = 1.0, 2.0
CONFIGURATION = f"""\
[fetch]
gap_seconds = {GAP}
allow_networks = ["127.0.0.0/8"]

[poll]
floor_seconds = 1
"""
HOSTS, ARTICLES = 40, 4
OPTIONS = ("--latency-ms", "50", "--disallow", "1", "--crawl-delay", str(CRAWL_DELAY))


def at(*moments: float, host: int = 0, path: str = "/story") -> list[Request]:
    return [Request(moment, host, path, 200) for moment in moments]


def test_requests_nearer_than_the_gap_are_breaches_of_it() -> None:
    found = breaches(at(0, 0.9, 2), gap=1, crawl_delay=0)
    assert [(one.first.at, one.second.at, one.wanted) for one in found] == [(0, 0.9, 1)]


def test_different_hosts_may_be_asked_at_once() -> None:
    assert breaches([*at(0, host=1), *at(0, host=2)], gap=1, crawl_delay=2) == ()


def test_a_crawl_delay_counts_from_the_moment_the_host_has_told_it() -> None:
    log = [*at(0, 1), *at(2, path="/robots.txt"), *at(3)]
    assert [one.second.at for one in breaches(log, gap=1, crawl_delay=2)] == [3]
    assert [one.second.at for one in breaches(log, gap=1, crawl_delay=2, known={0})] == [1, 2, 3]


def test_a_longer_gap_of_our_own_is_not_shortened_by_a_crawl_delay() -> None:
    assert breaches(at(0, 2.5), gap=3, crawl_delay=2, known={0})


@pytest.mark.integration
def test_forty_hosts_polled_often_and_fetched_from_meanwhile_are_never_pressed() -> None:
    try:
        with rig.world(*OPTIONS, hosts=HOSTS, articles=ARTICLES, seconds=900) as world:
            visited(world)
            log, summary = requests(world.ask("/__log.json")), world.ask("/__log.json?summary=1")
    except NotMeasured as reason:
        pytest.skip(str(reason))

    asked = Counter(one.host for one in log)
    assert len(asked) == HOSTS
    assert min(asked.values()) > 3, "a host that was hardly asked proves nothing"
    assert len(hosts_with_known_rules(log)) == HOSTS
    assert [str(one) for one in breaches(log, gap=GAP, crawl_delay=CRAWL_DELAY)] == []
    assert summary["disallowed_fetched"] == 0
    assert summary["max_inflight_per_host"] == 1
    assert summary["articles_fetched_again"] == 0


def visited(world: World) -> None:
    """Return when every article has arrived or was refused and every feed was asked again in between."""
    refused = [article for article in world.truth if not world.is_allowed(article)]
    assert refused, "the world must forbid something, or this proves nothing"
    feeds = [replace(feed, every=timedelta(seconds=5)) for feed in world.feeds()]
    with rig.service(feeds, CONFIGURATION) as service:
        service.start_workers()
        service.wait_until(lambda: service.settled(len(world.truth)))
        service.wait_until(lambda: polls(world) >= 2 * HOSTS)
        assert service.journal.status().dead == len(refused)


def polls(world: World) -> int:
    """How often feeds were asked for."""
    return sum(int(count) for count in world.ask("/__stats.json")["feed_polls"].values())
