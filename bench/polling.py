"""What a poll that finds nothing new costs: in one process, and in the whole service.

python -m bench.polling [--polls 3000] [--hosts 300]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bench import rig
from bench.meter import Meter
from bench.newsstand import ETAG, document, open_stand
from bench.report import Figure, NotMeasured, median, show
from tests.journey.service import Service, World
from workers.fetch.client import Client
from workers.ledger.ledger import read_memory, written
from workers.model import Feed, FeedMemory
from workers.poll.fingerprint import fingerprint
from workers.poll.verdict import judge
from workers.settings import Fetching, Polling

IN_PROCESS_MS = 1.5
IN_SERVICE_MS = 4.0
EVERY = timedelta(seconds=4)
"""How often each feed of the whole service is asked: 75 polls a second from 300 hosts, as 4,500 feeds once a minute."""
CONFIGURATION = """\
[fetch]
gap_seconds = 0
allow_networks = ["127.0.0.0/8"]

[poll]
floor_seconds = 1
"""
FEED_TYPES = "application/rss+xml, */*;q=0.5"
ROUNDS = 12
WARM_UP = 40
"""Polls before the measurement: what a memory gathers it has gathered by then."""
PATIENCE = 240.0
"""Seconds the whole service may take for its polls; what it did by then is what is measured."""


def in_process() -> tuple[Figure, ...]:
    """CPU of one unchanged poll, client side: memory from JSON, one request, judgement, memory to JSON."""
    with open_stand() as stand:
        not_modified, same_body = poller(f"{stand}/unchanged"), poller(f"{stand}/same", validators=False)
        spent: dict[str, list[float]] = {"304": [], "same body": []}
        for _ in range(ROUNDS):  # interleaved: what disturbs one disturbs the other
            spent["304"].append(milliseconds(not_modified))
            spent["same body"].append(milliseconds(same_body))
    return tuple(
        Figure(
            name=f"unchanged poll in one process, {kind}",
            value=min(values),
            unit="ms CPU",
            at_most=IN_PROCESS_MS,
            note=f"best of {ROUNDS} rounds, for a busy machine only adds; the middle one {median(values):.2f}",
        )
        for kind, values in spent.items()
    )


def poller(url: str, *, validators: bool = True) -> Callable[[], None]:
    """One poll after another of a feed that was read before, its memory kept as JSON in between."""
    client = Client(Fetching.model_validate({"allow_networks": ("127.0.0.0/8",)}))
    feed, polling = Feed(name="Gazette", url=url, source="Gazette"), Polling.model_validate({})
    read_before = FeedMemory(etag=ETAG, body_hash=fingerprint(document()), polled=datetime.now(UTC))
    kept = written(read_before)

    def poll() -> None:
        nonlocal kept
        memory = read_memory(kept)
        etag = memory.etag if validators else None
        reply = client.get(url, etag=etag, limit=10_000_000, accept=FEED_TYPES)
        verdict = judge(feed, memory, reply, now=datetime.now(UTC), polling=polling)
        if verdict is None or verdict.outcome != "unchanged":
            raise NotMeasured(f"an unchanged feed was judged {verdict and verdict.outcome!r}")
        kept = written(verdict.memory)

    for _ in range(WARM_UP):
        poll()
    return poll


def milliseconds(work: Callable[[], None], times: int = 100) -> float:
    """CPU milliseconds of this process for one call."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) * 1000 / times


def in_service(*, hosts: int = 300, polls: int = 3000) -> tuple[Figure, ...]:
    """CPU of all our processes for one unchanged poll, Valkey included, everything warmed up."""
    with rig.world("--latency-ms", "20", hosts=hosts, articles=1, seconds=900) as world:
        feeds = [replace(feed, every=EVERY) for feed in world.feeds()]
        with rig.service(feeds, CONFIGURATION) as service:
            service.start_workers()
            service.wait_until(lambda: service.settled(hosts))
            time.sleep(2 * EVERY.total_seconds())
            return measured(service, world, polls)


def measured(service: Service, world: World, polls: int) -> tuple[Figure, ...]:
    """The figures of a warm service over so many polls."""
    meter = Meter.start(rig.roots(service))
    world.ask("/__reset")
    began = time.monotonic()
    while polled(world) < polls and time.monotonic() - began < PATIENCE:
        time.sleep(0.5)
    spent, took, done = meter.spent(), time.monotonic() - began, polled(world)
    answers = world.ask("/__stats.json")["by_status"]
    if not done or set(answers) != {"feed 304"}:
        raise NotMeasured(f"not only unchanged polls: {answers}")
    each = {name: seconds * 1000 / done for name, seconds in spent.items()}
    items = ", ".join(f"{name} {ms:.2f}" for name, ms in sorted(each.items(), key=lambda pair: -pair[1]))
    return (
        Figure(
            name="unchanged poll in the whole service",
            value=sum(each.values()),
            unit="ms CPU",
            at_most=IN_SERVICE_MS,
            note=f"{items}\n{done} polls",
        ),
        Figure(
            name="polls a second meanwhile",
            value=done / took,
            note=f"{len(service.feeds) / EVERY.total_seconds():.0f} were due",
        ),
    )


def polled(world: World) -> int:
    """Polls since the log was emptied."""
    return sum(world.ask("/__stats.json")["feed_polls"].values())


def measure() -> tuple[Figure, ...]:
    """The short form."""
    return in_process() + in_service()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--polls", type=int, default=3000)
    options.add_argument("--hosts", type=int, default=300)
    wanted = options.parse_args()
    show("Unchanged polls, alone", in_process())
    show("Unchanged polls, whole service", in_service(hosts=wanted.hosts, polls=wanted.polls))


if __name__ == "__main__":
    main()
