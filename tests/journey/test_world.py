"""Feeds to search on a synthetic news web: each allowed article once, the others set aside, manners kept."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journey.service import Service, World, everything
from workers.address import canonical
from workers.archive import shelf, upkeep
from workers.archive.index import Index, Selection
from workers.settings import Archiving

pytestmark = pytest.mark.integration


def check_articles(service: Service, world: World) -> None:
    """Every allowed article exactly once in the store, every other set aside for robots.txt."""
    allowed = {article["url"] for article in world.truth if world.is_allowed(article)}
    refused = {article["url"] for article in world.truth} - allowed
    reader = service.reader()
    try:
        found = Counter(canonical(hit.url) for hit in everything(reader))
    finally:
        reader.close()
    assert refused, "the world must forbid something, or this proves nothing"
    assert set(found) == allowed
    assert set(found.values()) == {1}
    assert {canonical(letter.url): letter.reason for letter in service.journal.dead(1000)} == dict.fromkeys(
        refused, "robots"
    )


def check_archive(service: Service, world: World) -> None:
    """Whatever was killed: every file is whole, and the page of every article that arrived is in one."""
    folder = shelf.folder_of(service.settings.data)
    upkeep.tend(folder, Archiving(free_bytes=0), datetime.now(UTC))
    assert [problem for file in shelf.verify(folder) for problem in file.problems] == []
    index = Index(folder)
    kept = {canonical(page.url) for page in index.latest(Selection())}
    index.close()
    assert kept == {article["url"] for article in world.truth if world.is_allowed(article)}


def test_every_article_arrives_once_and_no_host_is_pressed(
    world: World, store: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(tmp_path / "service", world.feeds(), store[0], index=store[1])
    try:
        began = time.monotonic()
        service.start_workers()
        service.wait_until(lambda: service.settled(len(world.truth)))
        took = time.monotonic() - began
        service.wait_until(lambda: visible(service) == service.journal.status().indexed, seconds=30)

        check_articles(service, world)
        summary = world.ask("/__log.json?summary=1")
        assert summary["articles_fetched_again"] == 0
        assert summary["disallowed_fetched"] == 0
        assert summary["max_inflight_per_host"] == 1
        asked = Counter((row[1], row[2]) for row in world.ask("/__log.json")["log"] if row[2] != "/feed.xml")
        assert max(asked.values()) == 1
        with capsys.disabled():
            print(f"\n{len(world.truth)} articles in {took:.1f} s; {summary['requests']} requests")  # noqa: T201 # the figure is the point
    finally:
        service.stop()


@pytest.mark.parametrize("store", ["elasticsearch"], indirect=True)  # on the embedded store: tests/chaos
def test_killing_the_workers_loses_and_doubles_nothing(
    world: World, store: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(tmp_path / "service", world.feeds(), store[0], index=store[1])
    moments = random.Random()
    try:
        stages = []
        for _ in range(3):
            service.start_workers()
            target = service.journal.status().indexed + moments.randint(20, 110)
            service.wait_until(lambda goal=target: service.journal.status().indexed >= goal)  # type: ignore[misc] # bound now
            time.sleep(moments.random())
            service.kill_workers()
            status = service.journal.status()
            stages.append(f"{status.indexed} indexed, {status.waiting} on their way")
        service.start_workers()
        service.wait_until(lambda: service.settled(len(world.truth)))
        service.wait_until(lambda: visible(service) == service.journal.status().indexed, seconds=30)

        check_articles(service, world)
        check_archive(service, world)
        with capsys.disabled():
            print(f"\nkilled at: {'; '.join(stages)}")  # noqa: T201 # the figure is the point
    finally:
        service.stop()


def visible(service: Service) -> int:
    """How many articles a reader sees now; a store may show its latest writes a second late."""
    reader = service.reader()
    try:
        return len(everything(reader))
    finally:
        reader.close()
