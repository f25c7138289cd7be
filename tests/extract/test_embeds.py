"""Embed codes of the sites whose posts newspapers set into articles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import document_fromstring

from workers.extract.embeds import take_out
from workers.model import Embed

URL = "https://paper.example/a/story"


def embeds(markup: str) -> tuple[Embed, ...]:
    return take_out(document_fromstring(f"<html><body><p>before</p>{markup}<p>after</p></body></html>"), URL)


@pytest.mark.parametrize(
    ("markup", "kind", "url"),
    [
        (
            '<blockquote class="instagram-media" data-instgrm-permalink="https://www.instagram.com/p/Cx1/"></blockquote>',
            "instagram",
            "https://www.instagram.com/p/Cx1/",
        ),
        (
            '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@lake/video/71"></blockquote>',
            "tiktok",
            "https://www.tiktok.com/@lake/video/71",
        ),
        ('<script data-telegram-post="lakenews/42" src="x.js"></script>', "telegram", "https://t.me/lakenews/42"),
        ('<iframe src="//player.vimeo.com/video/76"></iframe>', "vimeo", "https://player.vimeo.com/video/76"),
        (
            '<iframe data-src="https://www.youtube.com/embed/a1"></iframe>',
            "youtube",
            "https://www.youtube.com/embed/a1",
        ),
        (
            '<iframe src="https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Flake%2Fposts%2F1"></iframe>',
            "facebook",
            "https://www.facebook.com/lake/posts/1",
        ),
        (
            '<blockquote class="reddit-embed-bq"><a href="https://www.reddit.com/r/lakes/comments/1a/low/">Low</a></blockquote>',
            "reddit",
            "https://www.reddit.com/r/lakes/comments/1a/low/",
        ),
        (
            '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:x/app.bsky.feed.post/3k"><p>low</p></blockquote>',
            "bluesky",
            "at://did:plc:x/app.bsky.feed.post/3k",
        ),
        ('<amp-twitter data-tweetid="99"></amp-twitter>', "twitter", "https://twitter.com/i/status/99"),
    ],
)
def test_an_embed_code_is_known_by_its_site(markup: str, kind: str, url: str) -> None:
    assert [(embed.kind, embed.url) for embed in embeds(markup)] == [(kind, url)]


def test_a_post_carries_its_author_day_and_words() -> None:
    (post,) = embeds(
        '<blockquote class="twitter-tweet"><p>The <a href="#">#lake</a>, today.</p>&mdash; Ana Roe (@anaroe) '
        '<a href="https://twitter.com/anaroe/status/12">May 9, 2024</a></blockquote>'
    )
    assert post == Embed(
        kind="twitter",
        url="https://twitter.com/anaroe/status/12",
        author="Ana Roe (@anaroe)",
        text="The #lake, today.",
        published=datetime(2024, 5, 9, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<blockquote><p>A quotation of the article's own.</p></blockquote>",
        '<iframe src="https://ads.example/banner"></iframe>',
        '<iframe src="https://www.facebook.com/plugins/like.php?href=x"></iframe>',
        '<iframe src="http://[broken"></iframe>',
        "<iframe></iframe>",
    ],
)
def test_quotations_advertisements_and_buttons_are_no_embeds(markup: str) -> None:
    assert embeds(markup) == ()


def test_what_was_taken_out_leaves_its_surroundings_whole() -> None:
    tree = document_fromstring('<body><p>before</p><iframe src="https://youtu.be/a"></iframe>tail<p>after</p></body>')
    assert len(take_out(tree, URL)) == 1
    assert "".join(str(text).strip() for text in tree.itertext()) == "beforetailafter"


def test_a_post_within_a_post_is_one() -> None:
    inner = '<blockquote class="twitter-tweet">inner</blockquote>'
    assert len(embeds(f'<blockquote class="twitter-tweet">outer {inner}</blockquote>')) == 1
