"""What is said of an address that no feed announced."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.articles import article
from tests.search.conftest import Shelf
from workers.ledger.journal import FeedHealth, Trace
from workers.model import Feed, FeedMemory
from workers.search.missing import explain, forms, sentences, slug

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Told:
    """A ledger that knows these addresses and follows these feeds."""

    def __init__(self, *known: str, feeds: tuple[str, ...] = ()) -> None:
        self.known = known
        self.listed = tuple(
            FeedHealth(feed=Feed(name=url, url=url, source="S"), memory=FeedMemory(), polls=()) for url in feeds
        )

    def trace(self, url_or_id: str) -> Trace | None:
        return (
            Trace(id="x", url=url_or_id, feed="f", announced=datetime(2026, 11, 24, tzinfo=UTC), stage="done")
            if url_or_id in self.known
            else None
        )

    def feeds(self) -> tuple[FeedHealth, ...]:
        return self.listed


@pytest.mark.parametrize(
    "announced",
    [
        "http://www.paper.test/a/bridge-closed",
        "https://paper.test/a/bridge-closed",
        "https://www.paper.test/a/bridge-closed/",
        "https://m.paper.test/a/bridge-closed",
        "https://www.paper.test/a/bridge-closed/amp",
    ],
)
def test_an_article_announced_under_another_form_is_found(announced: str, unprepared: Shelf) -> None:
    missing = explain("https://www.paper.test/a/bridge-closed?utm_source=x", Told(announced), unprepared.reader, NOON)
    assert [trace.url for trace in missing.known] == [announced]
    assert list(sentences(missing))[1] == f"It is known under another form: {announced}."


def test_an_address_is_no_other_form_of_itself() -> None:
    assert "https://paper.test/a" not in forms("https://paper.test/a?utm_source=x")


def test_the_feeds_of_its_site_are_named_and_the_nearest_articles_of_that_site_first(shelf: Shelf) -> None:
    shelf.has(
        article("other", "Bridge closed after storm", url="https://elsewhere.test/1"),
        article("near", "Harbour bridge closed by storm", url="https://www.paper.test/2"),
        article("far", "Striker scores", url="https://www.paper.test/3"),
    )
    ledger = Told(feeds=("https://paper.test/feed", "https://elsewhere.test/feed"))
    missing = explain("https://www.paper.test/news/2026/storm-bridge-closed-again-77.html", ledger, shelf.reader, NOON)
    assert missing.feeds == ("https://paper.test/feed",)
    assert [hit.id for hit in missing.nearest] == ["near", "other"]
    assert "did not name it" in list(sentences(missing))[1]


def test_a_site_nobody_follows_is_told(unprepared: Shelf) -> None:
    missing = explain("https://nobody.test/a", Told(), unprepared.reader, NOON)
    assert list(sentences(missing))[1].startswith("No feed of its site is followed")


def test_what_is_no_address_is_told(unprepared: Shelf) -> None:
    missing = explain("bridge closed", Told(), unprepared.reader, NOON)
    assert next(iter(sentences(missing))).startswith("That is no address:")


def test_the_words_of_an_address_are_its_headlines() -> None:
    assert slug("https://paper.test/world/2026/11/der-br%C3%BCckenbau-beginnt_1234.html") == [
        "brückenbau",
        "beginnt",
        "world",
    ]
    assert slug("http://[") == ["http"]
