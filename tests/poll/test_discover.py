"""Where pages and sites say their feeds are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.poll.discover import guesses, is_feedlike, linked, nowhere, read_page, sitemaps, strays

DATA = Path(__file__).parents[2].parent / "shared" / "data"
HOME = "https://gazette.test/"


def link(href: str, more: str = 'type="application/rss+xml"') -> str:
    return f'<link rel="alternate" {more} href="{href}">'


def html(*inside: str) -> bytes:
    return f"<!doctype html><html lang=en_GB><head>{''.join(inside)}</head><body></body></html>".encode()


def test_named_feeds_come_before_linked_ones_and_comments_not_at_all() -> None:
    page = html(
        link("/comments/feed/"), link("/kommentare.xml"), '<a href="/rss.xml">RSS</a>', link("/all", "type=text/xml")
    )

    assert linked(page, HOME) == (f"{HOME}all", f"{HOME}rss.xml")
    assert [lead.url for lead in read_page(page, HOME).leads][-2:] == [f"{HOME}comments/feed/", f"{HOME}kommentare.xml"]


def test_at_most_five_are_named() -> None:
    assert len(linked(html(*(link(f"/{n}.xml") for n in range(9))), HOME)) == 5


@pytest.mark.parametrize(
    "kind",
    ["application/atom+xml", "application/feed+json", "application/rdf+xml", "Application/RSS+XML; charset=utf-8"],
)
def test_each_kind_of_feed_is_known_by_its_type(kind: str) -> None:
    assert linked(html(link("/feed", f'type="{kind}"')), HOME) == (f"{HOME}feed",)


@pytest.mark.parametrize(
    "other",
    [
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="stylesheet alternate" type="text/xml" href="/style.xml">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml">',
        '<a href="https://feedly.com/i/subscription/feed/https%3A%2F%2Fgazette.test%2Ffeed">Follow</a>',
        '<a href="/feedback">Feedback</a>',
        '<a href="/anatomy.html">Anatomy</a>',
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(other: str) -> None:
    assert linked(html(other), HOME) == ()


def test_addresses_are_resolved_against_the_base_and_named_once() -> None:
    page = html('<base href="https://cdn.gazette.test/x/">', link("feed.xml"), '<a href="feed.xml#top">RSS</a>')

    assert linked(page, HOME) == ("https://cdn.gazette.test/x/feed.xml",)


def test_the_page_says_its_name_and_language_and_its_header_names_feeds() -> None:
    page = html('<meta property="og:site_name" content=" The  Gazette ">')
    header = '<https://a.test/style>; rel=preload, </hidden>; rel="alternate"; type="application/atom+xml"'

    site = read_page(page, HOME, link_header=header)

    assert (site.name, site.language) == ("The Gazette", "en-gb")
    assert [(lead.url, lead.how) for lead in site.leads] == [(f"{HOME}hidden", "named")]


def test_the_feed_of_the_pages_own_section_comes_first() -> None:
    page = html(link("/rss.xml"), link("/rss/sport.xml"), link("/rss/world/asia.xml"))

    assert linked(page, f"{HOME}world/asia/")[0] == f"{HOME}rss/world/asia.xml"
    assert linked(page, HOME)[0] == f"{HOME}rss.xml"
    assert strays(f"{HOME}news/feed", HOME) == 0


def test_usual_addresses_start_under_the_pages_path_and_are_each_named_once() -> None:
    tried = [lead.url for lead in guesses(f"{HOME}world/asia/?page=2")]

    assert tried[:4] == [f"{HOME}world/asia/{name}" for name in ("feed", "rss", "rss.xml")] + [f"{HOME}feed"]
    assert len(set(tried)) == len(tried)
    assert [lead.url for lead in guesses(HOME)] == tried[3:]
    assert nowhere(f"{HOME}world/asia").startswith(f"{HOME}no-such")


def test_sitemaps_of_news_leave_out_the_others() -> None:
    robots = b"User-agent: *\nSITEMAP:https://gazette.test/all.xml\n  Sitemap: /news.xml # ours\nSitemap: ftp://x\n"

    assert [lead.url for lead in sitemaps(robots, f"{HOME}robots.txt")] == [f"{HOME}news.xml"]
    assert [lead.url for lead in sitemaps(b"Sitemap: /all.xml", HOME)] == [f"{HOME}all.xml"]
    assert sitemaps(b"\xff\x00", HOME) == ()


@pytest.mark.parametrize(
    ("url", "feedlike"),
    [
        ("https://a.test/feed", True),
        ("https://a.test/en/feeds/world", True),
        ("https://a.test/?feed=rss2", True),
        ("https://a.test/atom.xml", True),
        ("https://a.test/index.rdf", True),
        ("https://a.test/world.rss", True),
        ("https://a.test/news?output=rss", True),
        ("https://a.test/newsfeeder", False),
        ("https://a.test/press", False),
        ("https://a.test/wp-json/feed", False),
    ],
)
def test_an_address_looks_like_a_feed_by_whole_words(url: str, feedlike: bool) -> None:
    assert is_feedlike(url) is feedlike


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_without_a_crash(body: bytes) -> None:
    assert linked(b"<html>" + body, HOME) is not None
    assert linked(body, HOME) is not None


def test_nested_links_by_the_thousand_are_read_in_one_go() -> None:
    assert len(linked(b'<a href="/feed">' * 50_000 + b"<div>" * 50_000, HOME)) <= 5


@pytest.mark.corpus
@pytest.mark.skipif(not DATA.exists(), reason="shared/data not present")
def test_real_pages_name_feeds_of_their_own_kind(capsys: pytest.CaptureFixture[str]) -> None:
    pages = with_feeds = 0
    for listing in sorted((DATA / "pages").glob("*.jsonl")):
        for line in listing.read_text(encoding="utf-8").splitlines():
            page = json.loads(line)
            found = linked(gzip.decompress((DATA / "pages" / page["file"]).read_bytes()), page["url"] or HOME)
            assert all(url.startswith(("http://", "https://")) for url in found)
            pages, with_feeds = pages + 1, with_feeds + bool(found)

    with capsys.disabled():
        print(f"\ndiscover: {with_feeds} of {pages} real pages name a feed")  # noqa: T201 # the figure is the point
    assert with_feeds >= 0.5 * pages
