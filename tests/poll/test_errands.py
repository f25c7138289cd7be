"""What is asked in a feed's stead: sitemaps of an index, and the way to a feed that is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.errors import Fate, GiveUp, NotYet, TryAgain
from workers.model import Entry, Feed, FeedMemory, ParsedFeed, Reply
from workers.poll.errands import LOST, SITEMAPS
from workers.poll.fingerprint import fingerprint
from workers.poll.marks import marked, unmarked
from workers.poll.remember import PollVerdict
from workers.poll.verdict import address, judge, judge_document, judge_links
from workers.settings import Polling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLLING = Polling(every_seconds=600, floor_seconds=60, cap_seconds=86_400)
FEED = Feed(name="gazette", url="https://www.news.example/feed", source="Gazette")
HOME, FOUND = "https://www.news.example/", "https://www.news.example/rss.xml"
STORY, OTHER = (Entry(url=f"https://www.news.example/{number}", title=f"Story {number}") for number in (1, 2))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

KNOWN = FeedMemory(etag='"v1"', body_hash="v1", title="The Gazette", gap=DAY, last_new=NOW - DAY, polled=NOW)
"""A feed with an article a day, asked every 10 minutes."""


def reply(status: int = 200, body: bytes = b"<rss/>", **more: Any) -> Reply:
    return Reply(**{"url": FEED.url, "status": status, "body": body, **more})


def hear(heard: Reply | Fate, before: FeedMemory) -> PollVerdict:
    verdict = judge(FEED, before, heard, now=NOW, polling=POLLING)
    assert verdict is not None, "its document is to be read"
    return verdict


def read(*entries: Entry, before: FeedMemory, marks: bytes = b"", now: datetime = NOW, **document: Any) -> PollVerdict:
    heard = reply(body=str(entries).encode(), headers={"etag": '"v2"'}, url=address(FEED, before))
    assert judge(FEED, before, heard, now=now, polling=POLLING) is None, "there is nothing to read"
    parsed = ParsedFeed(**{"kind": "rss20", "entries": entries, **document})
    changed = unmarked(entries, marks)
    new = len(changed)
    return judge_document(FEED, before, heard, parsed, entries=changed, new=new, marks=marks, now=now, polling=POLLING)


def links(before: FeedMemory, *urls: str) -> PollVerdict:
    return judge_links(FEED, before, reply(url=HOME), urls, now=NOW, polling=POLLING)


def assert_next(verdict: PollVerdict, wait: timedelta) -> None:
    assert verdict.memory.next_poll is not None
    assert wait <= verdict.memory.next_poll - NOW <= wait * 1.1, verdict.memory.next_reason


def assert_soon(verdict: PollVerdict, errand: str) -> None:
    assert verdict.memory.errands[0] == errand
    assert verdict.memory.next_poll == NOW
    assert address(FEED, verdict.memory) == errand.partition(" ")[2]
    assert address(FEED, verdict.memory) in (verdict.memory.next_reason or "")


# --- a feed that is lost


def lost(failures: int = 3) -> FeedMemory:
    """The memory of a feed that was not found so often."""
    return hear(reply(404), replace(KNOWN, failures=failures - 1)).memory


def at_candidate(*urls: str, **memory: Any) -> FeedMemory:
    return replace(KNOWN, failures=3, errands=tuple(f"candidate {url}" for url in urls or (FOUND,)), **memory)


@pytest.mark.parametrize("failures", [*range(1, 12), 29, 30, 31])
def test_a_feed_that_stays_away_is_looked_for_on_its_site_now_and_then(failures: int) -> None:
    verdict = hear(reply(404), replace(KNOWN, failures=failures - 1))
    assert verdict.memory.failures == failures
    if failures in LOST:
        assert_soon(verdict, f"home {HOME}")
    else:
        assert verdict.memory.errands == ()
        assert_next(verdict, 10 * MINUTE * failures)


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_feed_that_is_refused_is_not_looked_for(status: int) -> None:
    assert hear(reply(status), replace(KNOWN, failures=2)).memory.errands == ()


def test_a_page_where_the_feed_was_has_it_looked_for_like_a_404() -> None:
    page = read(before=replace(KNOWN, failures=2), kind="", problems=("This is no feed.",))
    assert (page.outcome, page.detail, page.memory.failures) == ("failed", "This is no feed.", 3)
    assert_soon(page, f"home {HOME}")


def test_each_feed_that_the_site_names_is_asked_in_turn_but_the_lost_one() -> None:
    verdict = links(lost(), FOUND, FEED.url, f"{HOME}sport.xml")
    assert verdict.memory.errands == (f"candidate {FOUND}", f"candidate {HOME}sport.xml")
    assert_soon(verdict, f"candidate {FOUND}")
    assert (verdict.detail, verdict.memory.failures) == (f"2 feeds named by {HOME}", 3)


@pytest.mark.parametrize("named", [(), (FEED.url,)])
def test_a_site_that_names_no_other_feed_leaves_the_lost_one_to_its_time(named: tuple[str, ...]) -> None:
    verdict = links(lost(), *named)
    assert verdict.memory.errands == ()
    assert verdict.detail == f"{HOME}: not-found: it names no other feed"
    assert verdict.memory.next_reason == "3rd failure in a row: not found; again in 30 min"
    assert_next(verdict, 30 * MINUTE)


@pytest.mark.parametrize("title", ["The Gazette", "All news"])
def test_a_feed_of_the_site_that_lists_what_the_lost_one_did_is_taken_for_it(title: str) -> None:
    before = at_candidate(FOUND, f"{HOME}sport.xml")
    verdict = read(STORY, OTHER, before=before, marks=marked([STORY]), title=title)
    memory = verdict.memory
    assert (memory.url, memory.errands, memory.failures, memory.found) == (FOUND, (), 0, None)
    assert (memory.etag, memory.body_hash) == ('"v2"', fingerprint(str((STORY, OTHER)).encode()))
    assert (verdict.outcome, verdict.entries, verdict.marks) == ("new", (OTHER,), marked([STORY, OTHER]))
    assert address(FEED, memory) == FOUND


@pytest.mark.parametrize(
    ("url", "adopted"),
    [
        ("https://www.news.example/other", True),
        ("https://news.example/other", True),
        ("https://feeds.news.example/other", True),
        ("https://blog.example/other", False),
        ("https://evilnews.example/other", False),
    ],
)
def test_a_feed_with_the_lost_ones_title_is_taken_for_it_on_the_same_site_alone(url: str, adopted: bool) -> None:
    verdict = read(STORY, before=at_candidate(url), title="The Gazette")
    assert (verdict.memory.url, verdict.memory.found) == ((url, None) if adopted else (None, url))


def test_two_sites_under_one_country_are_not_one() -> None:
    feed = replace(FEED, url="https://www.gazette.co.uk/feed")
    document = ParsedFeed(kind="rss20", title="The Gazette", entries=(STORY,))
    before = at_candidate("https://herald.co.uk/feed")
    verdict = judge_document(feed, before, reply(), document, entries=(STORY,), new=1, now=NOW, polling=POLLING)
    assert (verdict.memory.url, verdict.memory.found) == (None, "https://herald.co.uk/feed")


@pytest.mark.parametrize("title", [None, "Sport"])
def test_a_feed_that_has_nothing_of_the_lost_one_is_suggested_to_the_operator(title: str | None) -> None:
    verdict = read(STORY, before=at_candidate(), marks=marked([OTHER]), title=title)
    memory = verdict.memory
    assert (memory.url, memory.found, memory.failures) == (None, FOUND, 3)
    assert (verdict.entries, verdict.marks, verdict.detail) == ((), None, f"{FOUND} may be its new address")
    assert_next(verdict, 30 * MINUTE)
    untitled = read(STORY, before=at_candidate(title=None), marks=marked([OTHER]), title=title)
    assert untitled.memory.found == FOUND


def test_the_first_feed_that_may_be_it_is_suggested() -> None:
    first = read(STORY, before=at_candidate(FOUND, f"{HOME}sport.xml"), title="News")
    second = read(STORY, before=first.memory, title="Sport")
    assert second.memory.found == FOUND
    assert links(replace(lost(10), found=FOUND), f"{HOME}sport.xml").memory.found is None, "a new search, a new finding"


@pytest.mark.parametrize("heard", [reply(304, b""), None])
def test_a_feed_that_is_back_needs_no_suggestion(heard: Reply | None) -> None:
    before = replace(KNOWN, failures=5, found=FOUND)
    assert (hear(heard, before) if heard else read(STORY, before=before)).memory.found is None


@pytest.mark.parametrize("kind", ["", "sitemap", "sitemap-index"])
def test_what_is_no_feed_is_neither_taken_nor_suggested(kind: str) -> None:
    verdict = read(STORY, before=at_candidate(), kind=kind, title="The Gazette")
    assert (verdict.memory.url, verdict.memory.found, verdict.memory.errands) == (None, None, ())
    assert verdict.detail == f"{FOUND}: not-found: it is no feed"


@pytest.mark.parametrize(
    "heard",
    [reply(404), reply(410), reply(304), reply(503), GiveUp("robots", "no"), GiveUp("gone"), TryAgain("timeout")],
)
def test_an_errand_that_comes_to_nothing_is_no_failure_of_the_feed(heard: Reply | Fate) -> None:
    verdict = hear(heard, at_candidate(FOUND, f"{HOME}sport.xml"))
    assert (verdict.outcome, verdict.memory.failures, verdict.memory.gone) == ("failed", 3, False)
    assert (verdict.detail or "").startswith(f"{FOUND}: ")
    assert_soon(verdict, f"candidate {HOME}sport.xml")
    assert_next(hear(heard, verdict.memory), 30 * MINUTE)


def test_a_document_at_another_address_is_read_though_it_is_the_one_the_feed_had() -> None:
    before = at_candidate(body_hash=fingerprint(str((STORY,)).encode()))
    assert read(STORY, before=before, marks=marked([STORY])).memory.url == FOUND


def test_an_errand_that_must_wait_stays() -> None:
    verdict = hear(NotYet("turn", after=MINUTE), at_candidate())
    assert (verdict.memory.errands, verdict.memory.next_poll) == ((f"candidate {FOUND}",), NOW + MINUTE)


# --- a sitemap index


def sitemap(name: str, updated: datetime | None = None) -> Entry:
    return Entry(url=f"https://www.news.example/{name}.xml", updated=updated)


def index(*sitemaps: Entry, before: FeedMemory = KNOWN, now: datetime = NOW) -> PollVerdict:
    return read(*sitemaps, before=before, kind="sitemap-index", now=now)


def errands(verdict: PollVerdict) -> list[str]:
    """The names of the sitemaps that are to be asked."""
    kinds, urls = zip(*(errand.split(" ") for errand in verdict.memory.errands), strict=True)
    assert set(kinds) == {"sitemap"}
    return [url.rpartition("/")[2].removesuffix(".xml") for url in urls]


def test_of_an_index_the_sitemaps_are_asked_latest_first_and_undated_ones_last() -> None:
    verdict = index(sitemap("old", NOW - DAY), sitemap("undated"), sitemap("young", NOW - MINUTE))
    assert errands(verdict) == ["young", "old", "undated"]
    assert_soon(verdict, "sitemap https://www.news.example/young.xml")
    assert (verdict.outcome, verdict.entries, verdict.marks) == ("unchanged", (), None)
    assert verdict.detail == "3 sitemaps, 3 of them to be asked"
    assert verdict.memory.seen_until == NOW - MINUTE


def test_of_an_index_ten_sitemaps_are_asked_in_a_round() -> None:
    verdict = index(*(sitemap(str(age), NOW - age * HOUR) for age in range(1, 40)))
    assert errands(verdict) == [str(age) for age in range(1, SITEMAPS + 1)]


def test_of_an_index_only_what_changed_since_is_asked_again() -> None:
    old, young = sitemap("old", NOW - 3 * DAY), sitemap("young", NOW - HOUR)
    first = index(old, young).memory
    again = index(old, replace(young, updated=NOW + MINUTE), before=replace(first, errands=()), now=NOW + 2 * MINUTE)
    assert errands(again) == ["young"]
    assert again.memory.seen_until == NOW + MINUTE


def test_an_index_of_which_nothing_changed_is_asked_at_its_time() -> None:
    old = sitemap("old", NOW - 3 * DAY)
    verdict = index(old, before=replace(KNOWN, seen_until=NOW - 3 * DAY))
    assert (verdict.memory.errands, verdict.memory.seen_until) == ((), NOW - 3 * DAY)
    assert_next(verdict, 10 * MINUTE)


def test_an_index_that_dates_its_sitemaps_is_not_read_again_while_it_is_the_same() -> None:
    old = sitemap("old", NOW - 3 * DAY)
    memory = index(old).memory
    assert (memory.etag, memory.body_hash) == ('"v2"', fingerprint(str((old,)).encode()))


@pytest.mark.parametrize("updated", [None, datetime(2026, 11, 24, tzinfo=UTC)])
def test_a_sitemap_that_can_change_and_keep_its_date_is_asked_every_time(updated: datetime | None) -> None:
    vague, old = sitemap("vague", updated), sitemap("old", NOW - 3 * DAY)
    first = index(vague, old).memory
    assert (first.etag, first.last_modified, first.body_hash) == (None, None, None)
    again = index(vague, old, before=replace(first, errands=()), now=NOW + 10 * MINUTE)
    assert errands(again) == ["vague"]


def test_a_sitemap_of_an_earlier_day_cannot_change_and_keep_its_date() -> None:
    days = sitemap("monday", datetime(2026, 11, 22, tzinfo=UTC))
    first = index(days).memory
    assert first.body_hash is not None
    assert index(days, before=replace(first, errands=(), body_hash=None)).memory.errands == ()


def test_a_sitemap_dated_in_the_future_does_not_hide_the_others() -> None:
    first = index(sitemap("2099", NOW + 26_000 * DAY), sitemap("young", NOW - HOUR)).memory
    assert first.seen_until == NOW
    later = NOW + HOUR
    again = index(
        sitemap("2099", NOW + 26_000 * DAY),
        sitemap("young", later - MINUTE),
        before=replace(first, errands=(), body_hash=None),
        now=later,
    )
    assert errands(again) == ["2099", "young"]


def test_an_index_inside_an_index_is_not_followed() -> None:
    before = replace(KNOWN, errands=("sitemap https://www.news.example/inner.xml",))
    verdict = index(sitemap("deep"), before=before)
    assert (verdict.outcome, verdict.memory.errands, verdict.memory.failures) == ("failed", (), 0)
    assert "a sitemap index inside another" in (verdict.detail or "")
    assert_next(verdict, 10 * MINUTE)


def part(*entries: Entry, before: FeedMemory = KNOWN, marks: bytes = b"") -> PollVerdict:
    """The verdict on the last sitemap of an index."""
    return read(
        *entries,
        before=replace(before, errands=("sitemap https://www.news.example/s.xml", *before.errands)),
        marks=marks,
        kind="sitemap",
    )


def dated(gap: timedelta, count: int = 5, since: timedelta = timedelta(0)) -> list[Entry]:
    return [
        Entry(url=f"https://www.news.example/{gap}/{n}", published=NOW - since - n * gap) for n in range(1, count + 1)
    ]


def test_a_sitemap_of_an_index_announces_its_entries_and_leaves_the_rest_as_it_is() -> None:
    verdict = part(STORY, before=replace(KNOWN, seen_until=NOW), marks=marked([OTHER]))
    assert (verdict.outcome, verdict.entries, verdict.marks) == ("new", (STORY,), marked([STORY, OTHER]))
    memory = verdict.memory
    assert (memory.etag, memory.body_hash, memory.seen_until) == (KNOWN.etag, KNOWN.body_hash, NOW)
    assert (memory.errands, memory.last_new, memory.turnover) == ((), NOW, None)


def test_after_one_sitemap_the_next_is_asked_and_after_the_last_the_index_at_its_time() -> None:
    verdict = part(*dated(DAY / 4), before=replace(KNOWN, errands=("sitemap https://www.news.example/2.xml",)))
    assert_soon(verdict, "sitemap https://www.news.example/2.xml")
    assert_next(part(*dated(DAY / 4)), 5 * MINUTE)


def test_a_sitemap_that_cannot_be_read_is_left_for_the_next_one() -> None:
    before = replace(
        KNOWN, errands=("sitemap https://www.news.example/1.xml", "sitemap https://www.news.example/2.xml")
    )
    verdict = read(before=before, kind="", problems=("This is no feed.",))
    assert verdict.detail == "https://www.news.example/1.xml: unreadable: This is no feed."
    assert_soon(verdict, "sitemap https://www.news.example/2.xml")
    assert verdict.memory.failures == 0


def test_an_archive_in_an_index_says_nothing_of_its_rhythm() -> None:
    busy = part(*dated(10 * MINUTE)).memory
    assert busy.gap == 10 * MINUTE
    assert (
        part(*dated(30 * DAY, since=100 * DAY), before=busy, marks=marked(dated(30 * DAY, since=100 * DAY))).memory.gap
        == busy.gap
    )


def test_of_several_sitemaps_the_busiest_sets_the_pace_and_another_slows_it_little_by_little() -> None:
    assert part(*dated(10 * MINUTE), before=replace(KNOWN, gap=HOUR)).memory.gap == 10 * MINUTE
    slower = part(*dated(HOUR), before=replace(KNOWN, gap=10 * MINUTE)).memory.gap
    assert slower == 15 * MINUTE
