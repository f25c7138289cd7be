"""When a feed is asked next, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.model import Feed, FeedMemory
from workers.poll import pace
from workers.poll.rhythm import UNKNOWN, rhythm
from workers.settings import Polling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""A Tuesday."""
POLLING = Polling(every_seconds=600, floor_seconds=60, cap_seconds=86_400)
FEED = Feed(name="gazette", url="https://news.example/feed", source="Gazette")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

DAILY = FeedMemory(gap=DAY, last_new=NOW, listed=10)
"""An article a day: asked every 10 minutes."""


def success(
    memory: FeedMemory = DAILY,
    *,
    feed: Feed = FEED,
    polling: Polling = POLLING,
    headers: Mapping[str, str] | None = None,
    push_live: bool = False,
    now: datetime = NOW,
) -> pace.Turn:
    return pace.after_success(feed, polling, memory, headers=headers or {}, push_live=push_live, now=now)


def failure(
    failures: int, wish: pace.Wish | None = None, memory: FeedMemory = DAILY, polling: Polling = POLLING
) -> pace.Turn:
    return pace.after_failure(FEED, polling, memory, failures=failures, what="404", wish=wish, now=NOW)


def assert_about(turn: pace.Turn, wait: timedelta, now: datetime = NOW) -> None:
    """At the wait or up to a tenth later; a microsecond for rounding."""
    assert wait <= turn.at - now <= wait * 1.1 + timedelta(microseconds=1), (turn.at - now, turn.reason)


def asking(headers: str) -> dict[str, str]:
    """Headers from lines of "name: value"."""
    return dict(line.split(": ", 1) for line in headers.splitlines())


# --- the rhythm


@pytest.mark.parametrize(
    ("gap", "wait", "reason"),
    [
        (DAY, 10 * MINUTE, "an article every 24 h: asked every 10 min"),
        (4 * DAY, 20 * MINUTE, "an article every 4 days: asked every 20 min"),
        (DAY / 4, 5 * MINUTE, "an article every 6 h: asked every 5 min"),
        (DAY / 64, 75 * MINUTE / 60, "an article every 23 min: asked every 2 min"),
        (5 * MINUTE, MINUTE, "an article every 5 min: asked every 1 min"),
        (30_000 * DAY, DAY, "an article every 30000 days: asked every 24 h"),
    ],
)
def test_a_feed_is_asked_by_the_square_root_of_its_rhythm(gap: timedelta, wait: timedelta, reason: str) -> None:
    turn = success(replace(DAILY, gap=gap))
    assert_about(turn, wait)
    assert turn.reason == reason


def test_a_feed_that_has_not_shown_its_rhythm_is_asked_as_if_it_had_an_article_an_hour() -> None:
    turn = success(FeedMemory(last_new=NOW))
    assert_about(turn, 2.04 * MINUTE - timedelta(seconds=0.6))
    assert turn.reason == "its rhythm is not known yet: asked every 3 min"
    assert UNKNOWN == HOUR


@pytest.mark.parametrize("gap", [None, 5 * MINUTE, HOUR])
def test_a_silent_feed_slows_down_whatever_its_rhythm_was(gap: timedelta | None) -> None:
    silent = success(FeedMemory(gap=gap, last_new=NOW - 12 * DAY))
    assert_about(silent, 20 * MINUTE)
    assert silent.reason == "nothing new for 12 days: asked every 20 min"


def test_a_silence_that_is_usual_slows_nobody_down() -> None:
    assert success(replace(DAILY, last_new=NOW - 2.9 * DAY)).reason == success().reason


def test_what_the_operator_chose_goes_before_any_rhythm_but_not_under_the_floor() -> None:
    hourly = success(replace(DAILY, gap=MINUTE), feed=replace(FEED, every=HOUR))
    assert_about(hourly, HOUR)
    assert hourly.reason == "every 1 h, as configured"
    assert_about(success(feed=replace(FEED, every=timedelta(seconds=5))), MINUTE)


# --- the rhythm, learned


def learn(
    before: FeedMemory | None = None, *, dates: list[datetime] | None = None, listed: int = 10, new: int = 0
) -> FeedMemory:
    before = before or FeedMemory()
    seen = rhythm(before, dates=dates or [], listed=listed, new=new, now=NOW)
    return replace(before, gap=seen.gap, last_new=seen.last_new, turnover=seen.turnover)


def test_dates_in_the_document_show_the_rhythm_at_the_first_reading() -> None:
    assert learn(dates=[NOW - HOUR * n for n in range(1, 11)]).gap == HOUR


def test_only_the_latest_dates_count_and_none_of_the_future() -> None:
    years = [NOW - 365 * DAY * n for n in range(1, 40)]
    assert learn(dates=[NOW + DAY, *(NOW - HOUR * n for n in range(1, 21)), *years]).gap == HOUR


@pytest.mark.parametrize("dates", [[], [NOW - HOUR, NOW - DAY], [NOW, NOW, NOW], [NOW + DAY] * 5])
def test_without_dates_that_tell_arrivals_do(dates: list[datetime]) -> None:
    before = FeedMemory(gap=2 * HOUR, last_new=NOW - 4 * HOUR, polled=NOW - MINUTE, listed=10)
    assert learn(before, dates=dates, new=0).gap == 2 * HOUR
    assert learn(before, dates=dates, new=1).gap == 2 * HOUR * 0.7 + 4 * HOUR * 0.3
    assert learn(before, dates=dates, new=4).gap == 2 * HOUR * 0.7 + HOUR * 0.3
    assert learn(replace(before, gap=None), dates=dates, new=1).gap == UNKNOWN * 0.7 + 4 * HOUR * 0.3


def test_dates_that_no_new_entry_has_are_not_believed() -> None:
    frozen = [datetime(1970, 1, day, tzinfo=UTC) for day in range(1, 12)]
    before = FeedMemory(gap=HOUR, last_new=NOW - HOUR, polled=NOW - MINUTE, listed=11)
    assert learn(before, dates=frozen, listed=11, new=1).gap == HOUR
    late = [NOW - HOUR * n for n in range(20, 31)]
    assert learn(before, dates=late, listed=11, new=1).gap == HOUR * 30 / 11


def test_when_something_was_last_new_is_the_first_reading_or_the_latest_news() -> None:
    assert learn(new=0).last_new == NOW
    before = FeedMemory(last_new=NOW - DAY)
    assert learn(before, new=0).last_new == NOW - DAY
    assert learn(before, new=1).last_new == NOW


# --- the risk of loss


@pytest.mark.parametrize(
    ("listed", "new", "turnover"),
    [
        (10, 10, 30 * MINUTE),  # all of it
        (10, 5, HOUR),  # half of it
        (10, 3, HOUR * 10 / 6),
        (10, 2, None),  # less than a quarter
        (15, 5, None),  # it grew by what is new
        (0, 0, 30 * MINUTE),  # emptied
    ],
)
def test_what_fell_out_of_a_document_shows_how_soon_it_is_half_replaced(
    listed: int, new: int, turnover: timedelta | None
) -> None:
    before = FeedMemory(polled=NOW - HOUR, last_new=NOW - HOUR, listed=10)
    assert learn(before, listed=listed, new=new).turnover == turnover


def test_a_first_document_and_one_after_an_empty_one_show_no_risk() -> None:
    assert learn(listed=10, new=10).turnover is None
    assert learn(FeedMemory(polled=NOW - HOUR), listed=10, new=10).turnover is None


def test_what_fell_out_while_a_feed_failed_shows_nothing() -> None:
    before = FeedMemory(polled=NOW - MINUTE, last_new=NOW - DAY, listed=10, failures=9)
    assert learn(before, listed=10, new=10).turnover is None
    assert learn(replace(before, turnover=HOUR), listed=10, new=0).turnover == HOUR


RISKY = replace(DAILY, turnover=4 * MINUTE)


def test_a_feed_is_asked_before_half_of_its_document_is_replaced() -> None:
    turn = success(RISKY)
    assert_about(turn, 4 * MINUTE)
    assert turn.reason == "half of its 10 entries are new within 4 min: asked every 4 min"
    assert_about(success(replace(RISKY, turnover=timedelta(seconds=5))), MINUTE)
    assert success(replace(RISKY, turnover=HOUR)) == success()


def test_the_risk_of_loss_goes_before_what_the_document_asks_for_however_short_the_usual_wait() -> None:
    busy = replace(DAILY, gap=MINUTE, listed=100, turnover=25 * MINUTE)
    assert_about(success(replace(busy, every=HOUR, every_where="ttl")), 25 * MINUTE)
    short = success(replace(busy, every=20 * MINUTE, every_where="ttl"))
    assert short.reason == "the publisher asked for 20 min (ttl)"


def test_a_document_is_not_waited_for_longer_than_its_rhythm_replaces_half_of_it() -> None:
    turn = success(replace(DAILY, gap=MINUTE, every=HOUR, every_where="ttl"))
    assert_about(turn, 5 * MINUTE)
    assert turn.reason == "half of its 10 entries are new within 5 min: asked every 5 min"
    assert_about(success(replace(DAILY, gap=MINUTE), polling=Polling(every_seconds=86_400)), 5 * MINUTE)
    silent = replace(DAILY, gap=MINUTE, last_new=NOW - 24 * MINUTE, every=HOUR, every_where="ttl")
    assert_about(success(silent), 40 * MINUTE)
    assert_about(success(replace(DAILY, gap=MINUTE), push_live=True), HOUR)
    assert_about(success(replace(DAILY, gap=MINUTE), headers={"cache-control": "max-age=1800"}), 30 * MINUTE)


def test_the_risk_of_loss_goes_before_skipped_hours() -> None:
    at_night = replace(DAILY, turnover=25 * MINUTE, skip_hours=tuple(range(12, 18)))
    assert success(at_night).at == NOW + 25 * MINUTE
    assert success(replace(at_night, turnover=None)).at >= NOW + 6 * HOUR


def test_the_risk_of_loss_goes_before_a_hub() -> None:
    assert_about(success(RISKY, push_live=True), 4 * MINUTE)


def test_the_risk_of_loss_gives_way_to_max_age_and_to_the_operator() -> None:
    assert_about(success(RISKY, headers={"cache-control": "max-age=1800"}), 30 * MINUTE)
    assert_about(success(RISKY, feed=replace(FEED, every=HOUR)), HOUR)


def test_a_feed_that_brought_all_at_once_and_fell_silent_is_not_asked_in_haste_for_ever() -> None:
    burst = replace(RISKY, turnover=timedelta(seconds=30), last_new=NOW - HOUR)
    assert success(burst) == success(replace(DAILY, last_new=NOW - HOUR))
    assert_about(success(replace(burst, last_new=NOW - 6 * MINUTE)), 2 * MINUTE)


# --- what the publisher asks for


@pytest.mark.parametrize(
    ("headers", "wait", "reason"),
    [
        ("cache-control: max-age=1800", 30 * MINUTE, "the publisher asked for 30 min (max-age)"),
        ("cache-control: max-age=1800\nage: 300", 25 * MINUTE, "the publisher asked for 25 min (max-age)"),
        ("cache-control: max-age=60", 10 * MINUTE, None),
        (
            "cache-control: max-age=2591034",
            HOUR,
            "the publisher asked for 30 days (max-age), too long: asked every 1 h",
        ),
        ("cache-control: no-cache, max-age=1800", 10 * MINUTE, None),
        (
            "expires: Tue, 24 Nov 2026 12:40:00 GMT\ndate: Tue, 24 Nov 2026 12:10:00 GMT",
            30 * MINUTE,
            "the publisher asked for 30 min (Expires)",
        ),
        (
            "expires: Thu, 31 Dec 2037 23:55:55 GMT",
            HOUR,
            "the publisher asked for 4056 days (Expires), too long: asked every 1 h",
        ),
        ("expires: Thu, 01 Jan 1970 00:00:00 GMT", 10 * MINUTE, None),
    ],
)
def test_cache_headers_slow_us_down_but_neither_speed_us_up_nor_stop_us(
    headers: str, wait: timedelta, reason: str | None
) -> None:
    turn = success(headers=asking(headers))
    assert_about(turn, wait)
    assert turn.reason == (reason or success().reason)


def test_cache_headers_count_where_an_operator_chose_the_interval() -> None:
    turn = success(feed=replace(FEED, every=5 * MINUTE), headers={"cache-control": "max-age=1800"})
    assert_about(turn, 30 * MINUTE)


@pytest.mark.parametrize("where", ["ttl", "sy:updatePeriod"])
def test_a_document_slows_us_down_up_to_our_patience(where: str) -> None:
    turn = success(replace(DAILY, every=45 * MINUTE, every_where=where))
    assert_about(turn, 45 * MINUTE)
    assert turn.reason == f"the publisher asked for 45 min ({where})"
    assert_about(success(replace(DAILY, every=7 * DAY, every_where=where)), pace.PATIENCE)
    assert success(replace(DAILY, every=MINUTE, every_where=where)) == success()


def test_a_documents_wishes_do_not_count_where_an_operator_chose_the_interval() -> None:
    wishful = replace(DAILY, every=45 * MINUTE, every_where="ttl", skip_hours=(12, 13), skip_days=(1,))
    assert_about(success(wishful, feed=replace(FEED, every=5 * MINUTE)), 5 * MINUTE)


def test_the_longest_wish_counts() -> None:
    turn = success(replace(DAILY, every=45 * MINUTE, every_where="ttl"), headers={"cache-control": "max-age=1800"})
    assert turn.reason == "the publisher asked for 45 min (ttl)"


def test_a_feed_that_is_pushed_is_asked_every_hour_all_the_same() -> None:
    turn = success(push_live=True)
    assert_about(turn, HOUR)
    assert turn.reason == "its hub pushes what is new, and may forget: asked every 1 h all the same"
    assert_about(success(replace(DAILY, gap=400 * DAY), push_live=True), 200 * MINUTE)
    assert_about(success(push_live=True, feed=replace(FEED, every=5 * MINUTE)), HOUR)


@pytest.mark.parametrize("push_live", [True, False])
def test_no_wish_goes_beyond_a_cap_that_is_shorter_than_our_patience(push_live: bool) -> None:
    polling = Polling(every_seconds=60, floor_seconds=10, cap_seconds=900)
    wishful = replace(DAILY, every=DAY, every_where="ttl")
    assert_about(
        success(wishful, polling=polling, headers={"cache-control": "max-age=3600"}, push_live=push_live), 15 * MINUTE
    )


@pytest.mark.parametrize(
    ("hours", "days", "earliest"),
    [
        ((), (), None),
        ((3, 4), (5, 6), None),
        ((12,), (), datetime(2026, 11, 24, 13, tzinfo=UTC)),
        ((12, 13, 15), (), datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ((22, 23, 0, *range(12, 22)), (), datetime(2026, 11, 25, 1, tzinfo=UTC)),
        ((), (1,), datetime(2026, 11, 25, 0, tzinfo=UTC)),
        ((0, 1), (1,), datetime(2026, 11, 25, 2, tzinfo=UTC)),
    ],
)
def test_skipped_hours_and_days_are_left_out(
    hours: tuple[int, ...], days: tuple[int, ...], earliest: datetime | None
) -> None:
    turn = success(replace(DAILY, skip_hours=hours, skip_days=days))
    if earliest is None:
        assert turn == success()
        return
    assert earliest <= turn.at <= earliest + 6 * MINUTE
    assert turn.reason.endswith(f", but not before {turn.at:%a %H:%M} GMT (skipHours, skipDays)")


@pytest.mark.parametrize(("hours", "days"), [(tuple(range(24)), ()), ((), tuple(range(7)))])
def test_who_skips_all_hours_or_days_skips_none(hours: tuple[int, ...], days: tuple[int, ...]) -> None:
    assert success(replace(DAILY, skip_hours=hours, skip_days=days)) == success()


def test_skipped_days_stop_nobody_for_longer_than_the_cap() -> None:
    turn = success(replace(DAILY, skip_days=(1, 2, 3, 4)))
    assert turn.at == NOW + DAY


def test_feeds_with_the_same_skipped_hours_are_not_all_asked_at_the_full_hour() -> None:
    night = replace(DAILY, skip_hours=(12,))
    assert len({success(night, feed=replace(FEED, name=str(n))).at for n in range(100)}) == 100


# --- failures


def test_failures_lengthen_the_wait_one_by_one_up_to_the_cap() -> None:
    assert_about(failure(1), 10 * MINUTE)
    assert_about(failure(3), 30 * MINUTE)
    assert failure(3).reason == "3rd failure in a row: 404; again in 30 min"
    assert_about(failure(145), DAY)
    assert_about(failure(1_000_000_000), DAY)


def test_a_retry_after_is_obeyed_up_to_the_cap() -> None:
    two_hours = failure(1, pace.Wish(2 * HOUR, "Retry-After"))
    assert_about(two_hours, 2 * HOUR)
    assert two_hours.reason == "1st failure in a row: 404; the publisher asked for 2 h (Retry-After)"
    assert_about(failure(1, pace.Wish(9 * DAY, "Retry-After")), DAY)
    assert_about(failure(5, pace.Wish(MINUTE, "Retry-After")), 50 * MINUTE)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_failures_are_counted_as_one_says_it(number: int, words: str) -> None:
    assert failure(number).reason.startswith(f"{words} failure in a row: ")


# --- the spread


def test_feeds_read_together_do_not_stay_together() -> None:
    waits = [success(feed=replace(FEED, name=str(n))).at - NOW for n in range(200)]
    assert len(set(waits)) == 200
    assert min(waits) < 10.1 * MINUTE
    assert max(waits) > 10.9 * MINUTE


def test_the_same_feed_at_the_same_moment_gets_the_same_turn() -> None:
    assert success() == success()
    assert success().at - NOW != success(replace(DAILY, last_new=NOW + HOUR), now=NOW + HOUR).at - NOW - HOUR


# --- reading headers


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"cache-control": "public, max-age=1800"}, pace.Wish(30 * MINUTE, "max-age")),
        ({"cache-control": "max-age=1800", "age": "600"}, pace.Wish(20 * MINUTE, "max-age")),
        ({"cache-control": "max-age=60", "age": "600"}, pace.Wish(timedelta(0), "max-age")),
        ({"cache-control": "max-age=60", "age": "soon"}, pace.Wish(MINUTE, "max-age")),
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
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Tue, 24 Nov 2026 12:05:00 GMT", 5 * MINUTE),
        ("Tue, 24 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("99999999999999999999", timedelta(seconds=999_999_999)),
        ("later", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, wait: timedelta | None) -> None:
    wish = pace.wish_to_retry({"retry-after": value}, NOW)
    assert (wish.wait if wish else None) == wait


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 99999999999999999999 Jan 2026 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999",
        "Mon, 32 Jan 2026 00:00:00 GMT",
    ],
)
def test_a_date_that_cannot_be_is_none(text: str) -> None:
    assert pace.http_date(text) is None
    assert pace.wish_to_retry({"retry-after": text}, NOW) is None


@given(st.text(), st.text(), st.text())
def test_no_header_can_break_the_schedule(control: str, expires: str, age: str) -> None:
    turn = success(headers={"cache-control": f"max-age={control}", "expires": expires, "age": age, "date": control})
    assert 10 * MINUTE <= turn.at - NOW <= HOUR * 1.1


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


# --- whatever happens


waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000))
memories = st.builds(
    FeedMemory,
    gap=st.none() | waits,
    last_new=st.none() | waits.map(lambda ago: NOW - ago),
    turnover=st.none() | waits,
    listed=st.integers(0, 50_000),
    every=st.none() | waits,
    skip_hours=st.sets(st.integers(0, 23)).map(tuple),
    skip_days=st.sets(st.integers(0, 6)).map(tuple),
)


@given(memories, st.integers(0, 10**12), st.booleans())
def test_whatever_is_known_and_asked_the_next_poll_is_between_floor_and_cap(
    memory: FeedMemory, age: int, push_live: bool
) -> None:
    turn = success(memory, headers={"cache-control": f"max-age={age}"}, push_live=push_live)
    assert MINUTE <= turn.at - NOW <= DAY * 1.1
    assert turn.reason


@given(memories, st.integers(1, 10**9), st.integers(0, 10**9))
def test_however_often_a_feed_fails_its_next_poll_is_between_floor_and_cap(
    memory: FeedMemory, failures: int, seconds: int
) -> None:
    wait = failure(failures, pace.Wish(timedelta(seconds=seconds), "Retry-After"), memory).at - NOW
    assert MINUTE <= wait <= DAY * 1.1
