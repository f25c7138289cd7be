"""The room's entrance: what it is told, what it gives back, and how it fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.address import article_id
from workers.errors import GiveUp, SetAside
from workers.extract import story
from workers.extract.story import extract
from workers.model import Article, Entry, Feed, Refused

FETCHED = datetime(2026, 1, 5, 12, tzinfo=UTC)
URL = "https://www.paper.example/world/river-story"
SENTENCE = "The water below the new dam fell by nearly a metre, and farmers on both banks began to ration it. "
PAGE = (
    "<html lang=en><head><title>A story of the river</title>%s</head><body><h1>A story of the river</h1>"
    f"<p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p></body></html>"
)


def read(head: str = "", url: str = URL, entry: Entry | None = None, feed: Feed | None = None) -> Article:
    article = extract((PAGE % head).encode(), url, entry=entry, feed=feed, fetched=FETCHED)
    assert isinstance(article, Article), article
    return article


def test_what_the_page_reserves_goes_with_the_article() -> None:
    assert read('<meta name="robots" content="index, noai">').reserved == ("noai (page)",)
    assert read().reserved == ()


def test_the_feed_says_whose_article_it_is() -> None:
    feed = Feed(name="paper-world", url="https://paper.example/rss", source="The Paper", country="EE", section="World")
    article = read(feed=feed)
    assert (article.feed, article.source, article.country, article.section) == (
        "paper-world",
        "The Paper",
        "EE",
        "World",
    )


def test_without_a_feed_the_host_stands_in() -> None:
    assert (read().source, read().feed) == ("paper.example", "paper.example")


def test_the_entry_fills_what_the_page_leaves_out() -> None:
    entry = Entry(
        url=URL,
        authors=("Jane Roe",),
        published=FETCHED - timedelta(hours=3),
        tags=("water",),
        image="https://i.example/x.jpg",
    )
    article = read(entry=entry)
    assert (article.authors, article.published, article.published_source) == (("Jane Roe",), entry.published, "feed")
    assert (article.tags, [image.url for image in article.images]) == (("water",), ["https://i.example/x.jpg"])


def test_the_pages_own_word_goes_before_the_entrys() -> None:
    entry = Entry(url=URL, authors=("Jane Roe",), tags=("water",))
    article = read('<meta name="author" content="Li Wei"><meta name="keywords" content="dam, river">', entry=entry)
    assert (article.authors, article.tags) == (("Li Wei",), ("dam", "river"))


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("/world/river-story-2", "https://www.paper.example/world/river-story-2"),
        ("https://m.paper.example/world/river-story", "https://m.paper.example/world/river-story"),
        ("https://paper.example/world/river-story", "https://paper.example/world/river-story"),
        ("https://www.paper.example/", URL),
        ("https://other.example/world/river-story", URL),
        ("javascript:alert(1)", URL),
        ("http://[broken", URL),
    ],
)
def test_a_canonical_link_is_believed_only_where_it_can_be_the_pages_own(link: str, canonical: str) -> None:
    article = read(f'<link rel="canonical" href="{link}">')
    assert article.canonical_url == canonical
    assert article.id == article_id(canonical)


def test_addresses_as_announced_and_as_answered_are_kept_apart() -> None:
    article = extract((PAGE % "").encode(), "https://short.example/x", final_url=URL, fetched=FETCHED)
    assert isinstance(article, Article)
    assert (article.url, article.final_url, article.canonical_url) == ("https://short.example/x", URL, URL)


def test_a_parser_that_fails_sets_the_page_aside_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(story, "parse", crash)
    with pytest.raises(SetAside) as caught:
        extract(b"<p>x</p>", URL)
    assert (caught.value.reason, caught.value.url) == ("extractor-crashed", URL)
    assert "too deep" in caught.value.detail
    assert isinstance(caught.value.__cause__, RecursionError)


def test_running_out_of_memory_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(story, "parse", crash)
    with pytest.raises(MemoryError):
        extract(b"<p>x</p>", URL)


@pytest.mark.parametrize("depth", [300, 3000])
def test_an_article_below_hundreds_of_wrappers_is_read_whole(depth: int) -> None:
    text = f"<p>{SENTENCE * 3}</p><p>The end is reached here, below all of them.</p>"
    body = f"{'<div>' * depth}{text}{'</div>' * depth}"
    article = extract(f"<html><title>A story of the river</title><body>{body}".encode(), URL)
    assert isinstance(article, Article)
    assert article.text.endswith("below all of them.")


@pytest.mark.parametrize(
    "html", [b"", b"\x00", b"<", b"<html", b"\xff\xfe", b"<a " * 9, b"&#xD800;", b"<svg><p>", b"<title>"]
)
def test_scraps_are_refused_and_never_raise(html: bytes) -> None:
    assert isinstance(extract(html, URL), Refused)


def test_an_address_that_cannot_be_one_is_given_up_by_name() -> None:
    with pytest.raises(GiveUp, match=r"bad-url.*http://\["):
        extract((PAGE % "").encode(), "http://[")


@pytest.mark.parametrize("url", ["", "x", "https://paper.example:99999/a"])
def test_an_odd_address_does_not_stop_the_reading(url: str) -> None:
    assert isinstance(extract((PAGE % '<link rel=canonical href="/c">').encode(), url), Article | Refused)


def test_sub_heads_survive_the_body_readers_last_resort() -> None:
    paragraphs = f"<p>{SENTENCE}</p><p>{SENTENCE}</p><h2>Dry fields</h2><p>{SENTENCE} And more.</p>"
    article = extract(f"<html><title>A story of the river</title><div class=odd>{paragraphs}</div>".encode(), URL)
    assert isinstance(article, Article)
    assert [block.text for block in article.blocks if block.kind == "h"] == ["Dry fields"]


def test_the_rubric_is_read_from_microdata_in_the_page() -> None:
    rubric = '<span itemprop="articleSection">Local water</span>'
    page = f"<html><title>A story of the river</title><body>{rubric}<h1>A story of the river</h1><p>{SENTENCE * 3}</p>"
    article = extract(page.encode(), URL, fetched=FETCHED)
    assert isinstance(article, Article)
    assert article.section == "Local water"
