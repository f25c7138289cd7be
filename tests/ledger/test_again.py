"""A known article that its feed says otherwise is read again: soon, not for ever, and never lost by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from tests.ledger.test_ledger import HOST, claimed, counts, poll
from workers.errors import GiveUp
from workers.ledger import policy
from workers.ledger.jobs import DROP_BODY, Settlement
from workers.ledger.ledger import Ledger
from workers.ledger.reading import RedisJournal
from workers.model import Entry, Feed, FeedMemory

pytestmark = pytest.mark.integration

ENTRY = Entry(url=f"https://{HOST}/a", title="Bridge closed")
CHANGED = replace(ENTRY, title="Bridge open")


def lists(ledger: Ledger, feed: Feed, entry: Entry, **rest: Any) -> None:
    memory = FeedMemory(next_poll=ledger.now())
    ledger.poll_done(poll(ledger, feed), entries=[("a", HOST, entry)], memory=memory, outcome="new", **rest)


def indexed(ledger: Ledger) -> None:
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    read = Settlement(to="index", outcome="extracted", body=b"article", fields={"doc": "a"})
    ledger.settle(claimed(ledger, "extract", "a"), read)
    (claim,) = ledger.claim_many("index", limit=9, lease=timedelta(seconds=30))
    ledger.settle(claim, Settlement(to="done", outcome="indexed", body=DROP_BODY))


def field(client: redis.Redis, name: str) -> str:
    found: Any = client.hget("nd:article:a", name)
    return found.decode() if found else ""


def stage(ledger: Ledger) -> str:
    return ledger.standing(["a"])["a"][0]


@pytest.fixture
def known(ledger: Ledger, feed: Feed) -> Ledger:
    lists(ledger, feed, ENTRY)
    indexed(ledger)
    return ledger


def test_another_headline_has_the_article_read_again_in_ten_minutes(
    known: Ledger, feed: Feed, client: redis.Redis, clock: Clock
) -> None:
    lists(known, feed, CHANGED)
    assert (field(client, "stage"), int(field(client, "due")) - clock.ms) == ("fetch", 600_000)
    assert known.claim("fetch", "a", lease=timedelta(seconds=30)) is None
    clock.passes(600)
    claim = claimed(known, "fetch", "a")
    assert (claim.entry, claim.fields["again"]) == (CHANGED, "1")
    assert counts(client)["waiting:done"] == 0
    assert counts(client)["poll:changed"] == 1


def test_the_same_entry_again_changes_nothing(known: Ledger, feed: Feed, client: redis.Redis) -> None:
    lists(known, feed, replace(ENTRY, summary="Other words", tags=("bridge",)))
    assert stage(known) == "done"


def test_another_feeds_words_for_it_change_nothing(known: Ledger, feed: Feed, client: redis.Redis) -> None:
    other = Feed(name="Courier", url="https://courier.test/rss", source="Courier")
    lists(known, other, CHANGED)
    assert stage(known) == "done"


def test_where_a_feed_dates_all_anew_nothing_is_read_again(known: Ledger, feed: Feed, client: redis.Redis) -> None:
    lists(known, feed, CHANGED, restamped=True)
    assert stage(known) == "done"
    lists(known, feed, replace(CHANGED, title="Bridge open again"))
    assert field(client, "stage") == "fetch"


def test_each_reading_after_a_change_waits_twice_as_long_and_the_ninth_never_comes(
    known: Ledger, feed: Feed, client: redis.Redis, clock: Clock
) -> None:
    waits = []
    for number in range(9):
        lists(known, feed, replace(ENTRY, title=f"Minute {number}"))
        if stage(known) == "done":
            break
        waits.append((int(field(client, "due")) - clock.ms) // 60_000)
        clock.passes(waits[-1] * 60)
        indexed(known)
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280]


@pytest.mark.parametrize("room", ["fetch", "extract"])
def test_an_article_in_the_index_stays_there_when_its_page_is_gone(
    known: Ledger, feed: Feed, client: redis.Redis, clock: Clock, room: str
) -> None:
    lists(known, feed, CHANGED)
    clock.passes(600)
    claim = claimed(known, "fetch", "a")
    if room == "extract":
        known.settle(claim, Settlement(to="extract", outcome="fetched", body=b"page"))
        claim = claimed(known, "extract", "a")
    known.settle(claim, policy.after_fate(GiveUp("gone", "status 410"), claim, known.rules))
    trace = RedisJournal(client, known.rules, identify=str).trace("a")
    assert trace is not None
    assert (trace.stage, trace.events[-1].outcome) == ("done", "gone")
    assert trace.events[-1].detail == "status 410; it stays as it was read before"
    assert client.zcard("nd:dead") == 0
    assert client.exists("nd:body:a") == 0
    assert counts(client)["waiting:done"] == 1


def test_a_change_while_the_article_is_on_its_way_has_it_read_once_more(
    ledger: Ledger, feed: Feed, client: redis.Redis, clock: Clock
) -> None:
    lists(ledger, feed, ENTRY)
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    lists(ledger, feed, CHANGED)
    assert field(client, "stage") == "extract"
    ledger.settle(
        claimed(ledger, "extract", "a"),
        Settlement(to="index", outcome="extracted", body=b"article", fields={"doc": "a"}),
    )
    (claim,) = ledger.claim_many("index", limit=9, lease=timedelta(seconds=30))
    ledger.settle(claim, Settlement(to="done", outcome="indexed", body=DROP_BODY))
    assert (field(client, "stage"), int(field(client, "due")) - clock.ms) == ("fetch", 600_000)
    clock.passes(600)
    assert claimed(ledger, "fetch", "a").entry == CHANGED
    assert field(client, "later") == ""


def test_a_dead_letter_that_its_feed_says_otherwise_is_tried_again(
    ledger: Ledger, feed: Feed, client: redis.Redis, clock: Clock
) -> None:
    lists(ledger, feed, ENTRY)
    claim = claimed(ledger, "fetch", "a")
    ledger.settle(claim, policy.after_fate(GiveUp("gone", "status 404"), claim, ledger.rules))
    lists(ledger, feed, CHANGED)
    assert (field(client, "stage"), client.zcard("nd:dead")) == ("fetch", 0)
    clock.passes(600)
    claim = claimed(ledger, "fetch", "a")
    ledger.settle(claim, policy.after_fate(GiveUp("gone", "status 404"), claim, ledger.rules))
    assert (field(client, "stage"), client.zcard("nd:dead")) == ("dead", 1)


def test_what_an_operator_dropped_stays_dropped(ledger: Ledger, feed: Feed, client: redis.Redis) -> None:
    lists(ledger, feed, ENTRY)
    claim = claimed(ledger, "fetch", "a")
    ledger.settle(claim, policy.after_fate(GiveUp("gone"), claim, ledger.rules))
    ledger.drop("a")
    lists(ledger, feed, CHANGED)
    assert field(client, "stage") == "dropped"
