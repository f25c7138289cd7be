"""What is offered of what was found, and under which name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.model import Entry, ParsedFeed, Reply
from workers.poll.discover import How, Lead, Site
from workers.poll.offers import Offer, depth, name_for, offer, ranked, without_echoes

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
HOME = "https://gazette.test/"


def entries(*names: str, age: timedelta = timedelta(hours=1), words: int = 5) -> tuple[Entry, ...]:
    return tuple(
        Entry(url=f"{HOME}{name}", published=NOW - age, summary="word " * words if words else None) for name in names
    )


def made(
    url: str,
    *names: str,
    how: How = "named",
    kind: str = "rss20",
    title: str | None = None,
    language: str | None = None,
    age: timedelta = timedelta(hours=1),
    body: bytes = b"",
) -> Offer | None:
    feed = ParsedFeed(kind=kind, title=title, language=language, entries=entries(*names, age=age))
    return offer(Lead(url=HOME + url, how=how), Reply(url=HOME + url, status=200, body=body), feed, now=NOW)


def order(*offers: Offer | None, site: Site | None = None) -> list[str]:
    kept = [one for one in offers if one is not None]
    return [one.url.removeprefix(HOME) for one in ranked(kept, site or Site(url=HOME, language="en"), now=NOW)]


def test_comments_sitemaps_and_silent_feeds_come_last() -> None:
    assert order(
        made("c", "1", "2", "3", "4", title="Comments for Gazette"),
        made("map", "5", kind="sitemap", how="sitemap"),
        made("old", "6", "7", "8", age=timedelta(days=400)),
        made("feed", "9"),
    ) == ["feed", "old", "map", "c"]


def test_the_pages_language_goes_before_an_unknown_one_and_that_before_another() -> None:
    assert order(made("de", "1", "2", language="de"), made("unsaid", "3"), made("en", "4", language="en-gb")) == [
        "en",
        "unsaid",
        "de",
    ]


def test_whole_articles_then_more_entries_then_newer_dates_go_first() -> None:
    whole = b"<content:encoded>" + b"x" * 4_000
    day = timedelta(days=1)
    assert order(
        made("few", "1", age=day), made("newer", "2"), made("many", "3", "4", age=day), made("whole", "5", body=whole)
    ) == ["whole", "many", "newer", "few"]


def test_the_same_articles_are_offered_once_and_empty_feeds_each() -> None:
    assert order(made("a", "1", "2"), made("b", "2", "1"), made("c"), made("d")) == ["a", "c", "d"]


def test_a_document_without_a_kind_and_an_index_are_no_offers() -> None:
    assert made("page", kind="") is None
    assert made("index", "1", kind="sitemap-index") is None
    assert made("guess", how="guessed") is None
    assert made("map", "1", kind="sitemap", how="sitemap", age=timedelta(days=4)) is None
    assert made("map", "1", kind="sitemap", how="itself", age=timedelta(days=4)) is not None


def test_an_echo_takes_only_guesses_away() -> None:
    kept = [one for one in (made("a", "1", how="guessed"), made("b", "1"), made("c", "2", how="guessed")) if one]

    left = without_echoes(kept, ParsedFeed(kind="rss20", entries=entries("1")))

    assert [one.url.removeprefix(HOME) for one in left] == ["b", "c"]
    assert without_echoes(kept, None) == tuple(kept)


@pytest.mark.parametrize(
    ("body", "words", "found"),
    [
        (b"", 0, "headlines"),
        (b"", 30, "summaries"),
        (b"", 400, "full"),
        (b"<content:encoded>" + b"x" * 2_000, 5, "full"),
        (b'"content_html": "' + b"x" * 2_000, 5, "full"),
        (b"<content:encoded>short", 5, "summaries"),
        (b"<media:content>" + b"x" * 2_000, 5, "summaries"),
    ],
)
def test_how_much_of_an_article_a_feed_carries_is_told(body: bytes, words: int, found: str) -> None:
    assert depth(body, entries("1", words=words)) == found


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("BBC News - World", HOME, "bbc-news-world"),
        ("Le Monde.fr : Actualités à la Une", HOME, "le-monde-fr-actualites-a-la-une"),
        ("RSS Feed", "https://www.gazette.test/rss", "gazette-test"),
        ("Вестник TV", "https://feeds.vestnik.test/rss", "vestnik-test"),
        ("A very long title " * 9, HOME, "a-very-long-title-a-very-long-title-a"),
        ("x" * 90, HOME, "x" * 40),
        ("Taken", HOME, "taken-3"),
    ],
)
def test_a_feed_is_named_after_its_title_or_its_host(title: str, url: str, name: str) -> None:
    assert name_for(title, url, ["taken", "Taken-2"]) == name
