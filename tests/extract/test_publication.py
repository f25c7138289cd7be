"""What a page says of its publication and its own kind, and where each field was read."""

from __future__ import annotations

from typing import Any

import pytest

from workers.extract.story import extract
from workers.model import Article, Entry, Feed

SENTENCE = "The council met on the matter {} times and will meet again, as both banks have asked."
TEXT = "".join(f"<p>{SENTENCE.format(number)}</p>" for number in range(9))
URL = "https://www.gazette.example/world/council-1"


def read(head: str = "", body: str = "", url: str = URL, **rest: Any) -> Article:
    page = f"<html><head><title>Council meets</title>{head}</head><body><article><h1>Council meets</h1>{TEXT}{body}"
    found = extract(page.encode(), url, **rest)
    assert isinstance(found, Article)
    return found


SCRIPT = '<script type="application/ld+json">%s</script>'
PUBLISHER = '{"@type":"NewsArticle","headline":"Council meets","publisher":{"@type":"Organization",%s}}'
LIVE_BLOG = '{"@type":"LiveBlogPosting","headline":"Council meets"}'


@pytest.mark.parametrize(
    ("url", "head", "feed", "expected"),
    [
        ("https://gazette.co.uk/a-story-1", "", None, ("GB", "host")),
        ("https://gazette.example.fr/a-story-1", '<meta property="og:locale" content="de_DE">', None, ("FR", "host")),
        ("https://gazette.tv/a-story-1", "", None, None),
        ("https://gazette.com/a-story-1", '<meta property="og:locale" content="pt-BR">', None, ("BR", "opengraph")),
        ("https://gazette.com/a-story-1", '<meta property="og:locale" content="en_US">', None, None),
        ("https://gazette.com/a-story-1", '<meta property="og:locale" content="en_XX">', None, None),
        ("https://gazette.fr/a-story-1", "", "BE", ("BE", "feed")),
        (
            "https://gazette.fr/a-story-1",
            SCRIPT % (PUBLISHER % '"address":{"@type":"PostalAddress","addressCountry":"CH"}'),
            None,
            ("CH", "json-ld"),
        ),
    ],
)
def test_the_publications_country(url: str, head: str, feed: str | None, expected: tuple[str, str] | None) -> None:
    configured = Feed(name="G", url="https://gazette.com/feed", source="G", country=feed) if feed else None
    article = read(head, url=url, feed=configured)
    assert (article.country, article.provenance.get("country")) == (expected or (None, None))


@pytest.mark.parametrize(
    ("head", "body", "url", "origin"),
    [
        (SCRIPT % LIVE_BLOG, "", URL, "json-ld"),
        ("", '<div itemscope itemtype="https://schema.org/LiveBlogPosting"></div>', URL, "microdata"),
        ("", '<div class="live-blog">' + "<div><time>12:00</time><p>It goes on.</p></div>" * 3 + "</div>", URL, "page"),
        ("", "<time>12:00</time>" * 3, "https://gazette.example/world/live/council-1", "url"),
    ],
)
def test_a_live_blog_is_told(head: str, body: str, url: str, origin: str) -> None:
    article = read(head, body, url)
    assert (article.live, article.provenance["live"]) == (True, origin)


@pytest.mark.parametrize(
    "body", ['<div class="live-blog">See our live blog</div>', '<div class="alive active">x</div>', ""]
)
def test_what_only_points_to_a_live_blog_is_none(body: str) -> None:
    assert read("", body).live is None


def test_each_field_tells_where_it_was_read() -> None:
    head = (
        '<meta property="og:site_name" content="The Gazette"><meta property="og:description" content="Again.">'
        '<meta property="article:published_time" content="2026-11-20T10:05:00+01:00">'
        '<meta name="author" content="Ada Miller">'
        '<meta name="keywords" content="council, river"><link rel="canonical" href="/world/council">'
    )
    entry = Entry(url=URL, image="https://i.example/1.jpg", tags=("feed tag",))
    assert read(head, entry=entry).provenance == {
        "title": "page",
        "subtitle": "opengraph",
        "authors": "meta",
        "published": "meta",
        "tags": "meta",
        "site": "opengraph",
        "images": "feed",
        "language": "text",
        "canonical_url": "page",
    }


def test_what_only_a_reader_sees_was_read_on_the_page_and_what_only_the_feed_says_in_the_feed() -> None:
    seen = read(body='<p class="byline">By Ada Miller</p>', entry=Entry(url=URL, tags=("river",)))
    assert (seen.authors, seen.provenance["authors"], seen.provenance["tags"]) == (("Ada Miller",), "page", "feed")
    announced = read(entry=Entry(url=URL, authors=("Ada Miller",)))
    assert (announced.authors, announced.provenance["authors"]) == (("Ada Miller",), "feed")


def test_language_comes_with_how_sure_it_is() -> None:
    sure = read()
    assert (sure.language, sure.provenance["language"]) == ("en", "text")
    assert sure.language_confidence is not None
    assert sure.language_confidence > 0.95
