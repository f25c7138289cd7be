"""What each site's pages give, and which site gives less than it did."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis

from tests.ledger.conftest import Clock
from tests.ledger.test_ledger import announce, claimed
from workers.ledger.jobs import DROP_BODY, Settlement
from workers.ledger.ledger import Ledger
from workers.ledger.reading import RedisJournal
from workers.ledger.yields import SiteYield, Yield, by_site
from workers.model import Feed

WEEK = Yield(outcomes={"extracted": 90, "too-short": 10}, words=45_000)


@pytest.mark.parametrize(
    ("today", "problem"),
    [
        (Yield(outcomes={"extracted": 9, "too-short": 1}, words=4_400), None),
        (
            Yield(outcomes={"extracted": 2, "too-short": 5, "not-article": 1}, words=900),
            "2 of 8 pages gave an article, 90% before; 5 were too-short",
        ),
        (Yield(outcomes={"consent-wall": 6}), "0 of 6 pages gave an article, 90% before; 6 were consent-wall"),
        (Yield(outcomes={"extracted": 9}, words=900), "its articles have 100 words, 500 before"),
        (Yield(outcomes={"too-short": 4}), None),  # too few to say
        (Yield(), None),
    ],
)
def test_a_site_is_measured_by_its_own_week(today: Yield, problem: str | None) -> None:
    assert SiteYield(site="gazette.test", today=today, before=WEEK).problem == problem


def test_a_site_that_is_new_or_was_never_good_has_no_problem() -> None:
    bad = Yield(outcomes={"too-short": 20})
    assert SiteYield(site="s", today=bad, before=Yield()).problem is None
    assert SiteYield(site="s", today=bad, before=bad).problem is None


def test_days_are_summed_by_site() -> None:
    days = [
        {"a.test extracted": 2, "a.test #words": 900},
        {"a.test extracted": 1, "b.test too-short": 3},
        {"a.test gone": 1},
    ]
    a, b = by_site(days)
    assert a == SiteYield(
        site="a.test",
        today=Yield(outcomes={"extracted": 2}, words=900),
        before=Yield(outcomes={"extracted": 1, "gone": 1}),
    )
    assert (b.site, b.today.pages, b.before.pages) == ("b.test", 0, 3)
    assert by_site([]) == ()


@pytest.mark.integration
def test_each_page_understood_or_refused_is_counted_for_its_site_and_day(
    ledger: Ledger, feed: Feed, client: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = RedisJournal(client, ledger.rules, identify=str)
    monkeypatch.setattr(journal, "now", ledger.now)
    announce(ledger, feed, "a", "b", "c")
    ends = {
        "a": Settlement(to="index", outcome="extracted", words=300, body=b"x"),
        "b": Settlement(to="dead", outcome="too-short", body=DROP_BODY),
        "c": Settlement(to="fetch", outcome="page-lost"),
    }
    for job, end in ends.items():
        ledger.settle(claimed(ledger, "fetch", job), Settlement(to="extract", outcome="fetched", body=b"page"))
        ledger.settle(claimed(ledger, "extract", job), end)
        clock.passes(5)
    (site,) = journal.yields()
    assert site.today == Yield(outcomes={"extracted": 1, "too-short": 1, "page-lost": 1}, words=300)
    (claim,) = ledger.claim_many("index", limit=9, lease=timedelta(seconds=30))
    ledger.settle(claim, Settlement(to="dead", outcome="duplicate", body=DROP_BODY))
    (site,) = journal.yields()
    assert site.today.outcomes == {"duplicate": 1, "too-short": 1, "page-lost": 1}
    clock.passes(86_400)
    (site,) = journal.yields()
    assert (site.today.pages, site.before.pages) == (0, 3)
    clock.passes(8 * 86_400)
    assert journal.yields() == ()
