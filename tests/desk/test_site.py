from __future__ import annotations

import json
import re
from calendar import timegm
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import lxml.html
import pytest
from protego import Protego

from workers.desk.site import content, pages, wording
from workers.desk.site.content import Post, Publication, Story
from workers.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # a Tuesday
BASE = "http://127.0.0.1:8900"


@pytest.fixture(scope="module")
def publications() -> tuple[Publication, ...]:
    return content.load(NOW)


@pytest.fixture(scope="module")
def resources(publications: tuple[Publication, ...]) -> dict[str, pages.Resource]:
    return pages.render(publications, base=BASE, now=NOW)


def stories(publications: tuple[Publication, ...]) -> list[Story]:
    return [story for publication in publications for story in publication.stories if not story.trap]


def tree(body: bytes) -> Any:
    return lxml.html.fromstring(body)


def write(folder: Path, text: str) -> Path:
    (folder / "gazette.toml").write_text(text, encoding="utf-8")
    return folder


GAZETTE = """
name = "Gazette"
tagline = "t"
language = "en"
utc_offset_hours = 2
layout = "plain"
feed = "rss20"
[[article]]
slug = "a"
section = "World"
title = "T"
hours_ago = 1
text = "On {day}, after {day-1} and before {day+2}."
"""


# --- what is printed


def test_seven_languages_and_thirty_articles_are_printed(publications: tuple[Publication, ...]) -> None:
    languages = Counter(story.language for story in stories(publications))

    assert set(languages) == set(wording.LANGUAGES)
    assert languages.total() >= 30


def test_every_kind_of_page_and_of_feed_is_served(publications: tuple[Publication, ...]) -> None:
    assert {publication.layout for publication in publications} == {"json-ld", "microdata", "plain", "blog"}
    assert {publication.feed for publication in publications} == {"rss20", "atom10", "rss10"}


def test_every_article_is_long_enough_to_be_read(publications: tuple[Publication, ...]) -> None:
    for story in stories(publications):
        text = "\n".join(piece.text for piece in story.pieces)
        enough = len(text) >= 350 if story.language == "ja" else len(text.split()) >= 120
        assert enough, f"{story.slug} is too short"


def test_no_two_articles_share_an_address_or_a_headline(publications: tuple[Publication, ...]) -> None:
    addresses = Counter(story.path for publication in publications for story in publication.stories)
    headlines = Counter(story.title for story in stories(publications))

    assert max(addresses.values()) == max(headlines.values()) == 1


def test_the_news_is_of_the_last_two_days_and_newest_first(publications: tuple[Publication, ...]) -> None:
    for publication in publications:
        times = [story.published for story in publication.stories]
        assert times == sorted(times, reverse=True)
        assert NOW - timedelta(days=2) < times[-1] <= times[0] < NOW


def test_nothing_was_changed_before_it_was_published(publications: tuple[Publication, ...]) -> None:
    for story in stories(publications):
        assert story.published <= story.updated <= NOW


def test_one_agency_report_is_printed_by_two_publications(publications: tuple[Publication, ...]) -> None:
    copies = [
        {piece.text for piece in story.pieces} for story in stories(publications) if "undersea cable" in repr(story)
    ]

    assert len(copies) == 2
    assert len(copies[0] & copies[1]) >= 4
    assert copies[0] != copies[1]


def test_the_agency_article_has_all_that_a_perfect_extraction_must_carry(publications: tuple[Publication, ...]) -> None:
    (story,) = (story for story in stories(publications) if any(isinstance(piece, Post) for piece in story.pieces))
    kinds = Counter(piece.kind for piece in story.pieces)
    position = next(i for i, piece in enumerate(story.pieces) if piece.kind == "post")

    assert (story.agency, len(story.authors)) == ("AFP", 1)
    assert story.picture is not None
    assert story.subtitle
    assert kinds["p"] >= 25
    assert kinds["h"] == 2
    assert story.pieces[position - 1].kind == story.pieces[position + 1].kind == "p"


# --- days and authors


def test_weekdays_are_counted_from_the_day_of_publication(tmp_path: Path) -> None:
    (gazette,) = content.load(NOW, write(tmp_path, GAZETTE))

    # 23:30 UTC less an hour is already Wednesday at UTC+2.
    assert gazette.stories[0].pieces[0].text == "On Wednesday, after Tuesday and before Friday."


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_language_names_seven_days_and_writes_dates_and_bylines(language: str) -> None:
    week = {wording.name_days("{day}", language=language, today=NOW + timedelta(days=i)) for i in range(7)}

    assert len(week) == 7
    assert "2026" in wording.date(NOW, language)
    assert wording.by(wording.byline(("A", "B"), "AFP", language), language).endswith(("AFP", "AFP)"))


def test_an_article_by_nobody_has_no_byline() -> None:
    assert wording.by(wording.byline((), None, "en"), "en") == ""


def test_an_agency_alone_signs_its_report() -> None:
    assert wording.by(wording.byline((), "dpa", "de"), "de") == "Von dpa"


# --- files that are wrong


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('title = "T"', 'titel = "T"', r"article\.0\.title"),
        ("hours_ago = 1", "hours_ago = 1\nhours = 2", r"article\.0\.hours"),
        ('layout = "plain"', 'layout = "fancy"', "layout"),
        ('slug = "a"', 'slug = "a b"', r"article\.0\.slug"),
    ],
)
def test_a_wrong_article_file_is_named_with_the_key(tmp_path: Path, right: str, wrong: str, named: str) -> None:
    folder = write(tmp_path, GAZETTE.replace(right, wrong))

    with pytest.raises(ConfigError, match=rf"gazette\.toml: {named}: "):
        content.load(NOW, folder)


# --- pages


def test_every_article_page_names_itself_and_carries_its_whole_text(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    for story in stories(publications):
        page = tree(resources[story.path].body)
        shown = " ".join(page.text_content().split())

        assert page.xpath("string(//link[@rel='canonical']/@href)") == BASE + story.path
        assert [h1.text_content() for h1 in page.iter("h1")] == [story.title]
        for piece in story.pieces:
            assert " ".join(piece.text.split()) in shown


def test_every_picture_of_a_page_is_served(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    for story in stories(publications):
        sources = tree(resources[story.path].body).xpath("//img/@src")

        assert len(sources) == (story.picture is not None)
        for source in sources:
            assert resources[source.removeprefix(BASE)].content_type == "image/svg+xml"


def test_linked_data_and_the_page_say_the_same(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    for publication in publications:
        for story in publication.stories:
            if publication.layout == "json-ld" and not story.trap:
                page = tree(resources[story.path].body)
                data = json.loads(page.xpath("string(//script[@type='application/ld+json'])"))

                assert data["headline"] == page.xpath("string(//h1)")
                assert data["datePublished"] == page.xpath("string(//time/@datetime)") == story.published.isoformat()


def test_an_embedded_post_has_author_handle_date_and_tags(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    (story,) = (story for story in stories(publications) if any(isinstance(piece, Post) for piece in story.pieces))
    (tweet,) = tree(resources[story.path].body).find_class("twitter-tweet")
    (post,) = (piece for piece in story.pieces if isinstance(piece, Post))

    assert f"— {post.author} (@{post.handle})" in tweet.text_content()
    assert tweet.xpath("./a")[0].text == wording.date(post.published, "en")
    assert re.findall(r"#\w+", post.text) == [a.text for a in tweet.xpath("./p/a")]


def test_markup_in_an_article_file_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = write(tmp_path, GAZETTE.replace('title = "T"', 'title = "</title><script>alert(1)</script>"'))

    rendered = pages.render(content.load(NOW, folder), base=BASE, now=NOW)

    assert not [path for path, resource in rendered.items() if b"<script>alert" in resource.body]


def test_a_page_of_the_old_kind_is_written_in_the_charset_of_its_age(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    (old,) = (publication for publication in publications if publication.layout == "plain")
    resource = resources[old.stories[0].path]

    assert resource.content_type == "text/html; charset=windows-1252"
    assert old.stories[0].title in resource.body.decode("windows-1252")
    with pytest.raises(UnicodeDecodeError):
        resource.body.decode("utf-8")


# --- feeds


def test_every_feed_announces_its_stories_with_time_and_summary(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    for publication in publications:
        parsed = feedparser.parse(resources[pages.feed_path(publication)].body)

        assert (parsed.bozo, parsed.version) == (False, publication.feed)
        assert [entry.link.split("?")[0] for entry in parsed.entries] == [BASE + s.path for s in publication.stories]
        for entry, story in zip(parsed.entries, publication.stories, strict=True):
            announced = datetime.fromtimestamp(timegm(entry.published_parsed), UTC)
            assert (entry.title, entry.summary) == (story.title, story.standfirst)
            assert announced == story.published


def test_robots_txt_forbids_the_members_pages_and_nothing_else(
    publications: tuple[Publication, ...], resources: dict[str, pages.Resource]
) -> None:
    robots = Protego.parse(resources["/robots.txt"].body.decode())

    for publication in publications:
        for story in publication.stories:
            assert robots.can_fetch(BASE + story.path, "newsdesk") == (story.trap != "robots")
