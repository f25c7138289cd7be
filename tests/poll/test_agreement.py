"""newsdesk reads feeds at least as rightly as feedparser, and much faster; the figures are printed."""

from __future__ import annotations

import pytest

from tests.poll import agreement

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not agreement.DATA.exists(), reason="shared/data not present"),
]


def test_every_field_is_right_at_least_as_often_as_with_feedparser(capsys: pytest.CaptureFixture[str]) -> None:
    rows = agreement.agreement()

    with capsys.disabled():
        print()  # noqa: T201 # the figures are the point
        for row in rows:
            print(f"{row.what:24} {row.cases:5} known  {row.feedparser:5} feedparser  {row.ours:5} newsdesk")  # noqa: T201 # the figures are the point
    assert sum(row.cases for row in rows) > 10_000
    assert [row for row in rows if row.ours < row.feedparser] == []


def test_reading_takes_a_fraction_of_feedparsers_time(capsys: pytest.CaptureFixture[str]) -> None:
    (figures,) = agreement.speed(rounds=1, every=3)  # all of them in `make bench`

    with capsys.disabled():
        print(  # noqa: T201 # the figures are the point
            f"\n{figures.feeds} feeds, {figures.megabytes:.0f} MB, {figures.entries} entries: "
            f"feedparser {figures.feedparser_seconds:.1f} s, newsdesk {figures.our_seconds:.2f} s of processor time, "
            f"{figures.times:.0f} times as fast; {figures.fast} of {figures.of} XML feeds need no feedparser"
        )
    assert figures.times > 8  # 20 and more on a quiet machine
    assert figures.fast > 0.8 * figures.of
