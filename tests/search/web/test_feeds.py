"""Feeds as an operator and a program find them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter

from tests.search.web.fakes import NOW, article, feed, polls
from workers.ledger.journal import FeedHealth
from workers.model import FeedMemory, PollRecord
from workers.search.web.contract import FeedList, FeedWhole, Problem
from workers.search.web.health import articles_a_day, seconds_a_poll, spared, state, why

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor
    from tests.search.web.fakes import FakeJournal, FakeReader

ASKED = FeedMemory(
    polled=NOW - timedelta(minutes=4),
    next_poll=NOW + timedelta(minutes=6),
    next_reason="an article every 12 min: asked every 60 s",
    gap=timedelta(minutes=12),
    last_new=NOW - timedelta(minutes=4),
)


def health(*outcomes: str, **remembered: object) -> FeedHealth:
    memory = {"polled": NOW - timedelta(minutes=4), "next_poll": NOW + timedelta(minutes=6), **remembered}
    return FeedHealth(feed=feed(), memory=FeedMemory(**memory), polls=polls(*outcomes))  # type: ignore[arg-type] # a test names what it needs


# --- the pages


def test_a_feed_shows_its_polls_and_when_and_why_it_is_asked_next(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed(), ASKED, polls("new:3", "failed", "unchanged"), indexed=1204)

    page = visitor.get("/feeds").text

    assert 'aria-label="3 polls, 3 new articles, 1 failed"' in page
    assert page.count('class="hollow"') == 1
    assert "in 6 minutes" in page
    assert "an article every 12 min: asked every 60 s" in page
    assert "1,204" in page
    assert ">120</td>" in page


def test_feeds_that_need_a_look_stand_first(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed("well"), ASKED, polls("new:1"))
    journal.subscribe(feed("broken"), FeedMemory(failures=3, polled=NOW), polls("failed"))

    page = visitor.get("/feeds").text

    assert page.index("/feeds/broken") < page.index("/feeds/well")
    assert "<b>1</b> of them needs a look" in page
    assert "It failed the last 3 times" in page


def test_a_feed_that_is_gone_is_never_asked_next(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed(), FeedMemory(gone=True, next_poll=NOW))

    page = visitor.get("/feeds").text

    assert "The publisher says it is gone" in page
    assert "any moment" not in page


def test_no_feeds_says_how_to_add_one(visitor: Visitor) -> None:
    assert "newsdesk feeds add" in visitor.get("/feeds").text


def test_one_feed_is_told_poll_by_poll(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(
        feed("a/b c"), FeedMemory(moved_to="https://example.org/new.xml", failures=1), polls("failed", "new:2")
    )

    page = visitor.get("/feeds/a%2Fb%20c").text

    assert "the server is overloaded" in page
    assert 'href="https://example.org/new.xml"' in page
    assert 'data-label="Size">48 kB<' in page
    assert 'data-label="Took">1.4 s<' in page
    assert 'href="/feeds/a%2Fb%20c"' in visitor.get("/feeds").text


def test_a_feed_shows_where_it_is_asked_what_was_found_and_who_pushes_it(
    visitor: Visitor, journal: FakeJournal
) -> None:
    memory = FeedMemory(url="https://example.org/now.xml", found="https://example.org/maybe", hub="https://hub.test/")
    journal.subscribe(feed(), memory, push_until=NOW + timedelta(days=3))

    page = visitor.get("/feeds/fels-courier").text

    assert 'href="https://example.org/now.xml"' in page
    assert 'href="https://example.org/maybe"' in page
    assert "pushes what is new for 3 days more" in page


def test_a_feed_shows_the_latest_articles_of_its_publication(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal
) -> None:
    journal.subscribe(feed())
    reader.add(article("Harbour reopens"), article("Elsewhere", id="a2", source="Another"))

    page = visitor.get("/feeds/fels-courier").text

    assert "Harbour reopens" in page
    assert "Elsewhere" not in page

    reader.breaks("away")
    assert "Last polls" in visitor.get("/feeds/fels-courier").text


def test_a_feed_nobody_configured_is_a_404(visitor: Visitor) -> None:
    answer = visitor.get("/feeds/nope")

    assert answer.status_code == 404
    assert "No feed is called &#39;nope&#39;." in answer.text


# --- the API


def test_all_feeds_come_in_the_shape_the_api_describes(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed("b"), ASKED, polls("unchanged", "new:1"), waiting=2)
    journal.subscribe(feed("a"), FeedMemory(gone=True, next_poll=NOW))

    answer = visitor.get("/v1/feeds")

    listed = {one.name: one for one in TypeAdapter(FeedList).validate_json(answer.content).feeds}
    assert set(answer.json()["feeds"][0]) == set(FeedWhole.__dataclass_fields__) - {"polls"}
    assert (listed["a"].state, listed["a"].next_poll) == ("gone", None)
    assert (listed["b"].state, listed["b"].waiting, listed["b"].articles_a_day) == ("fine", 2, 120)
    assert listed["b"].unmodified_share == 0.5


def test_one_feed_comes_with_its_polls(visitor: Visitor, journal: FakeJournal) -> None:
    told = polls("failed", "new:2")
    journal.subscribe(feed("a/b c"), FeedMemory(failures=1, polled=NOW), told)

    answer = visitor.get("/v1/feeds/a%2Fb%20c")

    whole = TypeAdapter(FeedWhole).validate_json(answer.content)
    assert whole.polls == told
    assert whole.why == why(FeedHealth(feed=feed(), memory=FeedMemory(failures=1), polls=told), NOW)


def test_a_feed_the_api_does_not_know_is_a_problem_and_so_is_a_ledger_that_is_down(
    visitor: Visitor, journal: FakeJournal
) -> None:
    missing = visitor.get("/v1/feeds/nope")
    journal.breaks("connection refused")

    assert TypeAdapter(Problem).validate_json(missing.content).status == missing.status_code == 404
    assert "nope" in missing.json()["detail"]
    assert visitor.get("/v1/feeds").status_code == visitor.get("/v1/feeds/nope").status_code == 503


# --- the word and the sentence


@pytest.mark.parametrize(
    ("told", "word", "sentence"),
    [
        (health(gone=True, failures=4), "gone", "gone for good (410)"),
        (health("failed", failures=1), "failing", "It failed the last time (status 503: the server is overloaded)"),
        (health("failed", "failed", "new:1", failures=2), "failing", "it last answered 24 minutes ago."),
        (health("failed", failures=2, found="https://a.test/new"), "failing", "its site now names another feed."),
        (health(failures=9), "failing", "the last 9 times (the reason is no longer kept)"),
        (health(next_poll=NOW - timedelta(hours=1)), "late", "It was due 1 hour ago and was not asked"),
        (health(polled=None, next_poll=NOW), "waiting", "It has not been asked yet"),
        (health("empty"), "empty", "lists nothing"),
        (health("unchanged", last_new=NOW - timedelta(days=40)), "quiet", "nothing new since 15 Oct 2026"),
        (health("new:1", moved_to="https://a.test/new"), "fine", "says it has moved for good."),
        (health("new:1", gap=timedelta(hours=3)), "fine", "It answers, with an article every 3 hours."),
        (health("new:1", turnover=timedelta(minutes=5)), "fine", "half of them are replaced within 5 minutes"),
    ],
)
def test_a_feeds_state_is_one_word_and_one_sentence(told: FeedHealth, word: str, sentence: str) -> None:
    assert state(told, NOW) == word
    assert sentence in why(told, NOW)


def test_a_host_that_asked_for_quiet_and_a_hub_that_pushes_are_told() -> None:
    until = NOW + timedelta(hours=2)
    held = FeedHealth(feed=feed(), memory=ASKED, held_until=until, push_until=until)

    assert state(held, NOW) == "held"
    assert "until 24 Nov, 16:05 UTC" in why(held, NOW)
    assert state(held, until) == "late"
    assert state(FeedHealth(feed=feed(), memory=ASKED, push_until=until), NOW) == "pushed"


def test_a_feed_that_is_slow_or_sends_everything_again_is_told() -> None:
    slow = tuple(PollRecord(at=NOW, outcome="new", status=200, seconds=12) for _ in range(3))
    again = tuple(PollRecord(at=NOW, outcome="unchanged", status=200, size=200_000) for _ in range(5))

    assert "usually takes 12 seconds" in why(FeedHealth(feed=feed(), memory=ASKED, polls=slow), NOW)
    assert "brings all 200 kB again" in why(FeedHealth(feed=feed(), memory=ASKED, polls=again), NOW)
    assert "again" not in why(FeedHealth(feed=feed(), memory=ASKED, polls=again[:4]), NOW)


@pytest.mark.parametrize(
    ("status", "detail", "advice"),
    [
        (404, "status 404", "its address may have changed"),
        (403, "status 403", "the publisher refuses us"),
        (500, "status 500", "its server is out of order"),
        (200, "This is no feed: it looks like an HTML page.", "cannot be read as a feed"),
        (None, "dns: no such host", "its host name is not known"),
    ],
)
def test_a_failure_says_what_an_operator_can_think_of_it(status: int | None, detail: str, advice: str) -> None:
    record = PollRecord(at=NOW, outcome="failed", status=status, detail=detail)

    assert advice in why(FeedHealth(feed=feed(), memory=FeedMemory(failures=1), polls=(record,)), NOW)


def test_figures_are_unknown_until_there_is_something_to_count() -> None:
    fresh = health()

    assert (articles_a_day(fresh), spared(fresh.polls), seconds_a_poll(fresh.polls)) == (None, None, None)
    assert spared(polls("failed", "unchanged", "new:1", "unchanged", "new:1")) == 0.5
