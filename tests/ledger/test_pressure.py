"""What gives way before something is full, and a clock that goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from tests.ledger.test_ledger import LEASE, announce, claimed, journal
from workers import pipeline
from workers.errors import NotYet, TryAgain
from workers.ledger import policy
from workers.ledger.jobs import Settlement
from workers.ledger.ledger import Ledger
from workers.ledger.pressure import Hold, Memory, held
from workers.model import Feed

MB = 1_000_000
ROOMY, FULL = Memory(used=10 * MB, limit=100 * MB), Memory(used=90 * MB, limit=100 * MB)


def test_a_full_redis_holds_polling_and_fetching() -> None:
    hold = held(FULL, "", Hold())
    assert hold.poll == hold.fetch == "Redis has used 90% of the 100 MB it may have"


def test_a_redis_without_a_limit_is_never_full() -> None:
    assert held(Memory(used=90 * MB, limit=0), "", Hold()) == Hold()


def test_what_is_held_goes_on_when_there_is_room_again_and_not_at_the_same_mark() -> None:
    between = Memory(used=80 * MB, limit=100 * MB)
    assert held(between, "", Hold()) == Hold()
    assert held(between, "", Hold(poll="full", fetch="full")).poll
    assert held(ROOMY, "", Hold(poll="full", fetch="full")) == Hold()


def test_a_full_archive_holds_pages_and_not_feeds() -> None:
    assert held(ROOMY, "/archive: No space left", Hold()) == Hold(
        fetch="the archive takes no pages: /archive: No space left"
    )


@pytest.mark.integration
@pytest.mark.parametrize(("hold", "sent"), [(Hold(), {"poll", "fetch"}), (Hold(fetch="x"), {"poll"})])
def test_what_is_held_is_not_sent(ledger: Ledger, feed: Feed, clock: Clock, hold: Hold, sent: set[str]) -> None:
    other = Feed(name="Other", url="https://other.test/rss", source="Other")
    announce(ledger, feed, "a", next_poll=99999)
    ledger.subscribe([feed, other], lambda url: url.split("/")[2])
    clock.passes(5)
    ledger.hold(hold)
    assert {room for room, _ in ledger.due()} == sent


@pytest.mark.integration
def test_a_full_redis_sends_neither_and_says_why(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(ledger, feed, "a")
    monkeypatch.setattr(pipeline, "ledger", lambda: ledger)
    used: Any = client.info("memory")
    client.config_set("maxmemory", used["used_memory"])
    try:
        clock.passes(5)
        with pytest.raises(redis.OutOfMemoryError):
            client.set("anything", "x" * 1000)
        pipeline.hold_what_is_full()

        assert ledger.due() == []
        assert "Redis has used 1" in (journal(client).status().paused or "")
        assert journal(client).counts()["paused"] == 1
    finally:
        client.config_set("maxmemory", 0)
    pipeline.hold_what_is_full()
    assert journal(client).status().paused is None
    assert not journal(client).counts().get("paused")
    clock.passes(5)
    assert ledger.due()


@pytest.mark.integration
def test_an_archive_that_refuses_holds_fetching_until_it_is_worth_a_trial(
    ledger: Ledger, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "ledger", lambda: ledger)
    ledger.archive_refuses("/archive: No space left", timedelta(seconds=30))
    pipeline.hold_what_is_full()
    assert journal(client).status().paused == (
        "the archive takes no pages: /archive: No space left; fetching goes on when there is room"
    )
    client.delete("nd:trouble:archive")
    pipeline.hold_what_is_full()
    assert journal(client).status().paused is None


@pytest.mark.integration
def test_a_clock_that_goes_back_an_hour_delays_nothing_by_an_hour(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b", "c", next_poll=600)
    claim = claimed(ledger, "fetch", "a")
    ledger.settle(claim, policy.after_fate(TryAgain("timeout"), claim, ledger.rules, rest=timedelta(seconds=2)))
    clock.passes(10)
    held_by_the_dead = ledger.claim("fetch", "b", lease=LEASE)
    assert held_by_the_dead
    clock.passes(-3600)

    assert ledger.turned_back(timedelta(hours=1)) == 4
    clock.passes(LEASE.total_seconds())
    assert [room for room, _ in ledger.due()] == ["fetch"]
    clock.passes(600)
    jobs = set()
    for _ in range(20):
        clock.passes(3)
        for room, job in ledger.due():
            jobs.add((room, job))
            if room == "fetch" and (one := ledger.claim("fetch", job, lease=LEASE)):
                ledger.settle(one, Settlement(to="dead", outcome="robots"))
    assert jobs == {("poll", feed.name), ("fetch", "a"), ("fetch", "b"), ("fetch", "c")}


@pytest.mark.integration
def test_what_waits_for_the_index_is_not_forgotten_when_the_clock_goes_back(
    ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    announce(ledger, feed, "a", next_poll=99999)
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="index", outcome="extracted", body=b"article"))
    (claim,) = ledger.claim_many("index", limit=9, lease=LEASE)
    wait = NotYet("store-down", "", after=timedelta(seconds=10))
    ledger.settle(claim, policy.after_fate(wait, claim, ledger.rules))
    clock.passes(-3600)
    assert ledger.claim_many("index", limit=9, lease=LEASE) == ()
    ledger.turned_back(timedelta(hours=1))
    clock.passes(10)
    assert [claim.job for claim in ledger.claim_many("index", limit=9, lease=LEASE)] == ["a"]
