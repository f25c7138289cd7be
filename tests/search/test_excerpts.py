"""Marking the wanted words and choosing what to show of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.search.conftest import shown
from workers.model import Phrase, Word
from workers.search.answer import EXCERPT_LENGTH
from workers.search.excerpts import excerpts, highlighted, mark


def marked(text: str, *words: Word | Phrase, language: str | None = "en") -> str:
    return shown(highlighted(text, mark(text, words, language)))


@pytest.mark.parametrize(
    ("text", "word", "language", "expected"),
    [
        ("Fires and a fire", "fire", "en", "[Fires] and a [fire]"),
        ("Fires and a fire", "fire", None, "Fires and a [fire]"),
        ("Été, été", "ete", "fr", "[Été], [été]"),
        ("Israel's army", "Israel", "en", "[Israel]'s army"),
        ("a cease-fire holds", "cease-fire", "en", "a [cease-fire] holds"),
        ("签署了停战协议。", "停战", "zh", "签署了[停战]协议。"),
        ("جرت الانتخابات أيضاً", "انتخابات", "ar", "جرت [الانتخابات] أيضاً"),
        ("😀 truce 😀", "truce", "en", "😀 [truce] 😀"),
        ("", "truce", "en", ""),
        ("truce", "…", "en", "truce"),
    ],
)
def test_a_word_is_marked_in_all_its_forms(text: str, word: str, language: str | None, expected: str) -> None:
    assert marked(text, Word(text=word), language=language) == expected


def test_a_phrase_is_marked_whole_and_only_as_written() -> None:
    text = "The white house. A white horse. White houses."
    assert marked(text, Phrase(text="White House")) == "The [white house]. A white horse. White houses."


def test_overlapping_finds_are_marked_once() -> None:
    assert marked("white house rules", Word(text="house"), Phrase(text="white house")) == "[white house] rules"


def test_the_excerpts_show_different_words_first_and_in_reading_order() -> None:
    filler = "Nothing to see here at all, please move along. " * 10
    text = f"A truce. {filler}Truce truce. {filler}Talks on a truce. {filler}"
    wanted = (Word(text="truce"), Word(text="talk"))
    chosen = [shown(one) for one in excerpts(text, mark(text, wanted, "en"))]
    assert len(chosen) == 2
    assert "[Talks] on a [truce]" in chosen[1]
    assert "[Truce] [truce]" in chosen[0]


def test_an_excerpt_starts_with_its_sentence_when_that_is_near() -> None:
    text = "Long ago and far away there was a town. " * 5 + "Then came the truce. " + "All went home. " * 30
    (one,) = excerpts(text, mark(text, (Word(text="truce"),), "en"))
    assert shown(one).startswith("Then came the [truce].")


@given(
    st.lists(st.sampled_from(["truce", "Truces,", "hold.", "on\n\n", "停战", "x" * 40]), max_size=200).map(" ".join),
    st.sampled_from(["truce", "hold", "停战", "zzz"]),
)
def test_excerpts_are_short_apart_and_taken_from_the_text(text: str, word: str) -> None:
    chosen = excerpts(text, mark(text, (Word(text=word),), "en"))
    assert len(chosen) <= 2
    flat = " ".join(text.split())
    for one in chosen:
        plain = "".join(part.text for part in one)
        assert " ".join(plain.split()) in flat
        assert len(plain) <= EXCERPT_LENGTH + 80
    if word in text:
        assert any(part.match for one in chosen for part in one)
