"""Strings as newsdesk keeps them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.extract.wording import count_words, key, plain, tidy


@given(st.text(st.characters(), max_size=200))
def test_tidy_text_can_be_stored_anywhere(text: str) -> None:
    clean = tidy(text)
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert tidy(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\ud800b", "ab"),
        ("a\x00\x1bb", "ab"),
        ("\u202eevil\u202c title", "evil title"),
        ("cafe\u0301", "café"),
        (" a\u00a0\n\tb ", "a b"),
        ("co\u00adop", "coop"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_harms_goes_and_what_means_something_stays(raw: str, clean: str) -> None:
    assert tidy(raw) == clean


def test_markup_and_entities_are_resolved_even_when_escaped_twice() -> None:
    assert plain("<b>Caf&amp;eacute;</b> &amp; more") == "Café & more"
    assert plain(5) is None
    assert plain(" <br> ") is None


def test_two_renderings_of_a_text_have_one_key() -> None:
    assert key("“The Dam — Fills”") == key("the dam fills")


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("It's a well-known fact", 5), ("港町の灯台", 3), ("Tokyo 東京 tower", 3), ("Озеро в мае", 3)],
)
def test_words_are_counted_in_scripts_with_and_without_spaces(text: str, words: int) -> None:
    assert count_words(text) == words
