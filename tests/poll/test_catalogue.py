"""feeds.toml, right and wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from workers.errors import ConfigError
from workers.model import Feed
from workers.poll.catalogue import comparable, interval, load, refusal, to_toml

if TYPE_CHECKING:
    from pathlib import Path

GOOD = '[[feed]]\nname = "Gazette"\nurl = "https://news.example/feed"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "feeds.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_feed_needs_a_name_and_a_url_and_its_source_is_its_name(tmp_path: Path) -> None:
    assert load(written(tmp_path, GOOD)) == (Feed(name="Gazette", url="https://news.example/feed", source="Gazette"),)


def test_everything_that_can_be_said_of_a_feed_is_read(tmp_path: Path) -> None:
    more = 'source = "The Gazette"\nlanguage = "en"\ncountry = "gb"\nsection = "World"\nevery = "15m"\n'
    assert load(written(tmp_path, GOOD + more))[0] == Feed(
        name="Gazette",
        url="https://news.example/feed",
        source="The Gazette",
        language="en",
        country="GB",
        section="World",
        every=timedelta(minutes=15),
    )


@pytest.mark.parametrize(
    ("every", "seconds"), [('"90s"', 90), ('"15m"', 900), ('"1h"', 3_600), ('"2 d"', 172_800), ("120", 120)]
)
def test_an_interval_is_a_number_with_a_unit_or_seconds(tmp_path: Path, every: str, seconds: int) -> None:
    assert load(written(tmp_path, f"{GOOD}every = {every}\n"))[0].every == timedelta(seconds=seconds)


def test_an_empty_list_is_no_mistake(tmp_path: Path) -> None:
    assert load(written(tmp_path, "# none yet\n")) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[feed]]\nurl = "https://a.example/"\n', ["feed 1: name", "missing"]),
        ('[[feed]]\nname = "A"\n', ["feed 1 ('A'): url", "missing"]),
        ('[[feed]]\nname = ""\nurl = "https://a.example/"\n', ["feed 1: name", "printable"]),
        ('[[feed]]\nname = 5\nurl = "https://a.example/"\n', ["feed 1 (5): name", "got 5"]),
        ('[[feed]]\nname = "A"\nurl = "ftp://a.example/"\n', ["feed 1 ('A'): url", "http://"]),
        ('[[feed]]\nname = "A"\nurl = "a.example/feed"\n', ["url", "http://", "got 'a.example/feed'"]),
        ('[[feed]]\nname = "A"\nurl = "https://me:pw@a.example/"\n', ["url", "user name"]),
        ('[[feed]]\nname = "A"\nurl = "https://a.example:x/"\n', ["url", "http://"]),
        ('[[feed]]\nname = "A"\nurl = "https://[::/"\n', ["url", "http://"]),
        (GOOD + 'evry = "15m"\n', ["feed 1 ('Gazette'): evry", "unknown key", "every"]),
        (GOOD + 'every = "soon"\n', ["every", '"15m"', "got 'soon'"]),
        (GOOD + "every = true\n", ["every", "got True"]),
        (GOOD + "every = 0\n", ["every", "got 0"]),
        (GOOD + 'every = "99d"\n', ["every", "31 days"]),
        (GOOD + 'language = "english!"\n', ["language", '"pt-BR"']),
        (GOOD + 'country = "GBR"\n', ["country", '"GB"']),
        (GOOD + GOOD.replace("news.example", "b.example"), ["feed 2 ('Gazette'): name", "feed 1"]),
        (GOOD + GOOD.replace("Gazette", "B").replace("news.ex", "NEWS.ex"), ["feed 2 ('B'): url", "feed 1"]),
        ('[feed]\nname = "A"\n', ["feed", "[[feed]]"]),
        ("feeds = []\n", ["feeds", "unknown here"]),
        ("[[feed]\n", ["TOML"]),
    ],
)
def test_a_mistake_is_named_by_file_feed_key_and_what_would_be_right(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        load(file)
    for word in [str(file), *words]:
        assert word in str(raised.value)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "feeds.toml")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    feeds = (
        Feed(name='The "G"', url="https://a.example/?a=1&b=é", source="G", language="en", every=timedelta(minutes=5)),
        Feed(name="B\\C", url="https://b.example/", source="B 🗞", country="FR", section="Sport"),
    )
    assert load(written(tmp_path, to_toml(feeds))) == feeds


def test_a_feed_that_could_not_be_read_back_is_refused_with_its_key() -> None:
    good = Feed(name="A", url="https://a.example/", source="A", every=timedelta(hours=1))

    assert refusal(good) is None
    assert (
        refusal(replace(good, language="English!"))
        == 'language: must be a language code such as "en" or "pt-BR"; got \'English!\''
    )
    assert (refusal(replace(good, url="ftp://a.example/")) or "").startswith("url: must be an address")
    assert (refusal(replace(good, every=timedelta(days=40))) or "").startswith("every: ")


def test_two_spellings_of_an_address_are_the_same() -> None:
    assert comparable("HTTPS://A.example/Feed/#top") == comparable("https://a.example/Feed")
    assert comparable("https://a.example/feed") != comparable("https://a.example/Feed")


def test_an_interval_is_typed_with_a_unit_or_as_seconds() -> None:
    assert interval("15m") == interval("900") == timedelta(minutes=15)
    with pytest.raises(ValueError, match="31 days"):
        interval("99d")
