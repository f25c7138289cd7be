"""The ledger against a real Valkey, with a stopped clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from workers.errors import GiveUp, NotYet, SetAside, TryAgain
from workers.ledger import policy
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.journal import Trace
from workers.ledger.ledger import Ledger
from workers.ledger.reading import RedisJournal
from workers.model import Entry, Feed, FeedMemory
from workers.settings import Ledgering

pytestmark = pytest.mark.integration

LEASE = timedelta(seconds=30)
HOST = "gazette.test"


def host_of(url: str) -> str:
    return url.split("/")[2]


def poll(ledger: Ledger, feed: Feed) -> Claim:
    ledger.subscribe([feed], host_of)
    claim = ledger.claim("poll", feed.name, lease=LEASE)
    assert claim is not None
    return claim


def announce(ledger: Ledger, feed: Feed, *ids: str, host: str = HOST, next_poll: float = 600) -> int | None:
    claim = poll(ledger, feed)
    due = ledger.now() + timedelta(seconds=next_poll)
    entries = [(i, host, Entry(url=f"https://{host}/{i}", title=f"News {i}")) for i in ids]
    new = ledger.poll_done(claim, entries=entries, memory=FeedMemory(next_poll=due), outcome="new")
    return None if new is None else len(new)


def claimed(ledger: Ledger, room: str, job: str) -> Claim:
    claim = ledger.claim(room, job, lease=LEASE)
    assert claim is not None
    return claim


def counts(client: redis.Redis) -> dict[str, int]:
    found: Any = client.hgetall("nd:counts")
    return {name.decode(): int(value) for name, value in found.items()}


def test_a_new_feed_is_due_at_once(ledger: Ledger, feed: Feed) -> None:
    ledger.subscribe([feed], host_of)

    assert ledger.due() == [("poll", "Gazette")]


def test_a_job_sent_is_not_sent_again_until_its_message_must_be_lost(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    ledger.subscribe([feed], host_of)
    ledger.due()

    clock.passes(29)
    assert ledger.due() == []
    clock.passes(1)
    assert ledger.due() == [("poll", "Gazette")]


def test_entries_are_announced_once_whoever_announces_them(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    other = Feed(name="Courier", url="https://courier.test/rss", source="Courier")

    assert announce(ledger, feed, "a", "b") == 2
    ledger.subscribe([feed, other], host_of)
    claim = claimed(ledger, "poll", "Courier")
    entries = [(i, HOST, Entry(url=f"https://{HOST}/{i}")) for i in ("b", "c")]
    assert ledger.poll_done(claim, entries=entries, memory=FeedMemory(), outcome="new") == ("c",)

    assert claimed(ledger, "fetch", "b").feed == "Gazette"


def test_a_poll_whose_lease_was_lost_changes_nothing(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    late = poll(ledger, feed)
    clock.passes(31)
    current = claimed(ledger, "poll", feed.name)
    entries = [("a", HOST, Entry(url="https://gazette.test/a"))]

    assert ledger.poll_done(late, entries=entries, memory=FeedMemory(etag="late"), outcome="new") is None
    assert not client.exists("nd:article:a")
    assert ledger.poll_done(current, entries=entries, memory=FeedMemory(etag="now"), outcome="new") == ("a",)


def test_one_request_at_a_host_at_a_time(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b", "c")
    clock.passes(1)

    assert ledger.due() == [("fetch", "a")]
    first = claimed(ledger, "fetch", "a")
    assert ledger.claim("fetch", "b", lease=LEASE) is None
    ledger.settle(first, Settlement(to="extract", outcome="fetched", body=b"page", rest=timedelta(seconds=2)))

    clock.passes(1)
    assert ledger.claim("fetch", "b", lease=LEASE) is None
    assert all(room != "fetch" for room, _ in ledger.due())
    clock.passes(1)
    assert [room for room, _ in ledger.due()] == ["fetch"]


def test_hosts_do_not_wait_for_each_other(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b")
    announce_elsewhere = Feed(name="Courier", url="https://courier.test/rss", source="Courier")
    announce(ledger, announce_elsewhere, "x", host="courier.test")
    clock.passes(1)

    assert {job for room, job in ledger.due() if room == "fetch"} == {"a", "x"}


def test_feeds_go_before_articles_of_the_same_host(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b", next_poll=5)
    clock.passes(6)

    assert ledger.due() == [("poll", "Gazette")]


def test_a_second_delivery_of_a_message_is_turned_away(ledger: Ledger, feed: Feed) -> None:
    announce(ledger, feed, "a")
    first = claimed(ledger, "fetch", "a")

    assert ledger.claim("fetch", "a", lease=LEASE) is None
    ledger.settle(first, Settlement(to="extract", outcome="fetched", body=b"page"))
    assert ledger.claim("fetch", "a", lease=LEASE) is None


def test_a_message_for_a_later_room_that_comes_too_early_is_turned_away(ledger: Ledger, feed: Feed) -> None:
    announce(ledger, feed, "a")

    assert ledger.claim("extract", "a", lease=LEASE) is None
    assert ledger.claim("fetch", "a", lease=LEASE) is not None


def test_a_message_for_an_article_nobody_announced_is_turned_away(ledger: Ledger) -> None:
    assert ledger.claim("fetch", "unknown", lease=LEASE) is None


def test_a_lease_that_ran_out_goes_to_the_next_and_the_late_one_changes_nothing(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    announce(ledger, feed, "a")
    late = claimed(ledger, "fetch", "a")
    clock.passes(31)
    assert ("fetch", "a") in ledger.due()
    current = claimed(ledger, "fetch", "a")

    assert current.attempts == 2
    assert ledger.settle(late, Settlement(to="done", outcome="fetched", body=b"late")) == "lost"
    assert ledger.body("a") is None
    assert ledger.settle(current, Settlement(to="extract", outcome="fetched", body=b"page")) == "sent"
    assert ledger.body("a") == b"page"
    assert b"lease-ran-out" in (client.hget("nd:article:a", "log") or b"")


def test_a_wrong_token_settles_nothing(ledger: Ledger, feed: Feed) -> None:
    announce(ledger, feed, "a")
    claim = claimed(ledger, "fetch", "a")
    forged = Claim(room="fetch", job="a", token="somebody:else", attempts=1, fields=claim.fields)

    assert ledger.settle(forged, Settlement(to="dead", outcome="robots")) == "lost"
    assert ledger.settle(claim, Settlement(to="extract", outcome="fetched", body=b"page")) == "sent"


def test_the_whole_way_leaves_a_known_address_and_no_body(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    announce(ledger, feed, "a")
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    ledger.settle(claimed(ledger, "extract", "a"), Settlement(to="index", outcome="extracted", body=b"article"))
    (claim,) = ledger.claim_many("index", limit=10, lease=LEASE)
    ledger.settle(claim, Settlement(to="done", outcome="indexed", body=b"", fields={"doc": "d1"}))

    assert ledger.standing(["a"]) == {"a": ("done", "d1")}
    assert not client.exists("nd:article:a")
    assert ledger.body("a") is None
    assert counts(client)["waiting:done"] == 1
    assert (
        sum(n for name, n in counts(client).items() if name in ("waiting:fetch", "waiting:extract", "waiting:index"))
        == 0
    )
    assert not client.smembers("nd:held")
    clock.passes(3600)
    assert [job for room, job in ledger.due() if room != "poll"] == []
    assert announce(ledger, feed, "a") == 0


def test_what_is_due_for_the_index_is_claimed_together_and_once(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b", "c")
    for job in ("a", "b", "c"):
        ledger.settle(claimed(ledger, "fetch", job), Settlement(to="index", outcome="x", body=b"page"))

    assert ("index", "") not in ledger.due(batches=False)
    assert ("index", "") in ledger.due()
    batch = ledger.claim_many("index", limit=2, lease=LEASE)
    rest = ledger.claim_many("index", limit=2, lease=LEASE)
    assert sorted(c.job for c in (*batch, *rest)) == ["a", "b", "c"]
    assert ledger.claim_many("index", limit=2, lease=LEASE) == ()
    clock.passes(31)
    assert len(ledger.claim_many("index", limit=9, lease=LEASE)) == 3


def test_fetching_pauses_while_too_many_pages_wait(client: redis.Redis, clock: Clock, feed: Feed) -> None:
    ledger = Ledger(client, Ledgering(high_water=1), worker="w1", clock=clock)
    announce(ledger, feed, "a", "b", next_poll=99999)
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    clock.passes(5)

    assert ("fetch", "b") not in ledger.due()
    ledger.settle(claimed(ledger, "extract", "a"), Settlement(to="dead", outcome="too-short", body=b""))
    clock.passes(5)
    assert ("fetch", "b") in ledger.due()


def test_no_more_is_sent_than_the_queue_should_hold(client: redis.Redis, clock: Clock, feed: Feed) -> None:
    ledger = Ledger(client, Ledgering(queue_limit=1), worker="w1", clock=clock)
    announce(ledger, feed, "a", next_poll=99999)
    client.lpush("fetch", "a message", "another")
    clock.passes(1)

    assert ledger.due() == []
    client.delete("fetch")
    clock.passes(2)
    assert ledger.due() == [("fetch", "a")]


def test_an_address_on_another_host_waits_for_that_hosts_turn(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a")
    claim = claimed(ledger, "fetch", "a")
    moved = Settlement(
        to="fetch",
        outcome="moved",
        attempts="forgive",
        host="www.courier.test",
        fields={"at": "https://www.courier.test/a"},
    )
    ledger.settle(claim, moved)
    assert ledger.take_turn("www.courier.test", "robots", timedelta(seconds=9)) == timedelta()

    assert ledger.claim("fetch", "a", lease=LEASE) is None
    assert ledger.take_turn("www.courier.test", "robots", timedelta()) == timedelta()
    again = claimed(ledger, "fetch", "a")
    assert again.ask == "https://www.courier.test/a"
    assert again.attempts == 1


def test_a_turn_taken_by_another_says_how_long_to_wait(ledger: Ledger, clock: Clock) -> None:
    assert ledger.take_turn(HOST, "one", timedelta(seconds=10)) == timedelta()
    clock.passes(4)
    assert ledger.take_turn(HOST, "two", timedelta(seconds=10)) == timedelta(seconds=6)


def test_after_a_crash_nothing_waits_for_the_leases_of_the_dead(
    ledger: Ledger, feed: Feed, client: redis.Redis
) -> None:
    announce(ledger, feed, "a", "b")
    claimed(ledger, "fetch", "a")

    assert ledger.recover() == 1
    assert ledger.due() != []
    assert ledger.claim("fetch", "a", lease=LEASE) is not None


def test_after_a_crash_a_message_that_was_sent_and_lost_is_sent_again(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a")
    clock.passes(1)
    assert ledger.due() == [("fetch", "a")]
    assert ledger.due() == []

    ledger.recover()

    assert ledger.due() == [("fetch", "a")]


def test_a_feed_taken_off_the_list_is_polled_no_more_and_may_come_back(
    ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    announce(ledger, feed, "a")
    assert ledger.subscribe([], host_of) == 0
    clock.passes(99999)
    assert all(room != "poll" for room, _ in ledger.due())

    ledger.subscribe([feed], host_of)
    clock.passes(30)
    assert ("poll", "Gazette") in ledger.due()


def test_a_feed_that_moved_is_asked_at_its_new_address_without_old_validators(
    ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    claim = poll(ledger, feed)
    ledger.poll_done(
        claim,
        entries=[],
        memory=FeedMemory(etag='"1"', next_poll=datetime(2040, 1, 1, tzinfo=UTC)),
        outcome="unchanged",
    )
    moved = Feed(name="Gazette", url="https://new.gazette.test/feed", source="Gazette")
    ledger.subscribe([moved], host_of)

    now, memory = ledger.feed(claimed(ledger, "poll", "Gazette"))
    assert (now.url, memory.etag) == ("https://new.gazette.test/feed", None)


def test_a_dead_letter_keeps_its_reason_and_may_be_retried_or_dropped(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    announce(ledger, feed, "a")
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="dead", outcome="robots", detail="Disallow: /a"))

    assert client.hget("nd:article:a", "reason") == b"robots"
    assert ledger.revive("a") == "fetch"
    assert ledger.revive("a") is None
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="dead", outcome="robots"))
    assert ledger.drop("a")
    assert not ledger.drop("a")
    clock.passes(600)
    assert announce(ledger, feed, "a") == 0


# --- policy: pure


def a_claim(attempts: int = 1) -> Claim:
    return Claim(room="fetch", job="a", token="t", attempts=attempts, fields={"url": "https://gazette.test/a"})


def test_each_attempt_waits_twice_as_long_up_to_the_cap() -> None:
    rules = Ledgering(retry_seconds=10, retry_cap_seconds=60, attempts=9)
    waits = [policy.after_fate(TryAgain("busy"), a_claim(n), rules).after.total_seconds() for n in range(1, 6)]

    assert waits == [10, 20, 40, 60, 60]


def test_a_publisher_who_names_a_time_is_obeyed() -> None:
    settled = policy.after_fate(TryAgain("busy", after=timedelta(hours=2)), a_claim(), Ledgering())

    assert settled.after == timedelta(hours=2)


def test_the_last_attempt_ends_among_the_dead_letters_under_its_reason() -> None:
    settled = policy.after_fate(TryAgain("timeout", "20 s"), a_claim(5), Ledgering(attempts=5))

    assert (settled.to, settled.outcome) == ("dead", "timeout")
    assert "5 attempts" in settled.detail


def test_waiting_for_a_turn_is_no_attempt() -> None:
    settled = policy.after_fate(NotYet("robots-read", after=timedelta(seconds=1)), a_claim(99), Ledgering())

    assert (settled.to, settled.attempts) == ("fetch", "forgive")


def test_giving_up_drops_the_page_and_setting_aside_keeps_it() -> None:
    assert policy.after_fate(GiveUp("not-found"), a_claim(), Ledgering()).body == b""
    assert policy.after_fate(SetAside("extractor-crashed"), a_claim(), Ledgering()).body == b"="


def test_a_job_that_kills_its_worker_is_not_begun_for_ever() -> None:
    policy.refuse_exhausted(a_claim(5), 5)
    with pytest.raises(SetAside, match="kills-its-worker"):
        policy.refuse_exhausted(a_claim(6), 5)


# --- nothing too early, nothing for ever


def test_a_message_too_many_does_not_shorten_a_pause(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a")
    busy = TryAgain("busy", after=timedelta(hours=1))
    ledger.settle(claimed(ledger, "fetch", "a"), policy.after_fate(busy, a_claim(), Ledgering()))

    assert ledger.claim("fetch", "a", lease=LEASE) is None
    assert ledger.claim("poll", feed.name, lease=LEASE) is None
    clock.passes(3600)
    assert claimed(ledger, "fetch", "a").attempts == 2


def test_a_feed_that_is_gone_is_not_polled_by_a_message_too_many(ledger: Ledger, feed: Feed) -> None:
    ledger.poll_done(poll(ledger, feed), entries=[], memory=FeedMemory(gone=True), outcome="gone")

    assert ledger.claim("poll", feed.name, lease=LEASE) is None


def test_a_borrowed_turn_that_ends_early_lets_the_hosts_own_line_go_on(
    ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    announce(ledger, feed, "a", next_poll=99999)
    ledger.take_turn(HOST, "poll of another", timedelta(seconds=25))
    clock.passes(1)
    assert ledger.due() == []
    ledger.take_turn(HOST, "poll of another", timedelta(seconds=1))

    clock.passes(1)
    assert ledger.due() == [("fetch", "a")]


def test_a_feed_that_comes_back_at_another_address_forgets_its_validators(
    ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    memory = FeedMemory(etag='"1"', next_poll=ledger.now() + timedelta(hours=1))
    ledger.poll_done(poll(ledger, feed), entries=[], memory=memory, outcome="unchanged")
    ledger.subscribe([], host_of)

    ledger.subscribe([Feed(name=feed.name, url="https://new.gazette.test/feed", source="Gazette")], host_of)

    assert ledger.feed(claimed(ledger, "poll", feed.name))[1].etag is None


def test_a_feed_taken_off_the_list_leaves_nothing_behind_that_counts(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    failed = FeedMemory(failures=1, next_poll=ledger.now() + timedelta(seconds=60))
    ledger.poll_done(poll(ledger, feed), entries=[], memory=failed, outcome="failed")
    clock.passes(61)
    claimed(ledger, "poll", feed.name)

    ledger.subscribe([], host_of)

    assert not client.smembers("nd:failing:poll")
    assert not client.smembers("nd:held")
    assert counts(client)["waiting:poll"] == 0


def test_a_dead_letters_page_is_kept_a_week_and_no_longer(ledger: Ledger, feed: Feed, client: redis.Redis) -> None:
    announce(ledger, feed, "a")
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="extract", outcome="fetched", body=b"page"))
    ledger.settle(claimed(ledger, "extract", "a"), Settlement(to="dead", outcome="crashed"))
    assert timedelta(days=6) < timedelta(milliseconds=int(client.pttl("nd:body:a"))) <= timedelta(days=7)

    assert ledger.revive("a") == "extract"
    assert client.pttl("nd:body:a") == -1


def test_a_letter_that_is_retried_may_be_redirected_as_often_as_a_new_article(ledger: Ledger, feed: Feed) -> None:
    announce(ledger, feed, "a")
    ledger.settle(
        claimed(ledger, "fetch", "a"), Settlement(to="dead", outcome="too-many-redirects", fields={"hops": "5"})
    )
    ledger.revive("a")

    assert claimed(ledger, "fetch", "a").hops == 0


def test_a_dropped_letter_counts_no_more_for_its_feed(ledger: Ledger, feed: Feed, client: redis.Redis) -> None:
    announce(ledger, feed, "a")
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="dead", outcome="robots"))
    ledger.drop("a")

    health = journal(client).feed(feed.name)
    assert health is not None
    assert (health.waiting, health.indexed, health.dead) == (0, 0, 0)
    assert ledger.revive("a") is None
    assert [event.outcome for event in traced(client, "a").events] == ["announced", "robots", "dropped"]


def test_a_detail_may_hold_any_character(ledger: Ledger, feed: Feed, client: redis.Redis) -> None:
    announce(ledger, feed, "a")
    strange = "line\u2028separator, next\x85line, half \ud83d, null \0, tab\t, %d"
    ledger.settle(claimed(ledger, "fetch", "a"), Settlement(to="dead", outcome="robots", detail=strange))

    events = traced(client, "a").events
    assert [event.outcome for event in events] == ["announced", "robots"]
    assert "%d" in (events[-1].detail or "")


def test_a_room_that_takes_no_work_is_seen_to_stand_still(
    client: redis.Redis, ledger: Ledger, feed: Feed, clock: Clock
) -> None:
    announce(ledger, feed, "a", next_poll=99999)
    for _ in range(100):
        clock.passes(1)
        for room, job in ledger.due():
            client.lpush(room, job)
    assert standing(client, clock, "fetch") == 99
    assert standing(client, clock, "extract") is None

    assert ledger.claim("fetch", "a", lease=LEASE) is not None
    assert standing(client, clock, "fetch") is None


def test_a_poll_room_that_stands_still_does_not_hold_up_the_articles(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    announce(ledger, feed, "a", "b", "c", next_poll=1)
    fetched = set()
    for _ in range(120):
        clock.passes(1)
        for room, job in ledger.due():
            if room == "fetch":
                fetched.add(job)
                ledger.settle(claimed(ledger, room, job), Settlement(to="extract", outcome="fetched", body=b"page"))

    assert fetched == {"a", "b", "c"}
    assert ledger.claim("poll", feed.name, lease=LEASE) is not None


def journal(client: redis.Redis) -> RedisJournal:
    return RedisJournal(client, Ledgering(), identify=str)


def traced(client: redis.Redis, job: str) -> Trace:
    found = journal(client).trace(job)
    assert found is not None
    return found


def standing(client: redis.Redis, clock: Clock, room: str) -> float | None:
    """How long the journal says the room has stood still, at the stopped clock's time."""
    reader = journal(client)
    reader.now = lambda: datetime.fromtimestamp(clock.ms / 1000, UTC)  # type: ignore[method-assign] # the stopped clock
    return next(one.oldest_due_seconds for one in reader.status().rooms if one.room == room)
