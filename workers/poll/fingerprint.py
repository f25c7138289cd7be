"""One hash of what a feed says, blind to what changes at every request."""

from __future__ import annotations

import hashlib
import re

_FIRST_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_VOLATILE = re.compile(
    rb"<lastBuildDate>[^<]{0,100}</lastBuildDate>"
    rb"|<slash:comments>[^<]{0,20}</slash:comments>"
    rb"|<media:statistics\b[^<>]{0,500}/>"
    rb"|<!--.{0,2000}?-->",
    re.IGNORECASE | re.DOTALL,
)
_VOLATILE_OF_FEED = re.compile(rb"<((?:\w{1,20}:)?(?:pubDate|updated|modified|date))>[^<]{0,100}</\1>", re.IGNORECASE)


def fingerprint(body: bytes) -> str:
    """SHA-256 (hexadecimal) of the document without build dates, counters and comments.

    An entry's own dates count, for an edited article shows nowhere else; the feed's do not.
    """
    first = _FIRST_ITEM.search(body)
    head = body[: first.start()] if first else b""
    kept = _VOLATILE_OF_FEED.sub(b"", head) + body[len(head) :]
    return hashlib.sha256(_VOLATILE.sub(b"", kept)).hexdigest()
