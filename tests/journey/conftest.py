from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive.disks import SmallDisk
from tests.fetch.conftest import Site, loopback
from tests.journey.newsroom import Newsroom
from tests.journey.service import SHARED_WORLD, World
from tests.ledger.conftest import Clock
from tests.valkey import Valkey
from workers import batches, celery, connections, keeping, pipeline, turns
from workers.fetch.client import Client
from workers.ledger.ledger import connect
from workers.ledger.stories import Stories
from workers.settings import Polling, Settings, Store


@pytest.fixture(params=["embedded", "elasticsearch"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """A store's address and an index name of its own."""
    name = f"t{secrets.token_hex(4)}"
    if request.param == "embedded":
        return str(tmp_path / "store"), name
    return f"elasticsearch+{request.getfixturevalue('elasticsearch_url')}", name


@pytest.fixture
def world() -> Iterator[World]:
    """20 hosts with 20 articles each; every fifth host forbids a section that its feed announces."""
    if not SHARED_WORLD.exists():
        pytest.skip("shared/world not present")
    world = World("--latency-ms", "30", "--disallow", "1", hosts=20, articles=20)
    yield world
    world.stop()


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    opened.serves("/robots.txt", b"User-agent: *\nAllow: /\n")
    yield opened
    opened.close()


@pytest.fixture
def disk() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def newsroom(
    valkey: Valkey, store: tuple[str, str], tmp_path: Path, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Newsroom]:
    client = connect(valkey.url)
    client.flushall()
    address, name = store
    settings = Settings(
        fetch=loopback(gap_seconds=0),
        poll=Polling(floor_seconds=60),
        store=Store(url=address, index=name),
        data=tmp_path,
    )
    made = Newsroom(valkey.url, client, Clock(), settings, disk)
    door = Client(settings.fetch)
    for module in (pipeline, batches, turns, keeping, connections):
        monkeypatch.setattr(module, "ledger", lambda: made.ledger, raising=False)
        monkeypatch.setattr(module, "settings", lambda: settings, raising=False)
        monkeypatch.setattr(module, "client", lambda: door, raising=False)
    monkeypatch.setattr(keeping, "archive", lambda: made.archive)
    monkeypatch.setattr(batches, "writer", lambda: made.writer)
    monkeypatch.setattr(batches, "stories", lambda: Stories(made.ledger.redis))
    monkeypatch.setattr(celery, "send", lambda *_: None)
    monkeypatch.setattr(celery, "send_due", lambda **_: None)
    yield made
    made.close()
    client.close()
