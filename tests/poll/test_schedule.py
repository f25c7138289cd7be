"""What the schedule is worth: days of made-up feeds, watched by its rules and by a poll every ten minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.poll.simulate import (
    FIXED,
    HOUR,
    MINUTE,
    Publisher,
    bursts,
    mean_of,
    newspaper,
    steady,
    table,
    watch,
)
from workers.settings import Polling

SELDOM = Polling(every_seconds=3600)
"""A service that is set to ask much less often."""


@pytest.mark.parametrize(
    "publisher",
    [steady(24), steady(24, dated=False), steady(100), steady(500), newspaper(60)],
    ids=lambda one: one.name,
)
def test_news_of_a_busy_feed_is_seen_within_a_minute_and_none_is_lost(publisher: Publisher) -> None:
    ours, fixed = watch(publisher), watch(publisher, every=FIXED)
    assert len(ours.delays) >= 40
    assert (ours.lost, fixed.lost) == (0, 0)
    assert ours.median < MINUTE
    assert ours.median * 5 < fixed.median


def test_news_of_quiet_feeds_is_seen_within_minutes() -> None:
    feeds = [watch(steady(1, seed=seed)) for seed in range(6)]
    assert sum(feed.lost for feed in feeds) == 0
    assert mean_of(feeds) < 4 * MINUTE


def test_a_quiet_feed_is_asked_less_often_than_a_busy_one_and_each_article_costs_it_more_polls() -> None:
    quiet, busy = watch(steady(1)), watch(steady(100))
    assert quiet.polls < busy.polls / 2
    assert quiet.polls_an_article > busy.polls_an_article


def test_the_same_number_of_polls_brings_news_sooner_than_asking_all_feeds_alike() -> None:
    feeds = [steady(1), steady(5), steady(24), steady(100), steady(500)]
    fixed = [watch(feed, every=FIXED) for feed in feeds]
    ours = [watch(feed, polling=Polling(every_seconds=5500)) for feed in feeds]
    assert sum(feed.polls for feed in ours) <= sum(feed.polls for feed in fixed)
    assert mean_of(ours) < mean_of(fixed) * 2 / 3
    assert sum(feed.lost for feed in ours) == 0


def test_of_a_burst_only_what_was_never_listed_is_lost() -> None:
    whole, half = watch(bursts(20, 6 * HOUR, size=20)), watch(bursts(20, 6 * HOUR, size=10))
    assert (whole.lost, half.lost) == (0, half.lost)
    assert half.lost == len(half.delays), "10 of 20 were listed, each time"
    assert half.median < MINUTE


def test_a_burst_that_replaces_a_document_brings_no_haste_for_the_hours_after_it() -> None:
    half, whole = (watch(bursts(20, 6 * HOUR, size=size), polling=SELDOM) for size in (10, 40))
    assert half.polls < whole.polls * 1.2


@pytest.mark.parametrize(("per_day", "size"), [(500, 5), (2000, 20)])
@pytest.mark.parametrize("dated", [True, False])
def test_a_ttl_by_which_half_of_a_feed_would_be_lost_loses_a_small_part(per_day: int, size: int, dated: bool) -> None:
    feed = replace(steady(per_day, size=size, dated=dated), every=HOUR)
    ours, obedient = watch(feed), watch(feed, every=HOUR)
    assert obedient.lost > len(obedient.delays) / 2
    assert ours.lost < obedient.lost / 4


def test_a_ttl_is_obeyed_where_nothing_is_lost_by_it() -> None:
    watched = watch(replace(steady(24), every=timedelta(minutes=30)))
    assert watched.polls <= 3 * 48
    assert watched.lost == 0


def test_the_comparison_is_said_in_lines_and_is_the_same_each_time() -> None:
    feed = steady(5)
    assert watch(feed) == watch(feed)
    lines = table([feed])
    assert lines[2].startswith("5 a day ")
    assert "with the same number of polls in all" in lines[-1]
