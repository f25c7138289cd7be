"""Corrections, copies and repeats, from the page to the search, in both stores."""

from __future__ import annotations

import pytest

from tests.fetch.conftest import Site
from tests.journey.newsroom import Newsroom, page

pytestmark = pytest.mark.integration


def test_a_correction_is_a_revision_and_only_its_words_are_found(newsroom: Newsroom, site: Site) -> None:
    url = site.serves("/bridge", page("Bridge closed"))
    newsroom.ingests(url)
    site.serves("/bridge", page("Bridge open", 11))

    newsroom.announces(url, title="Corrected")
    newsroom.fetches(url)
    newsroom.works()

    article = newsroom.article(url)
    assert article is not None
    assert (article.title, article.revision) == ("Bridge open", 2)
    assert [(one.number, one.title) for one in article.revisions] == [(1, "Bridge closed")]
    assert "Sentence 10" in article.text
    assert "Sentence 10" not in article.revisions[0].text
    assert newsroom.found() == {url}
    assert newsroom.trace(url).events[-1].detail == "revision 2: another title and text"
    assert [event.outcome for event in newsroom.trace(url).events][-4:] == [
        "changed",
        "fetched",
        "extracted",
        "indexed",
    ]


def test_a_page_that_is_gone_when_it_is_read_again_leaves_what_was_read(newsroom: Newsroom, site: Site) -> None:
    url = site.serves("/bridge", page("Bridge closed"))
    newsroom.ingests(url)
    before = newsroom.article(url)
    site.serves("/bridge", b"", status=410)

    newsroom.announces(url, title="Withdrawn")
    newsroom.clock.passes(600)
    newsroom.fetches(url)
    newsroom.works()

    assert (newsroom.trace(url).stage, newsroom.article(url)) == ("done", before)
    assert newsroom.trace(url).events[-1].outcome == "gone"


def test_copies_under_other_headlines_are_one_story_and_a_repeat_is_set_aside(newsroom: Newsroom, site: Site) -> None:
    first, copied = site.serves("/wire", page("From the wire")), site.serves("/desk", page("Our desk reports"))
    repeated = site.serves("/sport/wire", page("From the wire"))
    newsroom.ingests(first)
    newsroom.ingests(copied, repeated)

    articles = [newsroom.article(first), newsroom.article(copied)]
    assert len({article.story for article in articles if article}) == 1
    assert newsroom.found() == {first, copied}
    trace = newsroom.trace(repeated)
    assert (trace.stage, trace.reason) == ("dead", "duplicate")
    assert trace.detail
    assert "the same headline on the same site" in trace.detail
