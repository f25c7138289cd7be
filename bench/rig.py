"""The whole service for a measurement: the tests' own harness, under settings of the measurement's choice."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.report import NotMeasured
from bench.shared import needed
from tests.journey.service import Service, World
from workers.desk import up
from workers.model import Feed
from workers.settings import load


@contextlib.contextmanager
def service(feeds: Iterable[Feed], configuration: str) -> Iterator[Service]:
    """Valkey and an embedded store in a folder that goes away; workers run once `start_workers` is called.

    `configuration` is the whole service.toml; what it leaves out has the service's defaults.
    """
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        made = Service(folder / "service", feeds, str(folder / "store"))
        (made.folder / "config" / "service.toml").write_text(configuration, encoding="utf-8")
        made.settings = load(made.environment)
        try:
            yield made
        finally:
            made.stop()


@contextlib.contextmanager
def world(*options: str, hosts: int, articles: int, seconds: int) -> Iterator[World]:
    """The synthetic news web, for `seconds` at most. Raises NotMeasured when it is not there."""
    needed("world", "world.py")
    made = World(*options, hosts=hosts, articles=articles, seconds=seconds)
    try:
        yield made
    finally:
        made.stop()


def roots(running: Service) -> dict[str, int]:
    """The process ids of all that a running service is made of, by name."""
    names = [program.name for program in up.workers(running.settings) if program.name != "web"]
    if len(names) != len(running.processes):
        raise NotMeasured(f"{len(running.processes)} processes run of {len(names)}")
    ids = dict(zip(names, (process.pid for process in running.processes), strict=True))
    return {**ids, "valkey": running.valkey.process.pid}


def alive(running: Service) -> bool:
    """Whether every process of the service still runs."""
    return all(process.poll() is None for process in running.processes)
