"""Short hashes of what a feed says, and of what an entry says, blind to what changes at every request."""

from __future__ import annotations

import base64
import hashlib
import re
from operator import attrgetter

from workers.model import Entry

_SAID = attrgetter("url", "guid", "title", "summary", "authors", "published", "updated", "tags", "image", "language")
_HEAD = 100_000
_FIRST_ITEM = re.compile(rb"<(?:[A-Za-z0-9_]{1,20}:)?(?:item|entry|ITEM|Item)[\s>/]")
_DATES_OF_FEED = tuple(
    re.compile(rb"<%b>[^<]{0,100}</%b>" % (name, name))
    for name in (b"pubDate", b"pubdate", b"updated", b"modified", b"dc:date", b"dcterms:modified")
)
_BUILT = re.compile(rb"<last[Bb]uild[Dd]ate>[^<]{0,100}</last[Bb]uild[Dd]ate>")
_COUNTERS = (
    (b"slash", re.compile(rb"<slash:comments>[^<]{0,20}</slash:comments>")),
    (b"media", re.compile(rb"<media:statistics\b[^<>]{0,500}/>")),
)
"""By the prefix that the feed's head must declare, which is cheaper to look for."""
COMMENT = 2_000
"""Bytes of a comment that is passed over; a longer one is more than a server's note."""


def fingerprint(body: bytes) -> str:
    """SHA-256 (hexadecimal) of the document without build dates, counters and comments.

    An entry's own dates count, for an edited article shows nowhere else; the feed's do not.
    """
    first = _FIRST_ITEM.search(body, 0, _HEAD)
    head = body[: first.start() if first else _HEAD]
    rest = body[len(head) :]
    kept = _BUILT.sub(b"", head)
    if first:
        for pattern in _DATES_OF_FEED:
            kept = pattern.sub(b"", kept)
    for prefix, pattern in _COUNTERS:
        if prefix in head:
            rest = pattern.sub(b"", rest)
    hashed = hashlib.sha256(_uncommented(kept))
    hashed.update(_uncommented(rest))
    return hashed.hexdigest()


def _uncommented(body: bytes) -> bytes:
    """Without comments, in linear time however many are never closed."""
    start, end, at, kept = body.find(b"<!--"), -1, 0, []
    while start >= 0:
        if end < start and (end := body.find(b"-->", start + 4)) < 0:
            break
        if end - start <= COMMENT:
            kept.append(body[at:start])
            at = end + 3
        start = body.find(b"<!--", max(at, start + 4))
    return b"".join((*kept, body[at:])) if kept else body


def entry_mark(entry: Entry) -> str:
    """All an entry says in 64 bits of BLAKE2b, as 11 characters of URL-safe base64.

    Two marks of one address that are equal mean an unchanged entry (else once in 10^19).
    """
    said = repr(_SAID(entry)).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(hashlib.blake2b(said, digest_size=8).digest())[:11].decode()
