"""Times as pages write them, and the choice between several."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.extract.dates import Stamp, choose, stamp

NOW = datetime(2024, 5, 10, 12, tzinfo=UTC)


def read(text: str, source: str = "meta") -> Stamp:
    found = stamp(text, source)
    assert found is not None
    return found


def chosen(stamps: list[Stamp], announced: datetime | None, day: date | None = None) -> tuple[datetime, str] | None:
    found = choose(stamps, announced, NOW, day)
    return found[:2] if found else None


@pytest.mark.parametrize(
    ("text", "when", "timed", "zoned"),
    [
        ("2024-05-09T10:30:00+02:00", datetime(2024, 5, 9, 8, 30, tzinfo=UTC), True, True),
        ("2024-05-09T10:30:00.123Z", datetime(2024, 5, 9, 10, 30, tzinfo=UTC), True, True),
        ("2024-05-09 10:30:00 -0500", datetime(2024, 5, 9, 15, 30, tzinfo=UTC), True, True),
        ("2024-05-09T10:30", datetime(2024, 5, 9, 10, 30, tzinfo=UTC), True, False),
        ("2024-5-9", datetime(2024, 5, 9, tzinfo=UTC), False, False),
        ("20240509", datetime(2024, 5, 9, tzinfo=UTC), False, False),
        ("2024-05-09T00:00:00+02:00", datetime(2024, 5, 8, 22, tzinfo=UTC), False, True),
        ("Thu, 09 May 2024 10:30:00 GMT", datetime(2024, 5, 9, 10, 30, tzinfo=UTC), True, True),
    ],
)
def test_a_written_time_is_read_with_what_it_leaves_open(text: str, when: datetime, timed: bool, zoned: bool) -> None:
    stamp_read = read(text)
    assert (stamp_read.when, stamp_read.timed, stamp_read.zoned) == (when, timed, zoned)
    assert stamp_read.day == date(2024, 5, 9)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2024-13-45", "2024-02-30T10:00Z", "99999999", "0000-00-00", "2024-05-09T25:61Z"]
)
def test_what_is_no_time_is_not_read_as_one(text: str) -> None:
    assert stamp(text, "meta") is None


@given(st.text(max_size=80))
def test_any_text_at_all_is_a_time_or_none(text: str) -> None:
    found = stamp(text, "meta")
    assert found is None or found.when.tzinfo is UTC


def test_a_zoned_time_goes_before_a_day_and_before_a_time_without_zone() -> None:
    stamps = [
        read("2024-05-09", "json-ld"),
        read("2024-05-09T10:30", "json-ld"),
        read("2024-05-09T10:30+02:00", "meta"),
    ]
    assert chosen(stamps, None) == (datetime(2024, 5, 9, 8, 30, tzinfo=UTC), "meta")


def test_of_times_stated_alike_the_first_place_goes_first() -> None:
    stamps = [read("2024-05-09T10:30Z", "json-ld"), read("2024-05-09T11:45Z", "meta")]
    assert chosen(stamps, None) == (datetime(2024, 5, 9, 10, 30, tzinfo=UTC), "json-ld")


def test_the_feed_gives_the_minute_where_the_page_gives_the_day() -> None:
    announced = datetime(2024, 5, 9, 14, 20, tzinfo=UTC)
    assert chosen([read("2024-05-09")], announced) == (announced, "feed")


def test_the_feed_gives_the_zone_where_the_page_leaves_it_out() -> None:
    announced = datetime(2024, 5, 9, 8, 30, tzinfo=UTC)
    assert chosen([read("2024-05-09T10:30")], announced) == (announced, "feed")


def test_a_feed_that_names_another_day_does_not_move_the_article() -> None:
    announced = NOW - timedelta(hours=1)
    assert chosen([read("2024-05-02")], announced) == (datetime(2024, 5, 2, tzinfo=UTC), "meta")


def test_a_page_without_any_time_takes_the_feeds() -> None:
    announced = datetime(2024, 5, 9, 8, 30, tzinfo=UTC)
    assert chosen([], announced) == (announced, "feed")


def test_nothing_is_published_in_the_future() -> None:
    stamps = [read("2031-01-01T10:00Z"), read("2024-05-01")]
    assert chosen(stamps, NOW + timedelta(days=3)) == (datetime(2024, 5, 1, tzinfo=UTC), "meta")
    assert chosen(stamps[:1], NOW + timedelta(days=3)) is None


def test_a_stamp_of_the_day_a_reader_of_the_page_found_goes_before_others() -> None:
    stamps = [read("2024-05-02T10:30Z", "json-ld"), read("2024-05-09T07:00Z", "meta")]
    assert chosen(stamps, None, date(2024, 5, 9)) == (datetime(2024, 5, 9, 7, tzinfo=UTC), "meta")


def test_a_stamp_a_day_off_is_the_same_event_in_another_zone() -> None:
    stamps = [read("2024-05-10T02:30Z", "json-ld")]
    found = choose(stamps, None, NOW, date(2024, 5, 9))
    assert found == (datetime(2024, 5, 10, 2, 30, tzinfo=UTC), "json-ld", date(2024, 5, 9))


def test_a_lone_stamp_of_another_day_gives_way_to_the_day_alone() -> None:
    stamps = [read("2024-04-02T10:30Z", "json-ld")]
    assert chosen(stamps, None, date(2024, 5, 9)) == (datetime(2024, 5, 9, tzinfo=UTC), "page")


def test_two_places_that_agree_are_believed_against_the_rest_of_the_page() -> None:
    stamps = [read("2024-04-30T10:30Z", "json-ld"), read("2024-04-30T10:30Z", "meta")]
    assert chosen(stamps, None, date(2024, 4, 3)) == (datetime(2024, 4, 30, 10, 30, tzinfo=UTC), "json-ld")


def test_the_day_is_kept_as_written_beside_the_instant() -> None:
    found = choose([read("2024-05-09T23:30-05:00")], None, NOW)
    assert found == (datetime(2024, 5, 10, 4, 30, tzinfo=UTC), "meta", date(2024, 5, 9))
