"""What a feed document asks for: how long to wait, and when not to ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from workers.poll.parse import parse
from workers.poll.wishes import DAYS, Wishes, skipped, wishes

HEAD = (
    '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>t</title>{}'
    "<item><link>https://news.example/1</link></item></channel></rss>"
)


@pytest.mark.parametrize(
    ("said", "every", "where"),
    [
        ({"ttl": "60"}, timedelta(hours=1), "ttl"),
        ({"ttl": " 5 "}, timedelta(minutes=5), "ttl"),
        ({"ttl": "soon"}, None, ""),
        ({"ttl": "0"}, None, ""),
        ({"period": "daily", "frequency": "4"}, timedelta(hours=6), "sy:updatePeriod"),
        ({"period": "Weekly"}, timedelta(days=7), "sy:updatePeriod"),
        ({"period": "hourly", "frequency": "2"}, timedelta(minutes=30), "sy:updatePeriod"),
        ({"period": "hourly", "frequency": "1"}, None, ""),
        ({"period": "sometimes"}, None, ""),
        ({"period": "daily", "frequency": "0"}, timedelta(days=1), "sy:updatePeriod"),
        ({"ttl": "30", "period": "daily"}, timedelta(days=1), "sy:updatePeriod"),
    ],
)
def test_the_longest_wish_counts_and_wordpress_default_is_none(
    said: dict[str, str], every: timedelta | None, where: str
) -> None:
    found = wishes(**said)
    assert (found.every, found.every_where) == (every, where)


def test_hours_and_days_are_numbers_and_never_all_of_them() -> None:
    some = wishes(hours=["24", "3", "x", "25", " 3 "], days=["Sunday", "monday", "someday"])
    assert (some.skip_hours, some.skip_days) == ((0, 3), (0, 6))
    assert wishes(hours=map(str, range(24)), days=DAYS) == (Wishes())


def test_skipped_times_are_found_in_broken_documents_too() -> None:
    assert skipped(
        b"<skipHours> <hour>1</hour><hour> 22 </hour></skipHours><skipDays><day>Sunday</day></skipDays>&"
    ) == (
        ["1", "22"],
        ["Sunday"],
    )


@pytest.mark.parametrize("damage", ["", "<b></i>"])
def test_both_ways_of_reading_find_the_same_wishes(damage: str) -> None:
    head = (
        "<ttl>15</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        "<skipHours><hour>7</hour><hour>8</hour></skipHours><skipDays><day>Saturday</day></skipDays>"
    )
    feed = parse(HEAD.format(head + damage).encode())
    assert (feed.every, feed.every_where) == (timedelta(hours=12), "sy:updatePeriod")
    assert (feed.skip_hours, feed.skip_days) == ((7, 8), (5,))
