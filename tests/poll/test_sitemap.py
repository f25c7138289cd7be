"""Sitemaps read into entries."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workers.poll.parse import parse

if TYPE_CHECKING:
    from workers.model import ParsedFeed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITEMAPS = Path(__file__).parents[2].parent / "shared" / "data" / "sitemaps"

NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made for the test -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://news.example/old</loc><lastmod>2026-11-20</lastmod></url>
<url><loc> https://news.example/new?a=1&amp;b=2 </loc>
  <n:news><n:publication><n:name>The Gazette</n:name><n:language>en</n:language></n:publication>
    <n:publication_date>2026-11-23T10:00:00+01:00</n:publication_date><n:title>Flood &amp;amp; mud</n:title>
    <n:keywords>Weather, Rivers</n:keywords></n:news>
  <image:image><image:loc>https://img.example/1.jpg</image:loc></image:image>
  <image:image><image:loc>https://img.example/2.jpg</image:loc></image:image></url>
<url><lastmod>2026-11-20</lastmod></url>
</urlset>"""


def read(body: str | bytes) -> ParsedFeed:
    return parse(body if isinstance(body, bytes) else body.encode(), "https://news.example/sitemap.xml", now=NOW)


def test_a_news_sitemap_is_read_newest_first() -> None:
    feed = read(NEWS)
    assert feed.kind == "sitemap"
    assert [entry.url for entry in feed.entries] == ["https://news.example/new?a=1&b=2", "https://news.example/old"]
    newest = feed.entries[0]
    assert (newest.title, newest.language, newest.tags) == ("Flood & mud", "en", ("Weather", "Rivers"))
    assert newest.published == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert newest.image == "https://img.example/1.jpg"
    assert feed.entries[1].updated == datetime(2026, 11, 20, tzinfo=UTC)
    assert feed.problems == ("1 of 3 entries have no web address and were left out.",)


def test_a_sitemap_index_is_told_from_a_sitemap() -> None:
    feed = read("<sitemapindex><sitemap><loc>https://news.example/1.xml.gz</loc></sitemap></sitemapindex>")
    assert feed.kind == "sitemap-index"
    assert [entry.url for entry in feed.entries] == ["https://news.example/1.xml.gz"]


def test_an_index_says_when_each_of_its_sitemaps_changed() -> None:
    feed = read(
        "<sitemapindex><sitemap><loc>https://news.example/1.xml</loc><lastmod>2026-11-20</lastmod></sitemap>"
        "<sitemap><loc>https://news.example/2.xml</loc><lastmod>2026-11-23T10:00:00Z</lastmod></sitemap></sitemapindex>"
    )
    assert [(entry.url[-5], entry.updated) for entry in feed.entries] == [
        ("2", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("1", datetime(2026, 11, 20, tzinfo=UTC)),
    ]


def test_a_gzipped_sitemap_is_unpacked() -> None:
    assert read(gzip.compress(NEWS.encode())).entries == read(NEWS).entries


def test_a_cut_sitemap_is_read_as_far_as_it_goes() -> None:
    feed = read(NEWS[: NEWS.index("<url><lastmod>")])
    assert len(feed.entries) == 2
    assert feed.problems[0].startswith("The XML is not well-formed:")


@pytest.mark.parametrize(
    "trap",
    [
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY x "&a;&a;">]>',
    ],
)
def test_entities_are_not_followed(trap: str) -> None:
    feed = read(f"{trap}<urlset><url><loc>https://news.example/&x;</loc></url></urlset>")
    assert feed.kind in ("sitemap", "")
    assert all(entry.url == "https://news.example/" for entry in feed.entries)


def test_real_sitemaps_are_read_whole() -> None:
    if not SITEMAPS.exists():
        pytest.skip("shared/data not present")
    listed = json.loads((SITEMAPS / "index.json").read_text("utf-8"))
    assert listed
    for case in listed:
        feed = parse((SITEMAPS / case["file"]).read_bytes(), now=NOW)
        assert feed.kind == ("sitemap" if case["kind"] == "urlset" else "sitemap-index"), case["file"]
        assert {entry.url for entry in feed.entries} == {url["loc"] for url in case["urls"]}, case["file"]
