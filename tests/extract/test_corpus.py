"""Real pages of four collections: none crashes the reader, and the figures stay where they were measured."""

from __future__ import annotations

import pytest

from tests.extract.measure import FETCHED, PAGES, UNKNOWN, pages, read_newsdesk
from tests.extract.scores import SCORES, Pairs
from workers.extract.story import extract
from workers.model import Article

needs_pages = pytest.mark.skipif(not PAGES.exists(), reason="shared/data not present")

FLOORS = {
    "aeb": {"shingles": 0.97, "words": 0.96},
    "traf": {"passages": 0.933, "title": 0.82, "authors": 0.66, "day": 0.84},
    "htmldate": {"day": 0.9, "utc-day": 0.86},
    "fundus": {"words": 0.96, "shingles": 0.96, "title": 0.78, "day": 0.95, "minute": 0.96},
}
"""A little below what `python -m tests.extract.measure` printed; all but the days above trafilatura's."""
INVENTED = 0.33
"""Share of traf pages annotated without authors that may be given one; trafilatura: .46."""


@pytest.mark.corpus
@needs_pages
@pytest.mark.parametrize("source", SCORES)
def test_a_sample_of_real_pages_gives_articles(source: str) -> None:
    outcomes = [extract(html, page["url"] or UNKNOWN, fetched=FETCHED) for page, html in pages(source, step=20)]
    assert sum(isinstance(outcome, Article) for outcome in outcomes) >= 0.8 * len(outcomes)
    assert all(outcome.url for outcome in outcomes)


@needs_pages
@pytest.mark.integration
@pytest.mark.parametrize("source", SCORES)
def test_the_figures_of_every_source_stay_where_they_were_measured(source: str) -> None:
    pairs: Pairs = [(read_newsdesk(html, page), page) for page, html in pages(source)]
    scored = {name: rule(pairs) or 0.0 for name, rule in SCORES[source].items()}
    assert {name: scored[name] for name, floor in FLOORS[source].items() if scored[name] < floor} == {}
    assert scored.get("invented", 0) <= INVENTED


@needs_pages
@pytest.mark.integration
def test_no_page_of_news_is_refused() -> None:
    outcomes = [extract(html, page["url"], fetched=FETCHED) for page, html in pages("fundus")]
    assert [outcome for outcome in outcomes if not isinstance(outcome, Article)] == []
