"""Cursors, excerpts, facets: what both stores share."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.articles import NOON
from tests.search.conftest import shown
from workers.model import All, FacetValue, Filters, Not, Phrase, Query, Word
from workers.search.answer import (
    BEGINNING,
    END,
    OTHER_CURSOR,
    START,
    Cursor,
    begin,
    beginning,
    excerpt,
    facet,
    languages_for,
    newest_first,
    wanted,
)
from workers.search.language import read

KINDS = (float, int, str)


def asked(text: str, cursor: str | None = None, now: Any = NOON) -> Query:
    return read(text, now=now, cursor=cursor)


def forged(**plain: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode()


# --- cursors


def test_a_cursor_comes_back_as_it_was_made() -> None:
    cursor = Cursor(after=(1.5, 7, "é"), now=NOON)
    text = cursor.encode(asked("truce"))
    assert begin(asked("truce", text), NOON + timedelta(hours=1), KINDS) == (cursor, ())
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_survives_the_clock_moving_a_relative_date() -> None:
    text = Cursor(after=(1.5, 7, "x"), now=NOON).encode(asked("truce newer:2d"))
    later = asked("truce newer:2d", text, NOON + timedelta(minutes=1))
    assert begin(later, NOON, KINDS)[1] == ()


@pytest.mark.parametrize("other", ["talks", "truce sort:newest", "truce source:a", ""])
def test_a_cursor_of_another_question_is_refused(other: str) -> None:
    text = Cursor(after=(1.5, 7, "x"), now=NOON).encode(asked("truce"))
    assert begin(asked(other, text), NOON, KINDS) == (Cursor(after=(), now=NOON), (OTHER_CURSOR,))


def test_a_query_made_without_text_has_a_cursor_of_its_own() -> None:
    one, other = (Query(match=Word(text="a"), filters=Filters(source=(source,))) for source in "xy")
    text = Cursor(after=(1.0, 1, ""), now=NOON).encode(one)
    assert begin(Query(match=one.match, filters=one.filters, cursor=text), NOON, KINDS)[1] == ()
    assert begin(Query(match=other.match, filters=other.filters, cursor=text), NOON, KINDS)[1] == (OTHER_CURSOR,)


@pytest.mark.parametrize(
    "after", [["a", 1, "x"], [1.0, 1], [1.0, 1, "x", 2], [1.0, True, "x"], [None] * 3, {"a": 1}, 5, [1.0, [], "x"]]
)
def test_sort_values_of_the_wrong_kind_are_refused(after: Any) -> None:
    good = json.loads(base64.urlsafe_b64decode(Cursor(after=(1.0, 1, "x"), now=NOON).encode(asked("a")) + "=="))
    assert begin(asked("a", forged(**{**good, "a": after})), NOON, KINDS)[1] == (OTHER_CURSOR,)


@pytest.mark.parametrize("now", [1e300, -1e18, "x", None, [1]])
def test_a_moment_that_cannot_be_is_refused(now: Any) -> None:
    good = json.loads(base64.urlsafe_b64decode(Cursor(after=(1.0, 1, "x"), now=NOON).encode(asked("a")) + "=="))
    assert begin(asked("a", forged(**{**good, "n": now})), NOON, KINDS)[1] == (OTHER_CURSOR,)


@given(st.text(min_size=1))
def test_no_cursor_raises(text: str) -> None:
    assert begin(asked("a", text), NOON, KINDS) == (Cursor(after=(), now=NOON), (OTHER_CURSOR,))


def test_a_deeply_nested_cursor_is_refused() -> None:
    text = base64.urlsafe_b64encode(b"[" * 200_000).decode()
    assert begin(asked("a", text), NOON, KINDS)[1] == (OTHER_CURSOR,)


# --- the tree


def test_refused_words_are_not_wanted() -> None:
    a, b, c = Word(text="a"), Phrase(text="b"), Word(text="c")
    assert wanted(All(clauses=(a, Not(clause=c), All(clauses=(b,))))) == (a, b)


def test_without_words_the_newest_come_first() -> None:
    assert newest_first(asked(""))
    assert newest_first(asked("-a source:x"))
    assert not newest_first(asked("a"))


def test_a_word_is_stemmed_in_the_languages_of_its_script() -> None:
    assert set(languages_for("выборы", asked(""))) == {"ru", "bg"}
    assert set(languages_for("ウクライナ", asked(""))) == {"ja"}
    assert "ru" not in languages_for("truce", asked(""))
    assert languages_for("1945", asked("")) == ()


def test_a_language_filter_narrows_the_stemming() -> None:
    assert languages_for("truce", asked("lang:en")) == ("en",)
    assert languages_for("truce", asked("lang:zh")) == ()


# --- excerpts


def test_marks_become_parts_and_blanks_become_one() -> None:
    parts = excerpt(f"a\n\n {START}b{END} c")
    assert [(part.text, part.match) for part in parts] == [("a ", False), ("b", True), (" c", False)]


@given(st.text(alphabet=f"ab {START}{END}"))
def test_marks_in_any_disorder_leave_the_text(marked: str) -> None:
    text = "".join(part.text for part in excerpt(marked))
    assert START not in text
    assert END not in text
    assert text.replace(" ", "") == marked.replace(START, "").replace(END, "").replace(" ", "")


def test_the_beginning_ends_with_a_whole_word() -> None:
    start = shown(beginning("word " * 200))
    assert BEGINNING - 5 <= len(start) <= BEGINNING
    assert start.endswith("word")
    assert beginning("") == beginning(" \n") == ()


def test_the_beginning_of_a_text_without_blanks_is_cut() -> None:
    assert len(shown(beginning("停" * 1000))) == BEGINNING


# --- facets


def test_chosen_values_are_marked_and_never_missing() -> None:
    made = facet("source", [("BBC", 5), ("CNN", 2)], {"bbc": 5, "rare": 1}, str.casefold)
    assert made.values == (
        FacetValue(value="BBC", count=5, chosen=True),
        FacetValue(value="CNN", count=2),
        FacetValue(value="rare", count=1, chosen=True),
    )
