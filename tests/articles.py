"""Builds articles for tests: say only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workers.model import Article, Block

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
"""The tests' present."""


def article(id_: str, title: str = "A quiet day", text: str = "Nothing of note happened.", **rest: Any) -> Article:
    """An article published and fetched at NOON, in English, by The Daily Test."""
    url = f"https://news.example/{id_}"
    values: dict[str, Any] = {
        "id": id_,
        "url": url,
        "final_url": url,
        "canonical_url": url,
        "title": title,
        "text": text,
        "blocks": tuple(Block(kind="p", text=part) for part in text.split("\n\n")),
        "published": NOON,
        "first_seen": NOON,
        "fetched": NOON,
        "language": "en",
        "source": "The Daily Test",
        "feed": "test",
        "extractor": "test/1",
    }
    return Article(**values | rest)
