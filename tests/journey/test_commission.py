"""The bundled site, feeds to page: the agency article with everything a reader may look for, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journey.service import Service
from tests.search.web.conftest import Visitor
from workers.desk.site.server import Site, start
from workers.model import Answer
from workers.search.language import describe, read
from workers.search.store import Reader
from workers.search.web.app import create_app

pytestmark = pytest.mark.integration

PHRASE = '"the nine gates of the Veldt dam"'


@pytest.fixture
def site() -> Iterator[Site]:
    with start() as site:
        yield site


@pytest.fixture
def service(site: Site, store: tuple[str, str], tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "service", site.feeds(), store[0], index=store[1])
    service.start_workers()
    service.wait_until(lambda: service.settled(site.expected + len(site.traps)))
    yield service
    service.stop()


@pytest.fixture
def reader(service: Service) -> Iterator[Reader]:
    reader = service.reader()
    service.wait_until(lambda: ask(reader, "").total == service.journal.status().indexed, seconds=30)
    yield reader
    reader.close()


def ask(reader: Reader, words: str) -> Answer:
    return reader.search(read(words, now=datetime.now(UTC)))


def test_the_commissioned_article_is_found_and_shown_whole(site: Site, service: Service, reader: Reader) -> None:
    by_phrase, by_author = ask(reader, PHRASE), ask(reader, 'author:"Odile Marchetti"')
    agencies = next(facet for facet in by_phrase.facets if facet.field == "agency")
    (hit,) = by_phrase.hits
    assert hit.id in [found.id for found in by_author.hits]
    assert [(value.value, value.count) for value in agencies.values] == [("AFP", 1)]
    assert hit.id in [found.id for found in ask(reader, f"{PHRASE} agency:AFP").hits]
    assert any(part.match for excerpt in hit.excerpts for part in excerpt)

    article = reader.get(hit.id)
    assert article is not None
    assert (article.byline, article.authors, article.agency) == (
        "Odile Marchetti for AFP",
        ("Odile Marchetti",),
        "AFP",
    )
    assert (
        article.images[0].caption
        == "The mediator's invitation came as both banks of the Veldt were counting their losses."
    )
    assert article.images[0].credit == "tessaly.gov"
    assert [block.text for block in article.blocks if block.kind == "h"] == [
        "Mediation attempts",
        "Rising toll downstream",
    ]
    (post,) = article.embeds
    assert (post.kind, post.author) == ("twitter", "Ilka Torvund (@ilka_on_the_dam)")
    assert "miller's family" in (post.text or "")
    assert "miller's family" not in article.text
    assert article.blocks[-1].text.startswith("The ministers are to meet again")
    assert article.published is not None
    assert article.first_seen <= article.fetched

    app = create_app(reader, service.journal, read=read, describe=describe, clock=lambda: datetime.now(UTC))
    page = Visitor(app=app).get(f"/article/{hit.id}").text
    for shown in (
        "Odile Marchetti",
        "AFP",
        "tessaly.gov",
        "Mediation attempts",
        "Rising toll downstream",
        "ilka_on_the_dam",
    ):
        assert shown in page
    assert "<blockquote" in page
    assert "<figcaption" in page


def test_what_cannot_be_an_article_is_set_aside_with_its_reason(site: Site, service: Service, reader: Reader) -> None:
    status = service.journal.status()
    letters = {letter.url.partition("?")[0]: letter.reason for letter in service.journal.dead(100)}

    assert status.indexed == site.expected == ask(reader, "").total
    assert letters == {url.partition("?")[0]: reason for url, reason in site.traps.items()}
    assert site.max_in_flight == 1
    for url in letters:
        trace = service.journal.trace(url)
        assert trace is not None
        assert trace.stage == "dead"
        assert trace.events[0].outcome == "announced"
