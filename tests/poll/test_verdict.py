"""What one poll means, from what was known and what was heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.errors import Fate, GiveUp, NotYet, SetAside, TryAgain
from workers.model import Entry, Feed, FeedMemory, ParsedFeed, Reply
from workers.poll.fingerprint import fingerprint
from workers.poll.verdict import POLLS, PollVerdict, judge
from workers.settings import Polling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLLING = Polling(every_seconds=600, floor_seconds=60, cap_seconds=86_400)
FEED = Feed(name="gazette", url="https://news.example/feed", source="Gazette")
STORY = Entry(url="https://news.example/1", title="One")
MINUTE = timedelta(minutes=1)


class FakeParser:
    """Reads every document as the entries it was given, and remembers what it was shown."""

    def __init__(self, *entries: Entry, kind: str = "rss20", problems: tuple[str, ...] = ()) -> None:
        self.shown: list[tuple[bytes, str, str]] = []
        self._feed = ParsedFeed(kind=kind, title="The Gazette", entries=entries, problems=problems)

    def __call__(
        self, body: bytes, url: str = "", content_type: str = "", *, now: datetime | None = None
    ) -> ParsedFeed:
        assert now == NOW
        self.shown.append((body, url, content_type))
        return self._feed


def reply(status: int = 200, body: bytes = b"<rss/>", url: str = FEED.url, **more: Any) -> Reply:
    return Reply(url=url, status=status, body=body, **more)


def poll(
    heard: Reply | Fate, before: FeedMemory | None = None, parser: FakeParser | None = None, feed: Feed = FEED
) -> PollVerdict:
    parser = parser or FakeParser(STORY)
    return judge(feed, before or FeedMemory(), heard, now=NOW, polling=POLLING, parse=parser)


def assert_next(verdict: PollVerdict, wait: timedelta) -> None:
    assert verdict.memory.next_poll is not None
    assert wait <= verdict.memory.next_poll - NOW <= wait * 1.1


def test_a_document_announces_its_entries_and_is_remembered() -> None:
    parser = FakeParser(STORY, problems=("It limps.",))
    heard = reply(headers={"etag": '"v1"', "last-modified": "Mon", "content-type": "text/xml"})
    verdict = poll(heard, FeedMemory(failures=4), parser)
    assert (verdict.entries, verdict.outcome, verdict.detail) == ((STORY,), "new", "It limps.")
    memory = verdict.memory
    assert (memory.etag, memory.last_modified, memory.body_hash) == ('"v1"', "Mon", fingerprint(b"<rss/>"))
    assert (memory.failures, memory.polled, memory.title) == (0, NOW, "The Gazette")
    assert memory.next_reason == "every 10 min, as configured"
    assert_next(verdict, 10 * MINUTE)
    assert parser.shown == [(b"<rss/>", FEED.url, "text/xml")]
    assert (memory.polls[0].outcome, memory.polls[0].entries, memory.polls[0].status) == ("new", 1, 200)


def test_an_answer_of_not_modified_changes_nothing_and_needs_no_parse() -> None:
    parser = FakeParser(STORY)
    before = FeedMemory(etag='"v1"', last_modified="Mon", body_hash="abc", failures=2, title="The Gazette")
    verdict = poll(reply(304, b""), before, parser)
    assert (verdict.entries, verdict.outcome, parser.shown) == ((), "unchanged", [])
    memory = verdict.memory
    assert (memory.etag, memory.last_modified, memory.body_hash) == ('"v1"', "Mon", "abc")
    assert (memory.failures, memory.title) == (0, "The Gazette")


def test_the_same_body_needs_no_parse_but_its_new_validators_are_kept() -> None:
    parser = FakeParser(STORY)
    before = FeedMemory(etag='"v1"', last_modified="Mon", body_hash=fingerprint(b"<rss/>"))
    verdict = poll(reply(headers={"etag": '"v2"'}), before, parser)
    assert (verdict.outcome, parser.shown) == ("unchanged", [])
    assert (verdict.memory.etag, verdict.memory.last_modified) == ('"v2"', None)


def test_a_readable_document_without_entries_is_empty_and_no_failure() -> None:
    verdict = poll(reply(), parser=FakeParser())
    assert (verdict.outcome, verdict.memory.failures) == ("empty", 0)


def test_a_document_that_is_no_feed_is_a_failure_and_its_validators_are_not_kept() -> None:
    before = FeedMemory(etag='"good"', body_hash="good")
    parser = FakeParser(kind="", problems=("This is no feed: it looks like an HTML page.",))
    verdict = poll(reply(headers={"etag": '"block"'}), before, parser)
    assert (verdict.outcome, verdict.detail) == ("failed", "This is no feed: it looks like an HTML page.")
    assert (verdict.memory.etag, verdict.memory.body_hash) == ('"good"', "good")


def test_a_sitemap_index_is_no_list_of_articles() -> None:
    verdict = poll(reply(), parser=FakeParser(Entry(url="https://news.example/1.xml"), kind="sitemap-index"))
    assert (verdict.entries, verdict.outcome) == ((), "failed")
    assert "https://news.example/1.xml" in (verdict.detail or "")


@pytest.mark.parametrize("status", [301, 400, 403, 404, 429, 500, 503])
def test_no_failure_ever_removes_a_feed(status: int) -> None:
    memory = FeedMemory(etag='"v1"')
    for failures in range(1, 40):
        verdict = poll(reply(status), memory)
        memory = verdict.memory
        assert (verdict.outcome, memory.failures, memory.gone) == ("failed", failures, False)
        assert_next(verdict, 10 * MINUTE * failures)
    assert memory.etag == '"v1"'


@pytest.mark.parametrize(
    "fate", [TryAgain("timeout", "20 s"), GiveUp("refused-address", "10.0.0.1"), SetAside("killed", "45 s")]
)
def test_a_request_that_came_to_nothing_is_one_more_failure(fate: Fate) -> None:
    verdict = poll(fate, FeedMemory(failures=2))
    assert (verdict.outcome, verdict.detail) == ("failed", f"{fate.reason}: {fate.detail}")
    assert verdict.memory.next_reason == f"3rd failure in a row: {fate.reason}: {fate.detail}; again in 30 min"


@pytest.mark.parametrize(
    "heard",
    [
        reply(429, headers={"retry-after": "7200"}),
        reply(503, headers={"retry-after": "Tue, 24 Nov 2026 14:00:00 GMT"}),
        TryAgain("busy", after=timedelta(hours=2)),
    ],
)
def test_a_publisher_that_asks_for_quiet_gets_it(heard: Reply | Fate) -> None:
    verdict = poll(heard)
    assert_next(verdict, timedelta(hours=2))
    assert "the publisher asked for 2 h (Retry-After)" in (verdict.memory.next_reason or "")


@pytest.mark.parametrize("heard", [reply(410), GiveUp("gone", "status 410")])
def test_a_feed_that_says_gone_is_never_asked_again(heard: Reply | Fate) -> None:
    verdict = poll(heard)
    assert (verdict.outcome, verdict.memory.gone, verdict.memory.next_poll) == ("gone", True, None)


def test_gone_said_by_where_a_redirect_led_is_only_a_failure() -> None:
    verdict = poll(reply(410, url="https://elsewhere.example/feed", hops=(FEED.url,)))
    assert (verdict.outcome, verdict.memory.gone) == ("failed", False)
    assert verdict.detail == "status 410 from https://elsewhere.example/feed"


def test_a_gone_feed_an_operator_asks_again_can_come_back() -> None:
    verdict = poll(reply(), FeedMemory(gone=True, failures=1))
    assert (verdict.outcome, verdict.memory.gone, verdict.memory.failures) == ("new", False, 0)


def test_where_a_permanent_redirect_led_is_remembered_while_it_lasts() -> None:
    new = "https://new.example/feed"
    moved = poll(reply(url=new, hops=(FEED.url,), permanent=True))
    assert moved.memory.moved_to == new
    assert poll(reply(304, b"", url=new, hops=(FEED.url,), permanent=True), moved.memory).memory.moved_to == new
    assert poll(reply(url=new, hops=(FEED.url,)), moved.memory).memory.moved_to is None


def test_not_our_turn_is_no_poll() -> None:
    before = FeedMemory(failures=2, etag='"v1"')
    verdict = poll(NotYet("turn", after=timedelta(seconds=90)), before)
    assert (verdict.outcome, verdict.memory.next_poll) == ("waiting", NOW + timedelta(seconds=90))
    assert replace(verdict.memory, next_poll=None, next_reason=None) == before


def test_cache_headers_count_on_an_unchanged_answer_too() -> None:
    verdict = poll(reply(304, b"", headers={"cache-control": "max-age=1800"}))
    assert verdict.memory.next_reason == "the publisher asked for 30 min (max-age)"


def test_a_ttl_counts_unless_the_operator_chose_an_interval() -> None:
    body = b"<rss><channel><ttl>45</ttl></channel></rss>"
    assert_next(poll(reply(body=body)), 45 * MINUTE)
    assert_next(poll(reply(body=body), feed=replace(FEED, every=5 * MINUTE)), 5 * MINUTE)


def test_the_latest_polls_are_kept_newest_first() -> None:
    memory = FeedMemory()
    for status in [*[404] * POLLS, 200, 304]:
        memory = poll(reply(status), memory).memory
    assert len(memory.polls) == POLLS
    assert [record.status for record in memory.polls[:3]] == [304, 200, 404]


def test_the_real_parser_is_the_default() -> None:
    body = b'<rss version="2.0"><channel><item><title>One</title><link>https://news.example/1</link></item></channel></rss>'
    assert judge(FEED, FeedMemory(), reply(body=body), now=NOW, polling=POLLING).entries == (STORY,)
