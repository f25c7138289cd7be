"""`python -m bench.soak`: the service at steady work for half an hour, and whether its memory stays where it is.

Of each worker's tree the memory that is its own or its share (PSS); of Redis what each kind of key takes in the end.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench.meter import tree_megabytes
from bench.report import Figure, out, show
from chaos.web import Stream
from tests.journey.service import Service

HOSTS, MINUTES, PER_SECOND, EVERY = 60, 30.0, 4.0, 15
WARM_UP = 1 / 3
"""Of the time: until then children are forked, caches filled, the first children replaced."""
SAMPLE_SECONDS = 10.0
STORIES = ("nd:near", "nd:stories", "nd:moved")
"""Keys that are kept for a week: what articles are compared by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look."""

    minutes: float
    megabytes: Mapping[str, float]
    """By worker."""
    finished: int


def soaked(service: Service, minutes: float) -> Iterator[Sample]:
    """Look every ten seconds until the time is up."""
    began = time.monotonic()
    names = [program.name for program in service.programs()]
    while (spent := time.monotonic() - began) < minutes * 60:
        roots = dict(zip(names, (process.pid for process in service.processes), strict=False))
        yield Sample(
            minutes=spent / 60,
            megabytes={name: tree_megabytes(pid) for name, pid in roots.items()},
            finished=service.journal.status().indexed,
        )
        time.sleep(SAMPLE_SECONDS)


def slope(samples: Sequence[Sample]) -> float:
    """MB a minute of all workers together (least squares)."""
    minutes = [sample.minutes for sample in samples]
    return statistics.linear_regression(minutes, [sum(sample.megabytes.values()) for sample in samples]).slope


def bytes_by_kind(client: redis.Redis) -> dict[str, int]:
    """What Redis holds, by the beginning of the keys' names."""
    found: dict[str, int] = defaultdict(int)
    keys = list(client.scan_iter(count=1000))
    for first in range(0, len(keys), 1000):
        some = keys[first : first + 1000]
        with client.pipeline(transaction=False) as pipe:
            for key in some:
                pipe.memory_usage(key, samples=0)
            sizes: list[Any] = pipe.execute()
        for key, size in zip(some, sizes, strict=True):
            kind = ":".join(key.decode("latin-1").split(":")[:2])
            found[kind] += size or 0
    return dict(found)


def figures(samples: Sequence[Sample], kinds: Mapping[str, int], announced: int) -> Iterator[Figure]:
    """What was measured, beside what is promised."""
    end = samples[-1]
    steady = [sample for sample in samples if sample.minutes >= WARM_UP * end.minutes]
    of_each = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in end.megabytes.items())
    first = sum(steady[0].megabytes.values())
    yield Figure(name="articles finished", value=end.finished, note=f"of {announced:,} announced until then")
    yield Figure(
        name="memory of the workers, change a minute after warm-up",
        value=slope(steady),
        unit="MB",
        at_most=1,
        note=f"{first:.0f} MB at {steady[0].minutes:.0f} min, {sum(end.megabytes.values()):.0f} MB at "
        f"{end.minutes:.0f} min: {of_each}",
    )
    stories = sum(kinds.get(kind, 0) for kind in STORIES)
    ours = {kind: size for kind, size in kinds.items() if kind.startswith("nd:")}
    most = sorted(ours.items(), key=lambda kind: -kind[1])[:6]
    yield Figure(
        name="Redis an article that is finished",
        value=(ours.get("nd:done", 0) + ours.get("nd:article", 0)) / end.finished,
        unit="B",
        at_most=300,
    )
    yield Figure(name="Redis an article for a week, for its story", value=stories / end.finished, unit="B")
    yield Figure(
        name="Redis, all that is the ledger's",
        value=sum(ours.values()) / 1e6,
        unit="MB",
        note=", ".join(f"{kind} {size / 1e6:.2f} MB" for kind, size in most),
    )


def main() -> None:
    """Print the figures; exit 1 when one does not hold."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=MINUTES)
    asked.add_argument("--hosts", type=int, default=HOSTS)
    asked.add_argument("--per-second", type=float, default=PER_SECOND, help="articles published")
    options = asked.parse_args()
    web = Stream(options.hosts, options.per_second)
    with tempfile.TemporaryDirectory(prefix="newsdesk-soak-") as folder:
        service = Service(Path(folder) / "service", web.feeds(), str(Path(folder) / "store"), every=EVERY)
        try:
            service.start_workers()
            samples = []
            for sample in soaked(service, options.minutes):
                samples.append(sample)
                if len(samples) % 6 == 1:
                    held = sum(sample.megabytes.values())
                    out.print(f"{sample.minutes:4.0f} min  {held:5.0f} MB  {sample.finished:,} finished")
            found = show("soak", figures(samples, bytes_by_kind(service.client), web.announced))
        finally:
            service.stop()
            web.close()
    if any(figure.verdict == "MISS" for figure in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
