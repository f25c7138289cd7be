"""Documents, pages and articles on their way: packed small, so that Redis holds what waits and no more."""

from __future__ import annotations

import json
import zlib

from workers.model import Article, Page, Reply, moment, to_plain

LEVEL = 1
"""zlib's fastest: HTML shrinks to about a fifth, for well under a millisecond a page."""


def pack_page(page: Page) -> bytes:
    """A page as one compressed value: a JSON line, then the body byte for byte."""
    head = {name: value for name, value in to_plain(page).items() if name != "body"}
    return zlib.compress(json.dumps(head).encode() + b"\n" + page.body, LEVEL)


def unpack_page(packed: bytes) -> Page:
    """The inverse of `pack_page`."""
    head, _, body = zlib.decompress(packed).partition(b"\n")
    plain = json.loads(head)
    fetched = moment(plain.pop("fetched"))
    assert fetched is not None
    return Page(**{**plain, "reserved": tuple(plain["reserved"])}, fetched=fetched, body=body)


def pack_reply(reply: Reply) -> bytes:
    """A feed's answer as one compressed value: a JSON line, then the document byte for byte."""
    head = {name: value for name, value in to_plain(reply).items() if name != "body"}
    return zlib.compress(json.dumps(head).encode() + b"\n" + reply.body, LEVEL)


def unpack_reply(packed: bytes) -> Reply:
    """The inverse of `pack_reply`."""
    head, _, body = zlib.decompress(packed).partition(b"\n")
    plain = json.loads(head)
    return Reply(**{**plain, "hops": tuple(plain["hops"])}, body=body)


def pack_article(article: Article) -> bytes:
    """An article as one compressed value."""
    return zlib.compress(json.dumps(article.to_dict(), ensure_ascii=False).encode(), LEVEL)


def unpack_article(packed: bytes) -> Article:
    """The inverse of `pack_article`."""
    return Article.from_dict(json.loads(zlib.decompress(packed)))
