"""Strings and links at the exit."""

from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.poll import words

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("AT&amp;T &#8211; news", "AT&T – news"),
        ("<p>One</p><p>two</p>", "One two"),
        ("a<br/>b<b>c</b>", "a bc"),
        ("  many \n\t spaces ", "many spaces"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&lt;b&gt; is bold", "<b> is bold"),
        ("<script>alert(1)</script>News<style>p{}</style>", "News"),
        ("<!-- hidden -->News", "News"),
        ("caf\u0065\u0301", "cafe\u0301".replace("e\u0301", "é")),
        ("a\x00b\ufffe\ud800c\x85d\x1fe", "abc…d e"),
        ("&nosuch; &copy 2026", "&nosuch; &copy 2026"),
        ("", None),
        ("<img src=x>", None),
        (None, None),
    ],
)
def test_markup_becomes_plain_text(markup: str | None, text: str | None) -> None:
    assert words.plain(markup) == text


PIECES = (
    "word ",
    "<p>",
    "</p>",
    "<b>x</b>",
    "<script>hidden</script>",
    "<!-- hidden -->",
    "<script>",
    "</SCRIPT>",
    "<!--",
    "-->",
    "<style",
    ">",
    "]]>",
    "&amp;",
    "&#8217;",
    "é",
    "\n\n",
    "1 < 2 ",
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 400))
def test_of_long_markup_no_more_is_read_than_is_kept_and_that_cannot_be_seen(piece: str, times: int) -> None:
    markup = piece * times
    whole = words.plain(markup, 1_000_000) or ""
    assert (words.plain(markup, 300) or "") == whole[:300].strip()


@pytest.mark.parametrize("piece", ["<script>", "<style>x", "<!--", "<script ", "</script><script>", "<![CDATA["])
def test_what_is_never_closed_takes_no_quadratic_time(piece: str) -> None:
    before = time.process_time()
    words.plain(piece * 50_000)
    assert time.process_time() - before < 5


def test_a_tag_of_any_length_is_no_text() -> None:
    assert words.plain(f"<img src='data:{'A/' * 50_000}'>News") == "News"


def test_text_is_cut_to_its_bound() -> None:
    assert len(words.plain("x" * 5_000) or "") == words.TITLE


@given(st.text(max_size=300))
def test_what_leaves_can_be_stored_anywhere(text: str) -> None:
    out = words.plain(text) or ""
    assert out == unicodedata.normalize("NFC", out)
    assert out == " ".join(out.split())
    out.encode("utf-8")
    assert not {unicodedata.category(character) for character in out} & {"Cs"}


@pytest.mark.parametrize(
    ("raw", "base", "address"),
    [
        ("https://example.org/a", "", "https://example.org/a"),
        ("/a?b=1", "https://example.org/feed.xml", "https://example.org/a?b=1"),
        ("a", "https://example.org/x/feed", "https://example.org/x/a"),
        (" https://example.org/a b\n", "", "https://example.org/a%20b"),
        ("//cdn.example.org/a", "https://example.org/", "https://cdn.example.org/a"),
        ("/a", "", None),
        ("javascript:alert(1)", "https://example.org/", None),
        ("mailto:a@example.org", "", None),
        ("http://[broken", "", None),
        ("http://", "", None),
        ("https://example.org/" + "x" * 3_000, "", None),
        (None, "https://example.org/", None),
        ("", "https://example.org/", None),
    ],
)
def test_links_are_absolute_web_addresses_or_none(raw: str | None, base: str, address: str | None) -> None:
    assert words.link(raw, base) == address


@pytest.mark.parametrize(
    ("raw", "tag"), [("en-US", "en-us"), ("de", "de"), ("pt_BR", "pt-br"), ("english!", None), ("", None)]
)
def test_languages_are_tags_or_none(raw: str, tag: str | None) -> None:
    assert words.language(raw) == tag


def test_names_come_once_and_in_order() -> None:
    assert words.names(["Ann", None, "<b>Bob</b>", "Ann", " "]) == ("Ann", "Bob")


def test_the_naughty_strings_survive_as_titles() -> None:
    file = SHARED / "data" / "naughty-strings.json"
    if not file.exists():
        pytest.skip("shared/data not present")
    for naughty in json.loads(file.read_text("utf-8")):
        (words.plain(naughty) or "").encode("utf-8")
