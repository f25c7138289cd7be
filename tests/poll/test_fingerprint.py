"""What changes a feed's fingerprint, and what does not."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from workers.model import Entry
from workers.poll.fingerprint import entry_mark, fingerprint

FEED = b"""<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel><title>t</title><pubDate>Mon</pubDate><lastBuildDate>Mon</lastBuildDate>
<!-- served by web1 -->
<item><title>One</title><pubDate>Sun</pubDate><slash:comments>1</slash:comments></item></channel></rss>"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<lastBuildDate>Mon", b"<lastBuildDate>Tue"),
        (b"</title><pubDate>Mon", b"</title><pubDate>Tue"),
        (b"web1", b"web2"),
        (b"comments>1<", b"comments>22<"),
    ],
)
def test_what_changes_at_every_request_does_not_count(old: bytes, new: bytes) -> None:
    changed = FEED.replace(old, new)
    assert changed != FEED
    assert fingerprint(changed) == fingerprint(FEED)


@pytest.mark.parametrize(
    ("old", "new"), [(b"One", b"Two"), (b"<pubDate>Sun", b"<pubDate>Mon"), (b"<item>", b"<item/><item>")]
)
def test_what_an_entry_says_counts(old: bytes, new: bytes) -> None:
    assert fingerprint(FEED.replace(old, new)) != fingerprint(FEED)


def test_a_document_without_items_has_a_fingerprint_too() -> None:
    assert fingerprint(b'{"items": []}') != fingerprint(b"")


@pytest.mark.parametrize("piece", [b"<!--", b"<!-- x -->", b"-->", b"<slash:comments>", b"<media:statistics "])
def test_a_body_full_of_beginnings_takes_no_quadratic_time(piece: bytes) -> None:
    before = time.process_time()
    fingerprint(FEED + piece * (2_000_000 // len(piece)) + b"-->")
    assert time.process_time() - before < 5


ENTRY = Entry(url="https://news.example/1", title="One", tags=("a",), published=datetime(2026, 11, 24, tzinfo=UTC))


def test_an_entrys_mark_is_short_and_the_same_for_the_same_entry() -> None:
    assert entry_mark(ENTRY) == entry_mark(Entry.from_dict(ENTRY.to_dict()))
    assert len(entry_mark(ENTRY)) == 11
    assert entry_mark(ENTRY).replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://news.example/2"},
        {"guid": "1"},
        {"title": "Two"},
        {"summary": "One"},
        {"authors": ("Ann",)},
        {"published": None},
        {"updated": datetime(2026, 11, 24, tzinfo=UTC)},
        {"tags": ("a", "b")},
        {"image": "https://news.example/a.jpg"},
        {"language": "en"},
    ],
)
def test_whatever_changes_in_an_entry_changes_its_mark(change: dict[str, Any]) -> None:
    assert entry_mark(replace(ENTRY, **change)) != entry_mark(ENTRY)


def test_an_entry_of_lone_surrogates_has_a_mark() -> None:
    assert entry_mark(replace(ENTRY, title="\ud800"))
