"""A feed's way through the ledger: asked, read, remembered; several at one host; after a downtime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis

from tests.ledger.conftest import Clock
from workers.ledger.jobs import Claim, Settlement
from workers.ledger.journal import FeedHealth
from workers.ledger.ledger import Ledger
from workers.ledger.reading import RedisJournal
from workers.model import Entry, Feed, FeedMemory, PollRecord
from workers.settings import Ledgering

pytestmark = pytest.mark.integration

LEASE = timedelta(seconds=30)
HOST = "gazette.test"


def host_of(url: str) -> str:
    return url.split("/")[2]


def claimed(ledger: Ledger, room: str, job: str = "Gazette") -> Claim:
    claim = ledger.claim(room, job, lease=LEASE)
    assert claim is not None
    return claim


def polling(ledger: Ledger, feed: Feed) -> Claim:
    ledger.subscribe([feed], host_of)
    return claimed(ledger, "poll", feed.name)


def in_(ledger: Ledger, seconds: float) -> datetime:
    return ledger.now() + timedelta(seconds=seconds)


def health(client: redis.Redis, name: str = "Gazette") -> FeedHealth:
    found = RedisJournal(client, Ledgering(), identify=str).feed(name)
    assert found is not None
    return found


def several(count: int, host: str = "") -> list[Feed]:
    return [Feed(name=f"f{n:02}", url=f"https://{host or f'host{n}.test'}/{n}", source="S") for n in range(count)]


# --- a document on its way to be read


def test_a_document_waits_for_a_reader_and_its_host_is_free(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    claim = polling(ledger, feed)

    assert ledger.heard(claim, b"document", rest=timedelta(seconds=2)) == "sent"

    assert ledger.document("Gazette") == b"document"
    assert ledger.claim("poll", "Gazette", lease=LEASE) is None
    clock.passes(1)
    assert ledger.take_turn(HOST, "another", LEASE) > timedelta()
    clock.passes(1)
    assert ledger.take_turn(HOST, "another", LEASE) == timedelta()


def test_a_document_read_is_gone_and_its_feed_polled_again(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    ledger.heard(polling(ledger, feed), b"document", rest=timedelta())
    reading = claimed(ledger, "read")
    entries = [("a", HOST, Entry(url="https://gazette.test/a"))]

    new = ledger.poll_done(
        reading, entries=entries, marks=b"marks", memory=FeedMemory(next_poll=in_(ledger, 60)), outcome="new"
    )

    assert new == ("a",)
    assert ledger.document("Gazette") is None
    assert ledger.marks("Gazette") == b"marks"
    assert client.zcard("nd:due:read") == 0
    clock.passes(60)
    assert ("poll", "Gazette") in ledger.due()


def test_a_reader_that_dies_leaves_the_document_to_the_next(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    ledger.heard(polling(ledger, feed), b"document", rest=timedelta())
    claimed(ledger, "read")

    clock.passes(31)

    assert ("read", "Gazette") in ledger.due()
    assert claimed(ledger, "read").attempts == 2


def test_a_late_poll_hands_nothing_on(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    late = polling(ledger, feed)
    clock.passes(31)
    claimed(ledger, "poll")

    assert ledger.heard(late, b"document", rest=timedelta()) == "lost"
    assert ledger.document("Gazette") is None


def test_a_document_waits_in_the_ledger_while_the_readers_queue_is_full(
    client: redis.Redis, feed: Feed, clock: Clock
) -> None:
    ledger = Ledger(client, Ledgering(queue_limit=1), worker="w", clock=clock)
    client.lpush("extract", "a message")

    assert ledger.heard(polling(ledger, feed), b"document", rest=timedelta()) == "waits"
    assert ("read", "Gazette") not in ledger.due()
    client.delete("extract")
    assert ("read", "Gazette") in ledger.due()


def test_a_start_after_a_crash_reads_what_was_being_read(ledger: Ledger, feed: Feed) -> None:
    ledger.heard(polling(ledger, feed), b"document", rest=timedelta())
    claimed(ledger, "read")

    assert ledger.recover() == 1

    assert ("read", "Gazette") in ledger.due()


def test_a_feed_taken_off_the_list_while_its_document_waits_is_gone_whole(
    ledger: Ledger, feed: Feed, client: redis.Redis
) -> None:
    ledger.heard(polling(ledger, feed), b"document", rest=timedelta())

    ledger.subscribe([], host_of)

    assert ledger.document("Gazette") is None
    assert client.hget("nd:counts", "waiting:read") == b"0"
    assert ledger.claim("read", "Gazette", lease=LEASE) is None


def test_readers_that_stand_still_are_seen_when_only_feeds_wait(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    ledger.heard(polling(ledger, feed), b"document", rest=timedelta())
    journal = RedisJournal(client, Ledgering(), identify=str)
    journal.now = lambda: datetime.fromtimestamp(clock.ms / 1000, UTC)  # type: ignore[method-assign] # the stopped clock
    clock.passes(300)

    assert next(room.oldest_due_seconds for room in journal.status().rooms if room.room == "extract") == 300


# --- pushed by a hub


def test_what_a_hub_pushes_is_read_at_once(ledger: Ledger, feed: Feed) -> None:
    claim = polling(ledger, feed)
    ledger.poll_done(claim, memory=FeedMemory(next_poll=in_(ledger, 3600)), outcome="unchanged")

    assert ledger.deliver("Gazette", b"pushed") == "read"

    assert ("read", "Gazette") in ledger.due()
    assert ledger.document("Gazette") == b"pushed"


def test_a_push_while_the_feed_is_asked_has_it_asked_once_more(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    claim = polling(ledger, feed)

    assert ledger.deliver("Gazette", b"pushed") == "again"
    ledger.poll_done(claim, memory=FeedMemory(next_poll=in_(ledger, 3600)), outcome="unchanged")

    clock.passes(1)
    assert ("poll", "Gazette") in ledger.due()
    ledger.poll_done(claimed(ledger, "poll"), memory=FeedMemory(next_poll=in_(ledger, 3600)), outcome="unchanged")
    clock.passes(60)
    assert ledger.due() == []


def test_a_push_for_a_feed_nobody_wants_is_refused(ledger: Ledger) -> None:
    assert ledger.deliver("Gazette", b"pushed") == "off"


def test_an_operator_has_a_feed_asked_now_also_one_that_is_gone(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    assert ledger.ask("Gazette") == "off"
    ledger.poll_done(polling(ledger, feed), memory=FeedMemory(gone=True), outcome="gone")

    assert ledger.ask("Gazette") == "now"

    assert ("poll", "Gazette") in ledger.due()
    claimed(ledger, "poll")
    assert ledger.ask("Gazette") == "again"


# --- what is remembered


def test_the_latest_polls_are_kept_newest_first_with_what_was_new(
    ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis
) -> None:
    for number in range(40):
        claim = polling(ledger, feed)
        record = PollRecord(at=ledger.now(), outcome="new", status=200, entries=number, seconds=0.25, size=900)
        entries = [(f"{number}", HOST, Entry(url=f"https://gazette.test/{number}"))]
        memory = FeedMemory(next_poll=in_(ledger, 1))
        ledger.poll_done(claim, memory=memory, outcome="new", record=record, entries=entries)
        clock.passes(2)

    polls = health(client).polls
    assert [poll.entries for poll in polls] == list(range(39, 9, -1))
    assert {(poll.new, poll.status, poll.seconds, poll.size) for poll in polls} == {(1, 200, 0.25, 900)}


def test_a_memory_comes_back_as_it_was(ledger: Ledger, feed: Feed) -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    memory = FeedMemory(
        etag='W/"1"',
        failures=2,
        polled=now,
        next_poll=now,
        gap=timedelta(hours=2),
        last_new=now,
        turnover=timedelta(minutes=5),
        every=timedelta(minutes=10),
        skip_hours=(1, 2),
        errands=("sitemap https://gazette.test/1.xml",),
        seen_until=now,
        moved_since=now,
        gone=True,
    )
    ledger.poll_done(polling(ledger, feed), memory=memory, outcome="failed")
    ledger.subscribe([], host_of)
    ledger.subscribe([feed], host_of)

    assert ledger.feed(claimed(ledger, "poll"))[1] == memory


def test_a_feed_stands_in_the_line_of_the_host_it_asks_next(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    claim = polling(ledger, feed)
    memory = FeedMemory(url="https://new.test/feed", next_poll=in_(ledger, 5))
    ledger.poll_done(claim, memory=memory, outcome="unchanged", host="new.test")
    clock.passes(5)
    ledger.take_turn(HOST, "another", LEASE)

    assert ledger.due() == [("poll", "Gazette")]
    assert claimed(ledger, "poll").fields["host"] == "new.test"


def test_a_host_that_asks_for_quiet_is_seen_to(ledger: Ledger, feed: Feed, clock: Clock, client: redis.Redis) -> None:
    claim = polling(ledger, feed)
    memory = FeedMemory(polled=ledger.now(), next_poll=in_(ledger, 7200))
    ledger.poll_done(claim, memory=memory, outcome="failed", rest=timedelta(hours=2))

    assert health(client).held_until == in_(ledger, 7200)


def test_how_late_articles_were_is_counted(ledger: Ledger, client: redis.Redis) -> None:
    ledger.arrived(timedelta(seconds=seconds) for seconds in (-3, 10, 61, 100_000))

    found: Any = client.hgetall("nd:counts")
    assert found == {b"delay:30": b"2", b"delay:90": b"1", b"delay:more": b"1"}


# --- many


def test_feeds_and_articles_of_one_host_take_turns(ledger: Ledger, clock: Clock) -> None:
    feeds = several(10, host=HOST)
    ledger.subscribe(feeds, host_of)
    claim = claimed(ledger, "poll", "f00")
    entries = [(f"a{n}", HOST, Entry(url=f"https://{HOST}/a{n}")) for n in range(10)]
    second = timedelta(seconds=1)
    ledger.poll_done(claim, memory=FeedMemory(next_poll=in_(ledger, 900)), outcome="new", entries=entries, rest=second)
    rooms = []
    for _ in range(8):
        clock.passes(1)
        ((room, job),) = ledger.due()
        rooms.append(room)
        taken = claimed(ledger, room, job)
        if room == "poll":
            ledger.poll_done(taken, memory=FeedMemory(next_poll=in_(ledger, 1)), outcome="unchanged", rest=second)
        else:
            ledger.settle(taken, Settlement(to="extract", outcome="fetched", body=b"page", rest=second))

    assert rooms == ["fetch", "poll"] * 4


def test_a_fetch_room_that_stands_still_does_not_hold_up_the_feeds(ledger: Ledger, feed: Feed, clock: Clock) -> None:
    polled = 0
    ledger.subscribe([feed], host_of)
    for second in range(200):
        for room, job in ledger.due():
            if room == "poll":
                polled += 1
                claim = claimed(ledger, room, job)
                entries = [(f"a{second}", HOST, Entry(url=f"https://{HOST}/{second}"))]
                memory = FeedMemory(next_poll=in_(ledger, 10))
                ledger.poll_done(claim, memory=memory, outcome="new", entries=entries, rest=timedelta(seconds=1))
        clock.passes(1)

    assert polled >= 5


def test_many_new_feeds_become_due_one_after_the_other(ledger: Ledger, clock: Clock) -> None:
    ledger.subscribe(several(60), host_of)

    seen = [len(ledger.due())]
    for _ in range(3):
        clock.passes(1)
        seen.append(len(ledger.due()))
    assert seen == [1, 20, 20, 19]


def test_after_a_downtime_overdue_feeds_are_spread_the_longest_overdue_first(ledger: Ledger, clock: Clock) -> None:
    feeds = several(50)
    ledger.subscribe(feeds, host_of)
    clock.passes(3)
    for number, one in enumerate(feeds):
        claim = claimed(ledger, "poll", one.name)
        ledger.poll_done(claim, memory=FeedMemory(next_poll=in_(ledger, 100 - number)), outcome="unchanged")
    clock.passes(99_999)

    assert ledger.spread() == 50

    assert ledger.due() == [("poll", "f49")]
    clock.passes(1)
    assert len(ledger.due()) == 20
    clock.passes(2)
    assert len(ledger.due()) == 29


def test_the_clock_says_how_long_it_stood_still(ledger: Ledger, clock: Clock) -> None:
    assert ledger.ticked() is None
    clock.passes(90)
    assert ledger.ticked() == timedelta(seconds=90)
