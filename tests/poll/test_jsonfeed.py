"""JSON Feed documents read into entries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from workers.model import Entry, ParsedFeed
from workers.poll.parse import parse

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def read(**feed: Any) -> ParsedFeed:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "The Gazette", "items": [], **feed}
    return parse(json.dumps(document).encode(), "https://news.example/feed.json", "application/feed+json", now=NOW)


def test_an_item_is_read_with_all_it_says() -> None:
    item = {
        "id": 17,
        "url": "/story/1",
        "title": "Flood &amp; mud",
        "content_html": "<p>The water</p><p>is gone.</p>",
        "authors": [{"name": "Ann Lee"}, {"url": "https://news.example/bob"}],
        "date_published": "2026-11-23T10:00:00+01:00",
        "date_modified": "2026-11-23T11:00:00+01:00",
        "tags": ["Weather", 5],
        "image": "/a.jpg",
        "language": "en-GB",
    }
    feed = read(items=[item], home_page_url="https://news.example/", language="en")
    assert (feed.kind, feed.title, feed.link, feed.language) == ("json11", "The Gazette", "https://news.example/", "en")
    assert feed.entries == (
        Entry(
            url="https://news.example/story/1",
            guid="17",
            title="Flood & mud",
            summary="The water is gone.",
            authors=("Ann Lee",),
            published=datetime(2026, 11, 23, 9, tzinfo=UTC),
            updated=datetime(2026, 11, 23, 10, tzinfo=UTC),
            tags=("Weather",),
            image="https://news.example/a.jpg",
            language="en-gb",
        ),
    )


def test_its_hub_and_its_own_address_are_read() -> None:
    hubs = [{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "WebSub", "url": "https://hub.example/"}]
    feed = read(feed_url="/feed.json", hubs=hubs)
    assert (feed.topic, feed.hub) == ("https://news.example/feed.json", "https://hub.example/")


def test_version_one_and_its_single_author_are_known() -> None:
    feed = read(
        version="https://jsonfeed.org/version/1", items=[{"id": "https://news.example/1", "author": {"name": "Ann"}}]
    )
    assert feed.kind == "json10"
    assert feed.entries[0].authors == ("Ann",)
    assert feed.entries[0].url == "https://news.example/1"


@pytest.mark.parametrize(
    "items", [None, "text", {}, [None, 1, "x", []], [{"url": 5, "title": [], "authors": "Ann", "tags": {"a": 1}}]]
)
def test_values_of_the_wrong_type_are_passed_over(items: Any) -> None:
    feed = read(items=items)
    assert feed.kind == "json11"
    assert feed.entries == ()


def test_json_that_is_no_feed_is_said_to_be_so() -> None:
    assert read(version=1).problems == ("It is JSON, but not a JSON Feed: no jsonfeed.org version.",)
