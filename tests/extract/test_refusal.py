"""Pages that are no articles, and articles that look as if they were none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workers.extract.story import extract
from workers.model import Article, Refused

FETCHED = datetime(2026, 1, 5, 12, tzinfo=UTC)
WORDS = (
    "<p>"
    + "The water below the new dam fell by nearly a metre, and farmers on both banks began to ration it. " * 3
    + "</p>"
)


def outcome(body: str, head: str = "", url: str = "https://paper.example/a/story") -> str:
    page = f"<html lang=en><head><title>A story of the river</title>{head}</head><body>{body}</body></html>"
    read = extract(page.encode(), url, fetched=FETCHED)
    return read.reason if isinstance(read, Refused) else "article"


def test_a_short_but_whole_story_is_an_article() -> None:
    assert outcome(f"<h1>A story of the river</h1>{WORDS}") == "article"


def test_a_home_page_is_no_article() -> None:
    assert outcome(WORDS, url="https://paper.example/") == "not-article"


def test_a_page_that_calls_itself_a_list_is_no_article() -> None:
    listing = '<script type="application/ld+json">{"@type": "CollectionPage", "name": "World"}</script>'
    assert outcome(WORDS, listing) == "not-article"


def test_a_list_page_that_also_describes_an_article_is_one() -> None:
    both = '[{"@type": "ItemList"}, {"@type": "NewsArticle", "headline": "A story"}]'
    assert outcome(WORDS, f'<script type="application/ld+json">{both}</script>') == "article"


def test_a_video_without_text_is_no_article() -> None:
    video = '<script type="application/ld+json">{"@type": "VideoObject", "name": "Dam fills"}</script>'
    assert outcome("<p>Watch the dam fill.</p>", video) == "not-article"


def test_too_few_words_are_refused_with_their_number() -> None:
    read = extract(b"<html><title>T of it</title><p>Five words are not enough.</p></html>", "https://paper.example/a")
    assert isinstance(read, Refused)
    assert (read.reason, read.url) == ("too-short", "https://paper.example/a")
    assert "5 words" in read.detail


@pytest.mark.parametrize(
    "title", ["404", "Page not found", "Seite nicht gefunden", "Página no encontrada", "Страница не найдена"]
)
def test_a_page_that_says_it_is_missing_is_a_soft_404(title: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{WORDS}</body></html>"
    read = extract(page.encode(), "https://paper.example/a")
    assert isinstance(read, Refused)
    assert read.reason == "soft-404"


def test_an_article_about_a_missing_page_is_one() -> None:
    title = "Lost page of the diary not found in the archive, says museum"
    page = f"<html><head><title>{title}</title></head><body>{WORDS}</body></html>"
    assert isinstance(extract(page.encode(), "https://paper.example/a"), Article)


def test_a_consent_wall_is_told_from_an_article() -> None:
    wall = (
        "<h1>Before you continue</h1><p>We and our partners use cookies and need your consent for cookies here. "
        "Choose which cookies you accept, or read how we handle your data in the notice we have written for you.</p>"
    )
    assert outcome(wall) == "consent-wall"


def test_an_article_about_cookies_is_one() -> None:
    head = '<meta property="og:type" content="article">'
    assert (
        outcome(
            "<p>" + "The court ruled that consent to cookies must be free, and cookies without it are unlawful. " * 3,
            head,
        )
        == "article"
    )


def test_a_teaser_before_a_paywall_is_called_so() -> None:
    locked = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    assert outcome("<p>The water below the new dam fell by nearly a metre.</p>", locked) == "paywall-only"


def test_a_feed_served_as_a_page_is_refused() -> None:
    read = extract(b'<?xml version="1.0"?><rss><channel><title>x</title></channel></rss>', "https://paper.example/feed")
    assert isinstance(read, Refused)
    assert read.reason == "unsupported-type"
