"""Subscription lists, in and out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.errors import ConfigError
from workers.model import Feed
from workers.poll.opml import folders_of, read, section_of, write

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
LISTS = Path(__file__).parents[2].parent / "shared" / "data" / "opml"


def opml(body: str) -> bytes:
    return (
        f'<?xml version="1.0"?><opml version="2.0"><head><title>mine</title></head><body>{body}</body></opml>'.encode()
    )


def outline(name: str, url: str, more: str = "") -> str:
    return f'<outline text="{name}" xmlUrl="{url}" {more}/>'


def test_feeds_are_read_at_any_depth_with_their_folders() -> None:
    inner = f'<outline text="Asia">{outline("B", "https://b.test/rss")}</outline>'
    listed = read(opml(f'{outline("A", "https://a.test/rss")}<outline text="World">{inner}</outline>'))

    assert [(feed.source, feed.url, feed.section) for feed in listed.feeds] == [
        ("A", "https://a.test/rss", None),
        ("B", "https://b.test/rss", "World / Asia"),
    ]
    assert listed.skipped == ()


def test_a_bad_outline_is_named_with_its_reason_and_stops_nothing() -> None:
    bad = outline("Mail", "mailto:me@a.test") + '<outline text="A note"/>' + outline("", "nonsense")
    listed = read(opml(bad + outline("A", "https://a.test/rss")))

    assert [feed.source for feed in listed.feeds] == ["A"]
    assert [(one.name, one.reason.partition(":")[0]) for one in listed.skipped] == [
        ("Mail", "no web address"),
        ("A note", "it has no xmlUrl, and nothing in it"),
        ("an outline without a name", "no web address"),
    ]


def test_damaged_lists_are_read_as_far_as_they_go_and_odd_spellings_too() -> None:
    listed = read(b'<OPML><body><Outline TITLE="A &amp; B" xmlurl="https://a.test/rss?a=1&b=2" language="de_AT">')

    assert listed.feeds == (Feed(name="A & B", url="https://a.test/rss?a=1&b=2", source="A & B", language="de-at"),)


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"not xml", b"\x00\xff"])
def test_what_is_no_list_is_one_clear_error(body: bytes) -> None:
    with pytest.raises(ConfigError, match=r"my\.opml: is not OPML"):
        read(body, "my.opml")


def test_an_entity_names_no_file() -> None:
    body = opml(outline("&x;", "https://a.test/")).replace(
        b'"1.0"?>', b'"1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    )

    assert [feed.source for feed in read(body).feeds] == ["&x;"]


def test_what_is_written_is_read_back_with_folders_shared() -> None:
    feeds = (
        Feed(name="a", url="https://a.test/?x=1&y=é", source="A & B", section="World / Asia"),
        Feed(name="b", url="https://b.test/", source="Б", section="World", language="ru"),
        Feed(name="c", url="https://c.test/", source="C", section="World / Asia"),
    )

    text = write(feeds, now=NOW)

    assert text.count('text="World"') == text.count('text="Asia"') == 1
    back = {feed.url: (feed.source, feed.section, feed.language) for feed in read(text.encode()).feeds}
    assert back == {feed.url: (feed.source, feed.section, feed.language) for feed in feeds}


FOLDERS = st.lists(
    st.text(st.sampled_from("ab/ "), min_size=1, max_size=8).map(lambda text: " ".join(text.split())).filter(bool),
    min_size=1,
    max_size=4,
)


@given(FOLDERS)
def test_a_folder_keeps_its_name_whatever_slashes_are_in_it(folders: list[str]) -> None:
    assert folders_of(section_of(folders)) == tuple(folders)


def test_a_plain_section_is_written_as_it_reads() -> None:
    assert section_of(("AC/DC", "Live")) == "AC/DC / Live"
    assert section_of(("World / Asia",)) == "World // Asia"
    assert folders_of("World / Asia") == ("World", "Asia")


@pytest.mark.skipif(not LISTS.exists(), reason="shared/data not present")
def test_real_lists_come_through_and_back_with_titles_addresses_and_folders() -> None:
    expected = json.loads((LISTS / "index.json").read_text(encoding="utf-8"))
    assert expected
    for one in expected:
        listed = read((LISTS / one["file"]).read_bytes())
        again = read(write(listed.feeds, now=NOW).encode())
        for feeds in (listed.feeds, again.feeds):
            told = [{"title": f.source, "url": f.url, "folders": list(folders_of(f.section))} for f in feeds]
            assert told == [{name: feed[name] for name in ("title", "url", "folders")} for feed in one["feeds"]]
