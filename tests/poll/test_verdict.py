"""What one poll means, from what was known and what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.errors import Fate, GiveUp, NotYet, SetAside, TryAgain
from workers.model import Entry, Feed, FeedMemory, ParsedFeed, Reply
from workers.poll.fingerprint import fingerprint
from workers.poll.marks import marked, unmarked
from workers.poll.remember import MOVED_FOR, MOVED_TIMES, PollVerdict
from workers.poll.verdict import QUIET, address, judge, judge_document, judge_hub, news, with_hub
from workers.settings import Polling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLLING = Polling(every_seconds=600, floor_seconds=60, cap_seconds=86_400)
FEED = Feed(name="gazette", url="https://news.example/feed", source="Gazette")
STORY, OTHER = (Entry(url=f"https://news.example/{number}", title=f"Story {number}") for number in (1, 2))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

KNOWN = FeedMemory(
    etag='"v1"',
    last_modified="Mon",
    body_hash=fingerprint(b"<rss/>"),
    title="The Gazette",
    gap=DAY,
    last_new=NOW - DAY,
    polled=NOW - 10 * MINUTE,
    next_poll=NOW,
)
"""A feed with an article a day, asked every 10 minutes."""


def reply(status: int = 200, body: bytes = b"<rss>new</rss>", url: str = FEED.url, **more: Any) -> Reply:
    return Reply(url=url, status=status, body=body, **more)


def hear(heard: Reply | Fate, before: FeedMemory = KNOWN, *, feed: Feed = FEED, now: datetime = NOW) -> PollVerdict:
    """The verdict on what was heard; it must not ask for a reading."""
    verdict = judge(feed, before, heard, now=now, polling=POLLING)
    assert verdict is not None, "its document is to be read"
    return verdict


def read(
    *entries: Entry,
    before: FeedMemory = KNOWN,
    heard: Reply | None = None,
    marks: bytes = b"",
    new: int | None = None,
    feed: Feed = FEED,
    now: datetime = NOW,
    **document: Any,
) -> PollVerdict:
    """The verdict on a document with these entries, all of them new to every feed unless it is said how many."""
    heard = heard or reply(body=str(entries).encode())
    assert heard.pushed or judge(feed, before, heard, now=now, polling=POLLING) is None, "there is nothing to read"
    parsed = ParsedFeed(**{"kind": "rss20", "title": "The Gazette", "entries": entries, **document})
    changed = unmarked(entries, marks)
    return judge_document(
        feed,
        before,
        heard,
        parsed,
        entries=changed,
        new=len(changed) if new is None else new,
        marks=marks,
        now=now,
        polling=POLLING,
    )


def assert_next(verdict: PollVerdict, wait: timedelta, now: datetime = NOW) -> None:
    assert verdict.memory.next_poll is not None
    assert wait <= verdict.memory.next_poll - now <= wait * 1.1 + timedelta(microseconds=1), verdict.memory.next_reason


# --- a document


def test_a_document_announces_its_entries_and_is_remembered() -> None:
    heard = reply(headers={"etag": '"v2"', "last-modified": "Tue"}, seconds=0.25)
    dated = [replace(STORY, url=f"https://news.example/{n}", published=NOW - 6 * HOUR * n) for n in range(1, 5)]
    verdict = read(*dated, before=replace(KNOWN, failures=4), heard=heard, problems=("It limps.",))
    assert (verdict.entries, verdict.outcome, verdict.detail) == (tuple(dated), "new", "It limps.")
    assert verdict.marks == marked(dated)
    memory = verdict.memory
    assert (memory.etag, memory.last_modified, memory.body_hash) == ('"v2"', "Tue", fingerprint(heard.body))
    assert (memory.failures, memory.polled, memory.title, memory.listed) == (0, NOW, "The Gazette", 4)
    assert (memory.gap, memory.last_new) == (6 * HOUR, NOW)
    assert memory.next_reason == "an article every 6 h: asked every 5 min"
    assert_next(verdict, 5 * MINUTE)
    record = verdict.record
    assert record is not None
    assert (record.at, record.outcome, record.status) == (NOW, "new", 200)
    assert (record.entries, record.new, record.seconds, record.size) == (4, 4, 0.25, len(heard.body))


def test_entries_that_every_feed_knows_are_handed_on_only_where_they_changed() -> None:
    edited = replace(STORY, title="Story 1, corrected")
    verdict = read(edited, OTHER, marks=marked([STORY, OTHER]), new=0)
    assert (verdict.outcome, verdict.entries, verdict.marks) == ("unchanged", (edited,), marked([edited, OTHER]))
    assert verdict.memory.last_new == KNOWN.last_new


def test_a_document_without_validators_leaves_none_of_the_one_before() -> None:
    memory = read(STORY).memory
    assert (memory.etag, memory.last_modified) == (None, None)


def test_a_readable_document_without_entries_is_empty_and_no_failure() -> None:
    verdict = read(before=replace(KNOWN, failures=2))
    assert (verdict.outcome, verdict.memory.failures, verdict.marks) == ("empty", 0, b"")


def test_a_document_that_is_no_feed_is_a_failure_and_its_validators_are_not_kept() -> None:
    blocked = "This is no feed: it looks like an HTML page."
    verdict = read(kind="", problems=(blocked,), heard=reply(headers={"etag": '"block"'}))
    assert (verdict.outcome, verdict.detail, verdict.marks) == ("failed", blocked, None)
    memory = verdict.memory
    assert (memory.etag, memory.body_hash, memory.failures) == (KNOWN.etag, KNOWN.body_hash, 1)
    assert_next(verdict, 10 * MINUTE)


def test_what_a_document_asks_for_is_kept_for_the_polls_that_bring_none() -> None:
    wishful = read(STORY, every=45 * MINUTE, every_where="ttl", skip_hours=(3,), skip_days=(6,))
    assert_next(wishful, 45 * MINUTE)
    assert (wishful.memory.skip_hours, wishful.memory.skip_days) == ((3,), (6,))
    later = hear(reply(304, b""), wishful.memory)
    assert_next(later, 45 * MINUTE)
    assert later.memory.next_reason == "the publisher asked for 45 min (ttl)"
    assert read(OTHER, before=wishful.memory).memory.every is None


def test_a_documents_wish_does_not_count_where_an_operator_chose_the_interval() -> None:
    assert_next(read(STORY, every=45 * MINUTE, every_where="ttl", feed=replace(FEED, every=5 * MINUTE)), 5 * MINUTE)


def test_a_document_that_is_replaced_between_two_polls_is_asked_sooner() -> None:
    old = tuple(replace(STORY, url=f"https://news.example/old/{n}") for n in range(10))
    young = tuple(replace(STORY, url=f"https://news.example/new/{n}") for n in range(10))
    before = replace(KNOWN, listed=10, polled=NOW - 10 * MINUTE)
    verdict = read(*young, before=before, marks=marked(old))
    assert verdict.memory.turnover == 5 * MINUTE
    assert_next(verdict, 5 * MINUTE)
    calm = read(*young[1:], OTHER, before=verdict.memory, marks=verdict.marks or b"")
    assert calm.memory.turnover is None


def test_a_hub_that_a_document_announces_is_remembered_and_forgotten_with_it() -> None:
    told = read(STORY, hub="https://hub.example/", topic="https://news.example/topic").memory
    assert (told.hub, told.topic) == ("https://hub.example/", "https://news.example/topic")
    assert read(OTHER, before=told).memory.hub is None


# --- nothing new


def test_an_answer_of_not_modified_changes_nothing_and_needs_no_reading() -> None:
    verdict = hear(reply(304, b"", seconds=0.1), replace(KNOWN, failures=2))
    assert (verdict.entries, verdict.outcome, verdict.marks, verdict.detail) == ((), "unchanged", None, None)
    assert replace(verdict.memory, next_poll=NOW, next_reason=None) == replace(KNOWN, polled=NOW)
    assert_next(verdict, 10 * MINUTE)


def test_validators_that_come_with_not_modified_are_kept() -> None:
    memory = hear(reply(304, b"", headers={"etag": '"v2"'})).memory
    assert (memory.etag, memory.last_modified) == ('"v2"', "Mon")


def test_the_same_body_needs_no_reading_but_its_new_validators_are_kept() -> None:
    verdict = hear(reply(body=b"<rss/>", headers={"etag": '"v2"'}))
    assert (verdict.outcome, verdict.memory.body_hash) == ("unchanged", KNOWN.body_hash)
    assert (verdict.memory.etag, verdict.memory.last_modified) == ('"v2"', None)


def test_a_new_body_is_to_be_read() -> None:
    assert judge(FEED, KNOWN, reply(), now=NOW, polling=POLLING) is None
    assert judge(FEED, FeedMemory(), reply(), now=NOW, polling=POLLING) is None


def test_cache_headers_count_on_an_unchanged_answer_too() -> None:
    verdict = hear(reply(304, b"", headers={"cache-control": "max-age=1800"}))
    assert verdict.memory.next_reason == "the publisher asked for 30 min (max-age)"
    assert_next(verdict, 30 * MINUTE)


def test_not_our_turn_is_no_poll() -> None:
    before = replace(KNOWN, failures=2)
    verdict = hear(NotYet("turn", after=timedelta(seconds=90)), before)
    assert (verdict.outcome, verdict.memory.next_poll, verdict.record) == ("waiting", NOW + 1.5 * MINUTE, None)
    assert verdict.detail == "waiting: turn"
    assert replace(verdict.memory, next_poll=before.next_poll, next_reason=None) == before
    assert hear(NotYet("turn")).memory.next_poll == NOW + MINUTE


# --- failures


@pytest.mark.parametrize("status", [301, 400, 403, 429, 500, 503])
def test_no_failure_ever_removes_a_feed(status: int) -> None:
    memory = KNOWN
    for failures in range(1, 200):
        verdict = hear(reply(status), memory)
        memory = verdict.memory
        assert (verdict.outcome, memory.failures, memory.gone) == ("failed", failures, False)
        assert_next(verdict, min(10 * MINUTE * failures, DAY))
    assert (memory.etag, memory.body_hash) == (KNOWN.etag, KNOWN.body_hash)


@pytest.mark.parametrize(
    "fate", [TryAgain("timeout", "20 s"), GiveUp("refused-address", "10.0.0.1"), SetAside("killed", "45 s")]
)
def test_a_request_that_came_to_nothing_is_one_more_failure(fate: Fate) -> None:
    verdict = hear(fate, replace(KNOWN, failures=2))
    assert (verdict.outcome, verdict.detail) == ("failed", f"{fate.reason}: {fate.detail}")
    assert verdict.memory.next_reason == f"3rd failure in a row: {fate.reason}: {fate.detail}; again in 30 min"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["7200", "Tue, 24 Nov 2026 14:00:00 GMT"])
def test_a_host_that_asks_for_quiet_gets_it_for_all_its_feeds_and_pages(status: int, value: str) -> None:
    verdict = hear(reply(status, headers={"retry-after": value}))
    assert verdict.rest == 2 * HOUR
    assert_next(verdict, 2 * HOUR)
    assert (
        verdict.memory.next_reason
        == f"1st failure in a row: status {status}; the publisher asked for 2 h (Retry-After)"
    )


def test_quiet_is_asked_for_up_to_the_cap() -> None:
    verdict = hear(reply(429, headers={"retry-after": "31710000"}))
    assert verdict.rest == DAY
    assert_next(verdict, DAY)


def test_a_retry_after_of_another_status_is_of_this_feed_alone() -> None:
    verdict = hear(reply(500, headers={"retry-after": "7200"}))
    assert verdict.rest is None
    assert_next(verdict, 2 * HOUR)
    assert hear(reply(429)).rest == QUIET
    assert hear(reply(503)).rest is None
    assert_next(hear(TryAgain("busy", after=2 * HOUR)), 2 * HOUR)


@pytest.mark.parametrize("heard", [reply(410), GiveUp("gone", "status 410")])
def test_a_feed_that_says_gone_is_never_asked_again(heard: Reply | Fate) -> None:
    verdict = hear(heard)
    assert (verdict.outcome, verdict.memory.gone, verdict.memory.next_poll) == ("gone", True, None)
    assert "not polled until an operator asks" in (verdict.memory.next_reason or "")


def test_gone_said_by_where_a_redirect_led_is_only_a_failure() -> None:
    verdict = hear(reply(410, url="https://elsewhere.example/feed", hops=(FEED.url,)))
    assert (verdict.outcome, verdict.memory.gone) == ("failed", False)
    assert verdict.detail == "status 410 from https://elsewhere.example/feed"


@pytest.mark.parametrize("heard", [reply(410), GiveUp("gone", "status 410")])
def test_gone_said_by_where_the_feed_moved_is_only_a_failure(heard: Reply | Fate) -> None:
    verdict = hear(heard, replace(KNOWN, url="https://new.example/feed"))
    assert (verdict.outcome, verdict.memory.gone) == ("failed", False)


@pytest.mark.parametrize("verdict", [read(STORY, before=replace(KNOWN, gone=True, failures=1))])
def test_a_gone_feed_an_operator_asks_again_can_come_back(verdict: PollVerdict) -> None:
    assert (verdict.outcome, verdict.memory.gone, verdict.memory.failures) == ("new", False, 0)


# --- a feed that moved

NEW = "https://new.example/feed"


def moved(before: FeedMemory, now: datetime = NOW, **how: Any) -> FeedMemory:
    return hear(reply(304, b"", **{"url": NEW, "hops": (FEED.url,), "permanent": True, **how}), before, now=now).memory


def test_a_permanent_redirect_is_believed_when_it_was_seen_ten_times_over_three_days() -> None:
    memory = KNOWN
    for times in range(MOVED_TIMES - 1):
        memory = moved(memory, NOW + times * HOUR)
        assert (memory.url, memory.moved_to, memory.moved_times) == (None, NEW, times + 1)
    assert memory.moved_since == NOW
    assert moved(memory, NOW + MOVED_FOR - MINUTE).url is None, "often enough, but not long enough"
    believed = moved(memory, NOW + MOVED_FOR)
    assert (believed.url, believed.moved_to, believed.moved_times) == (NEW, None, 0)
    assert address(FEED, believed) == NEW
    assert hear(reply(304, b"", url=NEW), believed).memory.url == NEW


def test_a_redirect_seen_for_long_but_seldom_is_not_believed_yet() -> None:
    assert moved(moved(KNOWN), NOW + 9 * DAY).url is None


@pytest.mark.parametrize(
    "how",
    [{"permanent": False}, {"url": FEED.url, "hops": (), "permanent": False}, {"url": "https://third.example/feed"}],
)
def test_another_answer_starts_the_counting_of_redirects_anew(how: dict[str, Any]) -> None:
    memory = KNOWN
    for times in range(MOVED_TIMES - 1):
        memory = moved(memory, NOW + times * HOUR)
    memory = moved(memory, NOW + DAY, **how)
    assert memory.moved_times in (0, 1)
    assert moved(memory, NOW + MOVED_FOR).url is None


def test_a_failure_in_between_leaves_the_counting_of_redirects_alone() -> None:
    memory = hear(reply(500), moved(moved(KNOWN))).memory
    assert (memory.moved_to, memory.moved_times) == (NEW, 2)


@pytest.mark.parametrize("status", [404, 410])
def test_a_feed_that_is_not_where_it_moved_is_asked_at_its_configured_address_again(status: int) -> None:
    memory = replace(KNOWN, url=NEW)
    for _ in range(2):
        memory = hear(reply(status, url=NEW), memory).memory
        assert address(FEED, memory) == NEW
    memory = hear(reply(status, url=NEW), memory).memory
    assert (memory.url, memory.errands, address(FEED, memory)) == (None, (), FEED.url)


# --- push


def test_a_pushed_document_leaves_validators_and_the_next_poll_alone() -> None:
    verdict = read(OTHER, heard=reply(pushed=True, headers={"etag": '"hub"'}), marks=marked([STORY]))
    assert (verdict.outcome, verdict.entries, verdict.marks) == ("new", (OTHER,), marked([OTHER, STORY]))
    assert verdict.memory == replace(KNOWN, last_new=NOW)
    again = read(OTHER, heard=reply(pushed=True), marks=marked([OTHER]), before=verdict.memory)
    assert (again.outcome, again.entries, again.memory) == ("unchanged", (), verdict.memory)


def test_a_pushed_document_that_is_no_feed_is_said_and_changes_nothing() -> None:
    verdict = read(heard=reply(pushed=True), kind="", problems=("This is no feed.",), marks=marked([STORY]))
    assert verdict.detail == "pushed by its hub: This is no feed."
    assert (verdict.memory, verdict.marks, verdict.entries) == (KNOWN, marked([STORY]), ())


def test_a_push_between_two_errands_is_no_errand() -> None:
    before = replace(KNOWN, errands=("candidate https://news.example/new",))
    verdict = read(OTHER, heard=reply(pushed=True), before=before)
    assert (verdict.entries, verdict.memory.errands) == ((OTHER,), before.errands)


def test_a_hub_is_asked_as_an_errand_and_the_feed_is_polled_as_before() -> None:
    asked = with_hub(hear(reply(304, b"")), "https://hub.example/", NOW)
    assert address(FEED, asked.memory) == "https://hub.example/"
    assert (asked.memory.next_poll, asked.memory.next_reason) == (
        NOW,
        "next is its hub, to be told of what is new: https://hub.example/",
    )
    done = judge_hub(FEED, asked.memory, "it will verify", now=NOW, polling=POLLING, took=0.5)
    assert done.detail == "asked the hub https://hub.example/ to push: it will verify"
    assert done.memory.errands == ()
    assert_next(done, 10 * MINUTE)


def test_a_feed_whose_hub_pushes_is_asked_every_hour() -> None:
    verdict = judge(FEED, KNOWN, reply(304, b""), now=NOW, polling=POLLING, push_live=True)
    assert verdict is not None
    assert_next(verdict, HOUR)


# --- what is news


@pytest.mark.parametrize(
    ("published", "updated", "first", "is_news"),
    [
        (NOW - 2 * DAY, None, True, True),
        (NOW - 4 * DAY, None, False, False),
        (None, NOW - DAY, True, True),
        (None, NOW - 4 * DAY, False, False),
        (NOW - 4 * DAY, NOW, False, False),
        (None, None, True, False),
        (None, None, False, True),
    ],
)
def test_of_a_sitemap_only_what_is_fresh_is_news(
    published: datetime | None, updated: datetime | None, first: bool, is_news: bool
) -> None:
    entry = replace(STORY, published=published, updated=updated)
    document = ParsedFeed(kind="sitemap", entries=(entry,))
    assert news(document, first=first, now=NOW) == ((entry,) if is_news else ())


def test_of_a_feed_everything_is_news_however_old() -> None:
    document = ParsedFeed(kind="atom10", entries=(replace(STORY, published=NOW - 400 * DAY), OTHER))
    assert news(document, first=True, now=NOW) == document.entries


# --- whatever happens

waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000))
ago = waits.map(lambda wait: NOW - wait)
memories = st.builds(
    FeedMemory,
    failures=st.integers(0, 10**6),
    polled=st.none() | ago,
    gap=st.none() | waits,
    last_new=st.none() | ago,
    turnover=st.none() | waits,
    listed=st.integers(0, 50_000),
    every=st.none() | waits,
    skip_hours=st.sets(st.integers(0, 23)).map(tuple),
    skip_days=st.sets(st.integers(0, 6)).map(tuple),
    url=st.sampled_from([None, NEW]),
    moved_to=st.sampled_from([None, NEW]),
    moved_since=st.none() | ago,
    moved_times=st.integers(0, 100),
    gone=st.booleans(),
    errands=st.sampled_from(
        [(), ("home https://news.example/",), ("candidate https://a.example/", "hub https://hub.example/")]
    ),
    seen_until=st.none() | ago,
)
headers = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "age", "retry-after", "etag", "date"]),
    st.text() | st.integers(0, 10**12).map(str) | st.integers(0, 10**12).map(lambda age: f"max-age={age}"),
)
fates = st.sampled_from([TryAgain("timeout"), GiveUp("forbidden"), SetAside("killed"), GiveUp("gone")])
replies = st.builds(
    reply,
    st.sampled_from([200, 301, 304, 400, 404, 410, 429, 500, 503]),
    headers=headers,
    hops=st.sampled_from([(), (FEED.url,)]),
    permanent=st.booleans(),
)
documents = st.builds(
    ParsedFeed,
    kind=st.sampled_from(["", "rss20", "sitemap", "sitemap-index"]),
    entries=st.lists(
        st.builds(Entry, url=st.sampled_from([STORY.url, OTHER.url]), updated=st.none() | ago), max_size=30
    ).map(tuple),
    every=st.none() | waits,
)


def heard_or_read(memory: FeedMemory, heard: Reply | Fate, document: ParsedFeed) -> PollVerdict:
    verdict = judge(FEED, memory, heard, now=NOW, polling=POLLING)
    if verdict is not None:
        return verdict
    assert isinstance(heard, Reply)
    entries: Sequence[Entry] = document.entries
    return judge_document(FEED, memory, heard, document, entries=entries, new=len(entries), now=NOW, polling=POLLING)


@given(memories, replies | fates, documents)
def test_whatever_happens_a_feed_has_a_next_poll_between_floor_and_cap_unless_it_is_gone(
    memory: FeedMemory, heard: Reply | Fate, document: ParsedFeed
) -> None:
    after = heard_or_read(memory, heard, document).memory
    if after.gone and not (memory.gone and memory.errands):
        assert after.next_poll is None
        return
    assert after.next_poll is not None
    if after.errands:
        assert after.next_poll == NOW
    else:
        assert MINUTE <= after.next_poll - NOW <= DAY * 1.1
    assert after.next_reason
