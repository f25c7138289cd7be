"""Thousands of feeds through the whole service at its default pace: how soon articles are known, with what manners.

python -m bench.world [--hosts 5000] [--minutes 10] [--articles 1] [--rate PER_SECOND]
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import redis

from bench import rig
from bench.manners import Breach, Request, breaches, hosts_with_known_rules, requests, share_not_modified
from bench.meter import Meter
from bench.report import Figure, median, out, share_below, show
from tests.journey.service import Service, World
from workers.ledger.reading import RedisJournal
from workers.settings import ROOMS

GAP, CRAWL_DELAY = 1.0, 2.0
"""Seconds between two requests: the service's default, and what every host of the world asks for."""
CONFIGURATION = f"""\
[fetch]
gap_seconds = {GAP}
allow_networks = ["127.0.0.0/8"]
"""
"""All else is the default: that is what is measured."""
RATE = 0.833 / 5000
"""Articles a second of one host: 14 a day. Few hosts publish more, so that there is something to time."""
SLOWEST_RATE = 0.5
START = 900
"""Seconds the first round over all hosts may take; then it is measured all the same, and the note says so."""
QUEUES = (*ROOMS, "beat")
ASKING = {"rss": "RSS, asks for 5 min", "atom": "Atom, asks for nothing"}
"""The world's RSS carries a ttl, its Atom does not; only at the service's own pace does that matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen of the service, the log of every request included."""

    warm_up: tuple[Request, ...]
    log: tuple[Request, ...]
    summaries: tuple[Mapping[str, Any], ...]
    """The world's own counts, of the warm-up and of the measured time."""
    delays: Mapping[str, tuple[float, ...]]
    """Seconds from published to announced by kind of feed, infinite where it was not announced."""
    minutes: float
    queues: Mapping[str, int]
    """The longest each queue was."""
    waiting: int
    """Articles on their way when the measurement began."""
    cpu: Mapping[str, float]
    memory: Mapping[str, float]

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """Requests too near to each other, in both logs."""
        known = hosts_with_known_rules(self.warm_up)
        return tuple(
            found
            for log, knew in ((self.warm_up, frozenset[int]()), (self.log, known))
            for found in breaches(log, gap=GAP, crawl_delay=CRAWL_DELAY, known=knew)
        )

    def total(self, name: str) -> int:
        """One of the world's counts over both times."""
        return sum(int(summary[name]) for summary in self.summaries)


def watch(*, hosts: int, minutes: float, articles: int, rate: float, every: float) -> Watched:
    """Run the service on a world of so many hosts, warm it up, and watch it for so many minutes."""
    options = ("--latency-ms", "50", "--disallow", "1", "--crawl-delay", str(CRAWL_DELAY), "--publish-rate", str(rate))
    seconds = int(START + minutes * 60 + 900)
    interval = timedelta(seconds=every) if every else None
    with rig.world(*options, hosts=hosts, articles=articles, seconds=seconds) as world:
        feeds = [replace(feed, every=interval) for feed in world.feeds()]
        with rig.service(feeds, CONFIGURATION) as service:
            service.start_workers()
            warm_up(service, world, hosts)
            return watched(service, world, minutes)


def warm_up(service: Service, world: World, hosts: int) -> None:
    """Return when every feed was asked and what they announced has nearly all arrived."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        time.sleep(5)
        asked = sum(world.ask("/__stats.json")["feed_polls"].values())
        status = service.journal.status()
        out.print(f"warming up: {asked} polls, {status.indexed} indexed, {status.waiting} on their way", style="dim")
        if asked >= hosts and status.waiting <= hosts / 100:
            return


def watched(service: Service, world: World, minutes: float) -> Watched:
    """What happens in the next minutes."""
    before_log, before = world.ask("/__log.json"), world.ask("/__log.json?summary=1")
    world.ask("/__reset")
    published = {host["i"]: host["articles"] for host in world.ask("/__hosts.json")}
    began, waiting = time.time(), service.journal.status().waiting
    meter = Meter.start({**rig.roots(service), "the world itself": world.process.pid})
    queues = longest_queues(service.client, minutes * 60)
    spent, ended = meter.spent(), time.time()
    after_log, after = world.ask("/__log.json"), world.ask("/__log.json?summary=1")
    return Watched(
        warm_up=requests(before_log),
        log=requests(after_log),
        summaries=(before, after),
        delays={
            kind: delays(service.journal, articles)
            for kind, articles in news(world, published, began, ended - (ended - began) / 3).items()
        },
        minutes=(ended - began) / 60,
        queues=queues,
        waiting=waiting,
        cpu=spent,
        memory=meter.memory(),
    )


def longest_queues(client: redis.Redis, seconds: float) -> dict[str, int]:
    """Look at the queues until the time is up; the longest each one was."""
    longest = dict.fromkeys(QUEUES, 0)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with client.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.llen(queue)
            for queue, length in zip(QUEUES, pipe.execute(), strict=True):
                longest[queue] = max(longest[queue], length)
        time.sleep(min(2.0, max(0.0, deadline - time.monotonic())))
    return longest


def news(world: World, before: Mapping[int, int], since: float, until: float) -> dict[str, list[tuple[str, float]]]:
    """(address, when) of each article published between two moments, as the world itself tells it; by kind of feed."""
    found: dict[str, list[tuple[str, float]]] = {}
    for host in world.ask("/__hosts.json"):
        if host["articles"] > before[host["i"]]:
            told = world.ask(f"/__truth.json?host={host['i']}")["articles"]
            dated = ((one["url"], datetime.fromisoformat(one["date"]).timestamp()) for one in told)
            found.setdefault(host["kind"], []).extend((url, at) for url, at in dated if since <= at <= until)
    return found


def delays(journal: RedisJournal, articles: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Seconds from each article's date until the ledger had it announced."""
    found = ((journal.trace(url), published) for url, published in articles)
    return tuple(trace.announced.timestamp() - published if trace else math.inf for trace, published in found)


def figures(seen: Watched) -> tuple[Figure, ...]:
    """The figures and the promises they are held against."""
    polls = sum(one.path == "/feed.xml" for one in seen.log)
    seconds = seen.minutes * 60
    ours = {name: spent for name, spent in seen.cpu.items() if name != "the world itself"}
    return (
        *lateness(seen.delays),
        Figure(name="polls a second", value=polls / seconds, note=f"{polls} in {seen.minutes:.1f} min"),
        Figure(name="polls answered 304", value=100 * share_not_modified(seen.log), unit="%"),
        *manners(seen),
        Figure(
            name="CPU of the service",
            value=sum(ours.values()) / seconds,
            unit="cores",
            note=f"{listed(seen.cpu)} (s)",
        ),
        Figure(name="memory of the service", value=sum(map(seen.memory.__getitem__, ours)), unit="MB"),
        Figure(
            name="longest queue",
            value=max(seen.queues.values()),
            note=f"{listed(seen.queues)}; {seen.waiting} articles on their way at the start",
        ),
    )


def lateness(delays: Mapping[str, tuple[float, ...]]) -> Iterator[Figure]:
    """How late articles were announced; those not announced at all count as the latest."""
    groups = {"all feeds": tuple(chain.from_iterable(delays.values()))}
    groups |= {ASKING[kind]: delays[kind] for kind in sorted(delays)}
    for name, late in groups.items():
        announced = f"{sum(map(math.isfinite, late))} of {len(late)} announced"
        yield Figure(name=f"published to announced ({name}), median", value=median(late), unit="s", note=announced)
        yield Figure(name=f"published to announced ({name}), 90 %", value=share_below(late, 0.9), unit="s")


def manners(seen: Watched) -> tuple[Figure, ...]:
    """What no host may suffer; the warm-up counts too."""
    found = seen.breaches
    return (
        Figure(
            name="requests too soon after the last",
            value=len(found),
            at_most=0,
            note="\n".join([f"of {len(seen.warm_up) + len(seen.log)}, warm-up included", *map(str, found[:5])]),
        ),
        Figure(name="pages fetched that robots.txt forbids", value=seen.total("disallowed_fetched"), at_most=0),
        Figure(
            name="most requests in flight at one host",
            value=max(int(summary["max_inflight_per_host"]) for summary in seen.summaries),
            at_most=1,
        ),
        Figure(name="pages fetched twice", value=seen.total("articles_fetched_again"), at_most=0),
    )


def listed(values: Mapping[str, float]) -> str:
    """Values by name, the largest first."""
    ordered = sorted(values.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{name} {value:.0f}" for name, value in ordered)


def measure(
    hosts: int = 200, minutes: float = 2, articles: int = 1, rate: float = 0, every: float = 60
) -> tuple[Figure, ...]:
    """The short form by default; a rate of 0 is the usual one, an interval of 0 the service's own pace."""
    rate = rate or max(SLOWEST_RATE, RATE * hosts)
    return figures(watch(hosts=hosts, minutes=minutes, articles=articles, rate=rate, every=every))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hosts", type=int, default=5000)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--articles", type=int, default=1, help="of each host at the start")
    options.add_argument("--rate", type=float, default=0, help="new articles a second, all hosts together")
    options.add_argument("--every", type=float, default=0, help="seconds between two polls, as an operator sets them")
    wanted = options.parse_args()
    title = f"{wanted.hosts} feeds, {wanted.minutes:g} min, whole service"
    show(title, measure(wanted.hosts, wanted.minutes, wanted.articles, wanted.rate, wanted.every))


if __name__ == "__main__":
    main()
