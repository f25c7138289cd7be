"""The fast reader gives what feedparser gives, to the letter, or leaves the document to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.poll import agreement
from workers.model import Entry, ParsedFeed
from workers.poll import charset, lenient, strict
from workers.poll.items import Document, judged

needs_data = pytest.mark.skipif(not agreement.DATA.exists(), reason="shared/data not present")

RSS = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:x="https://x.example/ns"><channel>'
)

TEXTS = (
    "",
    "One",
    " Two words ",
    "&lt;b&gt;bold&lt;/b&gt;",
    "caf\u00e9",
    "caf\u00c3\u00a9",
    "https://news.example/1",
    "/2",
    "3",
    "a@b.example (Ann)",
)
PLAIN_TEXTS = ("", "One", "caf\u00e9", "https://news.example/1", "/2")
ATTRIBUTES = (
    "",
    ' type="html"',
    ' isPermaLink="false"',
    ' domain="d"',
    ' url="/u.jpg"',
    ' href="/h"',
    ' medium="image"',
)
TAGS = (
    *("title", "link", "guid", "description", "author", "category", "pubDate", "enclosure", "source", "comments"),
    *("dc:creator", "dc:title", "dc:date", "dc:subject", "dc:description", "dc:language", "content:encoded"),
    *("media:title", "media:description", "media:content", "media:thumbnail", "media:category", "media:keywords"),
    *("itunes:author", "itunes:summary", "itunes:keywords", "itunes:image", "itunes:category", "itunes:title"),
    *("image", "language", "x:title", "rights", "language", "Title", "PUBDATE", "date", "name", "url", "contributor"),
)


def read(document: Document | None) -> tuple[ParsedFeed, list[Entry | None]]:
    """What became of it; items without an address are given one, so that their texts are compared."""
    assert document is not None
    items = list(document.items)
    for number, item in enumerate(items):
        item.link = item.link or f"/{number}"
    feed, entries = judged(replace(document, items=items), agreement.BASE, agreement.NOW)
    return replace(feed, problems=()), entries


def documents() -> Iterator[tuple[str, bytes, bool]]:
    """Name, document in UTF-8, and whether it is a real feed."""
    for listed, body in agreement.bodies():
        if not body.startswith(b"{"):
            yield listed["file"], charset.without_junk(charset.in_utf8(body)[0])[0], True
    for name, body, _expect, headers in agreement.cases():
        whole, _ = charset.in_utf8(body, headers.get("content-type", ""))
        yield name, charset.without_junk(whole)[0], False


@needs_data
@pytest.mark.corpus
def test_every_document_read_fast_is_read_as_feedparser_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {True: [0, 0], False: [0, 0]}
    for name, body, is_real in documents():
        fast = strict.read(body)
        counts[is_real][1] += 1
        if fast is not None:
            counts[is_real][0] += 1
            assert read(fast) == read(lenient.read(body)), name

    with capsys.disabled():
        print(  # noqa: T201 # the figures are the point
            f"\nread without feedparser: {counts[True][0]} of {counts[True][1]} real feeds, "
            f"{counts[False][0]} of {counts[False][1]} of its cases; each entry the same in every field"
        )
    assert counts[True][1] > 100
    assert counts[True][0] >= 0.8 * counts[True][1]


def element(tags: Iterable[str], texts: tuple[str, ...] = TEXTS) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, attribute, text: f"<{tag}{attribute}>{text}</{tag}>",
        st.sampled_from(list(tags)),
        st.sampled_from(ATTRIBUTES),
        st.sampled_from(texts),
    )


def head() -> st.SearchStrategy[str]:
    """Without what feedparser, by a slip, carries over into the first item: a summary said twice, content."""
    tags = (tag for tag in TAGS if not tag.endswith(("summary", "description", "encoded")))
    return st.lists(element(tags), max_size=6).map("".join)


def inside(texts: tuple[str, ...] = TEXTS) -> st.SearchStrategy[str]:
    one = element(TAGS, texts)
    group = st.lists(one, max_size=3).map(lambda some: f"<media:group>{''.join(some)}</media:group>")
    return st.lists(one | group, max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(head(), inside())
def test_any_mixture_of_elements_is_read_as_feedparser_reads_it(first: str, item: str) -> None:
    body = f"{RSS}<title>c</title>{first}<item>{item}</item><item>{item}</item></channel></rss>".encode()
    fast = strict.read(body)
    if fast is not None:
        assert read(fast) == read(lenient.read(body))


@settings(max_examples=100, deadline=None)
@given(inside(PLAIN_TEXTS), st.sampled_from(["&", "&nbsp;", "&eacute;", "&nosuch;", "&#xD800;", "\x0b"]))
def test_damage_that_was_mended_reads_as_feedparser_reads_it(item: str, damage: str) -> None:
    body = f"{RSS}<title>c</title><item>{item}<title>a {damage} b</title></item></channel></rss>".encode()
    fast = strict.read(body)
    if fast is not None:
        assert read(fast) == read(lenient.read(body))
        assert fast.problems


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item><title>a <b>bold</b> one</title></item></channel></rss>",
        b"<channel href='http://news.example/'><item href='/1'/></channel>",
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel><title>&a;</title></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='image/png'>aGk=</content></entry></feed>",
        b"<rss><channel><item><title>cut",
        b"<html><body/></html>",
        b"",
    ],
)
def test_what_it_is_not_sure_of_it_leaves(body: bytes) -> None:
    assert strict.read(body) is None


def test_an_entrys_base_ends_with_it() -> None:
    items = "<item><link>1</link><guid xml:base='/b/'>g</guid></item>" * 2
    _feed, entries = read(strict.read(f"{RSS}{items}</channel></rss>".encode()))
    assert [entry.url if entry else None for entry in entries] == ["http://127.0.0.1:8097/1"] * 2


def test_xhtml_in_an_entry_is_read() -> None:
    body = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><entry><title>e</title><content type='xhtml'>"
        b"<div xmlns='http://www.w3.org/1999/xhtml'><p>One &lt; two</p><p>three</p></div></content></entry></feed>"
    )
    _feed, (entry,) = read(strict.read(body))
    assert entry is not None
    assert entry.summary == "One < two three"
