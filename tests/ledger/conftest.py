from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.valkey import Valkey
from workers.ledger.ledger import Ledger, connect
from workers.model import Feed
from workers.settings import Ledgering


class Clock:
    """A stopped clock, in milliseconds."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms

    def passes(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    client = connect(valkey.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(client: redis.Redis, clock: Clock) -> Ledger:
    return Ledger(client, Ledgering(), worker="w1", clock=clock)


@pytest.fixture
def feed() -> Feed:
    return Feed(name="Gazette", url="https://gazette.test/feed.xml", source="Gazette")


@pytest.fixture
def folder() -> Path:
    return Path(__file__).parent
