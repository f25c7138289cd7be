"""What an earlier build left in Redis is brought into the present form."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from tests.ledger.test_ledger import announce, claimed, counts, traced
from workers.ledger.jobs import Settlement
from workers.ledger.ledger import Ledger
from workers.model import Feed

pytestmark = pytest.mark.integration

LEFT: dict[Any, Any] = {
    "stage": "done",
    "url": "https://gazette.test/old",
    "feed": "Gazette",
    "announced": "1799999000000",
    "last": "1799999009000",
    "said": "0a0b0c0d",
    "log": "1799999000000 poll announced Gazette\n1799999009000 index indexed \n",
}
"""A finished article as an earlier build left it; `doc` only where it was another than the id."""


@pytest.fixture
def before(ledger: Ledger, feed: Feed, client: redis.Redis) -> Ledger:
    announce(ledger, feed, "waits")
    client.hset("nd:article:old", mapping=LEFT)
    client.hset("nd:article:other", mapping={**LEFT, "doc": "d7"})
    client.hincrby("nd:counts", "waiting:done", 2)
    return ledger


def test_a_finished_article_is_put_on_the_shelf_with_its_journey(before: Ledger, client: redis.Redis) -> None:
    assert before.upgrade() == 2

    assert before.standing(["old", "other", "waits"]) == {
        "old": ("done", "old"),
        "other": ("done", "d7"),
        "waits": ("fetch", ""),
    }
    assert [event.outcome for event in traced(client, "old").events] == ["announced", "indexed"]
    assert not client.exists("nd:article:old")
    assert counts(client)["waiting:done"] == 2


def test_what_is_on_its_way_goes_on(before: Ledger) -> None:
    before.upgrade()
    claim = claimed(before, "fetch", "waits")
    assert before.settle(claim, Settlement(to="extract", outcome="fetched", body=b"page")) == "sent"


def test_it_is_done_once(before: Ledger, client: redis.Redis) -> None:
    before.upgrade()
    client.hset("nd:article:late", mapping=LEFT)
    assert before.upgrade() == 0


def test_an_article_of_before_is_known_to_its_feed(before: Ledger, feed: Feed) -> None:
    before.upgrade()
    assert before.unknown(["old", "new"]) == 1
