"""Addresses of one's own machine announced and redirected to, through the whole service."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench import rig
from bench.doors import OUTSIDE, Canary, addresses, canary, redirects, site
from bench.poison import listing
from bench.report import Figure, NotMeasured
from tests.fetch.conftest import Site
from tests.fetch.test_client import LOOPBACK
from tests.journey.service import Service
from workers.ledger.ledger import Ledger
from workers.model import Feed

PATIENCE = 240.0
CONFIGURATION = """\
[fetch]
gap_seconds = 0
deadline_seconds = 3
connect_seconds = 2
allow_networks = ["{outside}/32"]
ports = [80, 443, {port}]

[poll]
floor_seconds = 1

[ledger]
resend_seconds = 5
retry_seconds = 60
"""
"""A failed attempt is not repeated within the measurement: one is enough to see where it goes."""


def measure() -> tuple[Figure, ...]:
    """Connections to the canary after every address was tried: as an article, behind one, and behind a feed."""
    with canary() as bird, site() as outside:
        around = redirects(outside, bird.port)
        listed = Feed(name="list", url=listing(outside, [*addresses(bird.port), *around]), source="list")
        behind = [Feed(name=f"behind {number}", url=url, source="x") for number, url in enumerate(around)]
        return tried(bird, outside, [listed, *behind])


def tried(bird: Canary, outside: Site, feeds: Sequence[Feed]) -> tuple[Figure, ...]:
    """Run the service on these feeds until each was polled and each article attempted once."""
    with rig.service(feeds, CONFIGURATION.format(outside=OUTSIDE, port=bird.port)) as service:
        service.start_workers()
        deadline = time.monotonic() + PATIENCE
        while (left := untried(service)) != 0:
            if time.monotonic() > deadline:
                raise NotMeasured(f"{left} addresses were not tried within {PATIENCE:g} s")
            time.sleep(0.5)
        announced = len(known_articles(service))
        if announced < len(LOOPBACK):
            raise NotMeasured(f"only {announced} articles were announced")
        return (
            Figure(
                name="through the service: connections to the canary",
                value=bird.hits,
                at_most=0,
                note=f"{announced} articles and {len(feeds) - 1} feeds; {len(outside.asked)} requests to the site",
            ),
        )


def untried(service: Service) -> int:
    """Feeds not polled yet, and articles announced and not attempted; -1 before the list was read."""
    polled = [health.memory.polled is not None for health in service.journal.feeds()]
    articles = known_articles(service)
    if not articles or not polled:
        return -1
    return polled.count(False) + sum(not attempted(service, job) for job in articles)


def known_articles(service: Service) -> list[str]:
    """The ids of all articles in the ledger."""
    on_their_way = [key.decode().removeprefix("nd:article:") for key in service.client.scan_iter("nd:article:*")]
    return on_their_way + [job for job, _ in Ledger(service.client, service.settings.ledger).finished()]


def attempted(service: Service, job: str) -> bool:
    """Whether anything happened to an article after it was announced."""
    trace = service.journal.trace(job)
    return trace is not None and (trace.stage == "done" or len(trace.events) > 1)
