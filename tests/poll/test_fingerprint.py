"""What changes a feed's fingerprint, and what does not."""

from __future__ import annotations

import pytest

from workers.poll.fingerprint import fingerprint

FEED = b"""<rss><channel><title>t</title><pubDate>Mon</pubDate><lastBuildDate>Mon</lastBuildDate><!-- served by web1 -->
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
