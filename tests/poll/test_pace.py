"""When a feed is asked next, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.model import Feed
from workers.poll import pace
from workers.settings import Polling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLLING = Polling(every_seconds=600, floor_seconds=60, cap_seconds=86_400)
FEED = Feed(name="gazette", url="https://news.example/feed", source="Gazette")
MINUTE = timedelta(minutes=1)


def assert_about(turn: pace.Turn, wait: timedelta) -> None:
    """At the wait or up to a tenth later."""
    assert wait <= turn.at - NOW <= wait * 1.1


def after_failure(failures: int, wish: pace.Wish | None = None) -> pace.Turn:
    return pace.after_failure(FEED, POLLING, failures=failures, what="404", wish=wish, now=NOW)


def test_a_feed_is_asked_as_often_as_configured() -> None:
    turn = pace.after_success(FEED, POLLING, wishes=[], now=NOW)
    assert_about(turn, 10 * MINUTE)
    assert turn.reason == "every 10 min, as configured"


def test_a_feeds_own_interval_goes_before_the_services_but_not_under_the_floor() -> None:
    hourly = Feed(name="a", url="https://a.example/", source="a", every=timedelta(hours=1))
    hasty = Feed(name="b", url="https://b.example/", source="b", every=timedelta(seconds=5))
    assert pace.interval(hourly, POLLING) == timedelta(hours=1)
    assert pace.interval(hasty, POLLING) == MINUTE


def test_the_publisher_may_slow_us_down_but_not_speed_us_up_nor_stop_us() -> None:
    asked = pace.after_success(FEED, POLLING, wishes=[pace.Wish(30 * MINUTE, "max-age")], now=NOW)
    assert_about(asked, 30 * MINUTE)
    assert asked.reason == "the publisher asked for 30 min (max-age)"
    assert_about(pace.after_success(FEED, POLLING, wishes=[pace.Wish(MINUTE, "ttl")], now=NOW), 10 * MINUTE)
    absurd = pace.Wish(timedelta(days=30), "max-age")
    assert_about(pace.after_success(FEED, POLLING, wishes=[absurd], now=NOW), timedelta(hours=1))


def test_failures_lengthen_the_wait_one_by_one_up_to_the_cap() -> None:
    assert_about(after_failure(1), 10 * MINUTE)
    assert_about(after_failure(3), 30 * MINUTE)
    assert after_failure(3).reason == "3rd failure in a row: 404; again in 30 min"
    assert_about(after_failure(1_000_000_000), timedelta(days=1))


def test_a_retry_after_is_obeyed_up_to_the_cap() -> None:
    two_hours = after_failure(1, pace.Wish(timedelta(hours=2), "Retry-After"))
    assert_about(two_hours, timedelta(hours=2))
    assert two_hours.reason == "1st failure in a row: 404; the publisher asked for 2 h (Retry-After)"
    assert_about(after_failure(1, pace.Wish(timedelta(days=9), "Retry-After")), timedelta(days=1))
    assert_about(after_failure(5, pace.Wish(MINUTE, "Retry-After")), 50 * MINUTE)


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"cache-control": "public, max-age=1800"}, pace.Wish(30 * MINUTE, "max-age")),
        ({"cache-control": "max-age=1800", "age": "600"}, pace.Wish(20 * MINUTE, "max-age")),
        ({"cache-control": "max-age=60", "age": "600"}, pace.Wish(timedelta(0), "max-age")),
        ({"cache-control": 'MAX-AGE="300"'}, pace.Wish(5 * MINUTE, "max-age")),
        (
            {"expires": "Tue, 24 Nov 2026 12:30:00 GMT", "date": "Tue, 24 Nov 2026 12:10:00 GMT"},
            pace.Wish(20 * MINUTE, "Expires"),
        ),
        ({"expires": "Tue, 24 Nov 2026 12:30:00 GMT"}, pace.Wish(30 * MINUTE, "Expires")),
        ({"cache-control": "max-age=60", "expires": "Tue, 24 Nov 2026 18:00:00 GMT"}, pace.Wish(MINUTE, "max-age")),
        ({"cache-control": "no-cache, max-age=1800"}, None),
        ({"cache-control": "no-store", "expires": "Tue, 24 Nov 2026 18:00:00 GMT"}, None),
        ({"cache-control": "s-maxage=1800"}, None),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
        ({}, None),
    ],
)
def test_cache_headers_say_how_long_an_answer_holds(headers: dict[str, str], wish: pace.Wish | None) -> None:
    assert pace.wishes_of_headers(headers, NOW) == ([wish] if wish else [])


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        (b"<rss><channel><ttl>30</ttl>", pace.Wish(30 * MINUTE, "ttl")),
        (b"<rss><ttl> 5 </ttl>", pace.Wish(5 * MINUTE, "ttl")),
        (b"<rss><ttl>soon</ttl>", None),
        (b"<sy:updatePeriod>daily</sy:updatePeriod>", pace.Wish(timedelta(days=1), "sy:updatePeriod")),
        (
            b"<sy:updatePeriod>\nhourly\n</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            pace.Wish(30 * MINUTE, "sy:updatePeriod"),
        ),
        (b"<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", None),
        (
            b"<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            pace.Wish(timedelta(days=1), "sy:updatePeriod"),
        ),
    ],
)
def test_a_document_says_how_often_it_changes_but_for_a_systems_default(body: bytes, wish: pace.Wish | None) -> None:
    assert pace.wishes_of_document(body) == ([wish] if wish else [])


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Tue, 24 Nov 2026 12:05:00 GMT", 5 * MINUTE),
        ("Tue, 24 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("later", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, wait: timedelta | None) -> None:
    wish = pace.wish_to_retry({"retry-after": value}, NOW)
    assert (wish.wait if wish else None) == wait


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (60, "1 min"),
        (600, "10 min"),
        (601, "11 min"),
        (3_600, "1 h"),
        (5_400, "90 min"),
        (86_400, "24 h"),
        (259_200, "3 days"),
    ],
)
def test_durations_are_said_in_words(seconds: int, words: str) -> None:
    assert pace.in_words(timedelta(seconds=seconds)) == words


def test_feeds_read_together_do_not_stay_together() -> None:
    turns = {
        pace.after_success(Feed(name=str(n), url="https://a.example/", source="a"), POLLING, wishes=[], now=NOW).at
        for n in range(100)
    }
    assert len(turns) == 100


@given(st.integers(1, 10**9), st.integers(0, 10**8))
def test_whatever_is_asked_the_wait_stays_between_interval_and_cap(failures: int, seconds: int) -> None:
    wait = after_failure(failures, pace.Wish(timedelta(seconds=seconds), "Retry-After")).at - NOW
    assert 10 * MINUTE <= wait <= timedelta(days=1) * 1.1
