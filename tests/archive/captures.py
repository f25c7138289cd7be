"""Builds pages for the archive's tests: say only what the test is about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from workers.archive.records import Capture
from workers.model import Entry, Feed, Heads, Page

NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
FEED = Feed(name="gazette", url="https://gazette.test/feed.xml", source="The Gazette", section="world")


def capture(path: str = "a", body: bytes = b"<p>Nothing of note.</p>", **rest: Any) -> Capture:
    """A page of the gazette, fetched at NOON and announced with its title."""
    url = rest.pop("url", f"https://gazette.test/{path}")
    page = Page(
        url=url,
        final_url=rest.pop("final_url", url),
        content_type="text/html; charset=utf-8",
        fetched=rest.pop("fetched", NOON),
        body=body,
        reserved=("noai (x-robots-tag)",),
    )
    values: dict[str, Any] = {
        "article": hashlib.sha256(url.encode()).hexdigest()[:24],
        "page": page,
        "status": 200,
        "announced": NOON,
        "entry": Entry(url=url, title=f"Page {path}", published=NOON, tags=("x", "y")),
        "feed": FEED,
    }
    return Capture(**values | rest)


def heads(body: bytes = b"", *fields: bytes, status: bytes = b"HTTP/1.1 200 OK") -> Heads:
    """What went over the wire around `body`."""
    lines = (status, b"Content-Type: text/html; charset=utf-8", *fields, b"Content-Length: %d" % len(body))
    return Heads(
        sent=b"GET /a HTTP/1.1\r\nHost: gazette.test\r\nUser-Agent: newsdesk/0.1\r\n\r\n",
        heard=b"\r\n".join((*lines, b"", b"")),
        address="192.0.2.7",
    )
