"""What was typed, and what is understood."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.articles import NOON
from workers.model import All, Clause, Filters, Not, Phrase, Query, Word
from workers.search.language import (
    LONGEST,
    MOST_CLAUSES,
    describe,
    period,
    read,
    searchable,
    with_filter,
    without_filter,
)
from workers.search.typed import terms

NAUGHTY = Path(__file__).parents[2].parent / "shared" / "data" / "naughty-strings.json"


def understood(text: str) -> Query:
    return read(text, now=NOON)


def clauses(text: str) -> tuple[Clause, ...]:
    match = understood(text).match
    assert isinstance(match, All)
    return match.clauses


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


# --- words, phrases, refusals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("truce talks", (Word(text="truce"), Word(text="talks"))),
        ('"cease fire" now', (Phrase(text="cease fire"), Word(text="now"))),
        ("“cease fire”", (Phrase(text="cease fire"),)),
        ("«перемирие сегодня»", (Phrase(text="перемирие сегодня"),)),
        ("„Waffen ruhen“", (Phrase(text="Waffen ruhen"),)),
        ("-sport", (Not(clause=Word(text="sport")),)),
        ('-"late goal"', (Not(clause=Phrase(text="late goal")),)),
        ("NOT sport", (Not(clause=Word(text="sport")),)),
        ("a AND b", (Word(text="a"), Word(text="b"))),
        ("cease-fire", (Word(text="cease-fire"),)),
        ("don't", (Word(text="don't"),)),
        ("C++ #tag @name", (Word(text="C++"), Word(text="#tag"), Word(text="@name"))),
        ('say "hi"there', (Word(text="say"), Phrase(text="hi"), Word(text="there"))),
        ("停战协议", (Word(text="停战协议"),)),
        ("", ()),
        ("  \t ", ()),
    ],
)
def test_words_phrases_and_refusals_are_read(text: str, expected: tuple[Clause, ...]) -> None:
    assert clauses(text) == expected
    assert understood(text).warnings == ()


@pytest.mark.parametrize(
    ("text", "expected", "warning"),
    [
        ("a OR b", (Word(text="a"), Word(text="OR"), Word(text="b")), "OR is read as a word"),
        ("a - b", (Word(text="a"), Word(text="b")), "no letters or digits"),
        ("(a b)", (Word(text="a"), Word(text="b")), "parentheses"),
        ('"never closed', (Phrase(text="never closed"),), "not closed"),
        ("colour:red", (Word(text="colour:red"),), "no field"),
        ("elect*", (Word(text="elect*"),), "mean nothing here"),
        ('"…"', (), "no letters or digits"),
        ("😀", (), "no letters or digits"),
        ("source:", (), "names no value"),
        ("-section:world", (), "can be taken away"),
        ("sort:oldest", (), "sort is relevance or newest"),
        ("newer:soon", (), "such as newer:2d"),
        ("since:never", (), "is no date"),
        ("since:2026-02-30", (), "is no date"),
        ("published:2026-11-01..x", (), "is no date"),
        ("published:9999", (), "is no date"),
    ],
)
def test_what_makes_no_sense_is_a_word_or_left_out_with_a_warning(
    text: str, expected: tuple[Clause, ...], warning: str
) -> None:
    assert clauses(text) == expected
    assert len(understood(text).warnings) == 1
    assert warning in understood(text).warnings[0]


def test_an_address_is_a_word_and_its_scheme_no_field() -> None:
    assert clauses("https://a.example/x") == (Word(text="https://a.example/x"),)
    assert understood("https://a.example/x").warnings == ()


# --- filters


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("source:bbc", Filters(source=("bbc",))),
        ('source:"The Moscow Times"', Filters(source=("The Moscow Times",))),
        ('source:bbc,"Le Monde",cnn', Filters(source=("bbc", "Le Monde", "cnn"))),
        ("source:a source:b source:a", Filters(source=("a", "b"))),
        ("SOURCE:bbc", Filters(source=("bbc",))),
        ("source:“Le Monde”", Filters(source=("Le Monde",))),
        ("-source:bbc,cnn", Filters(not_source=("bbc", "cnn"))),
        ("lang:en language:fr", Filters(language=("en", "fr"))),
        ("-lang:en", Filters(not_language=("en",))),
        (
            'section:world author:"Hervé Bar" agency:AFP',
            Filters(section=("world",), author=("Hervé Bar",), agency=("AFP",)),
        ),
        ("day:2026-11-24", Filters(day=("2026-11-24",))),
        ("since:2026-11-20", Filters(since=day(20))),
        ("until:2026-11-20", Filters(until=day(21))),
        ("published:2026-11-20", Filters(since=day(20), until=day(21))),
        ("published:2026-11-20..2026-11-22", Filters(since=day(20), until=day(23))),
        ("published:2026-11-20..", Filters(since=day(20))),
        ("published:..2026-11-22", Filters(until=day(23))),
        ("since:2026-11", Filters(since=day(1))),
        ("until:2026", Filters(until=datetime(2027, 1, 1, tzinfo=UTC))),
        ("published:2026-12", Filters(since=datetime(2026, 12, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC))),
        ("since:yesterday until:today", Filters(since=day(23), until=day(25))),
        ("newer:2d", Filters(since=NOON - timedelta(days=2))),
        ("newer:6h", Filters(since=NOON - timedelta(hours=6))),
        ("older:1w", Filters(until=NOON - timedelta(weeks=1))),
    ],
)
def test_filters_are_read(text: str, filters: Filters) -> None:
    query = understood(text)
    assert query.filters == filters
    assert query.match == All()
    assert query.warnings == ()


def test_what_was_typed_decides_the_order_over_what_was_clicked() -> None:
    assert read("a sort:newest", now=NOON, sort="relevance").sort == "newest"
    assert read("a", now=NOON, sort="newest").sort == "newest"
    assert read("a", now=NOON).sort == "relevance"


def test_a_month_ends_where_the_next_begins() -> None:
    assert period("2026-02", NOON) == (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


# --- limits


def test_more_words_than_the_limit_are_left_out_with_a_warning() -> None:
    query = understood(" ".join(f"w{n}" for n in range(MOST_CLAUSES + 2)) + " source:bbc")
    assert isinstance(query.match, All)
    assert len(query.match.clauses) == MOST_CLAUSES
    assert query.warnings == (f"only the first {MOST_CLAUSES} words were used",)
    assert query.filters.source == ("bbc",)


def test_filters_are_bounded_too() -> None:
    values = ",".join(f"s{n}" for n in range(200))
    assert len(understood(f"source:{values}").filters.source) <= MOST_CLAUSES


def test_a_very_long_text_is_cut_at_a_blank_with_a_warning() -> None:
    query = understood("word " * 1000)
    assert query.warnings[0] == f"only the first {LONGEST} characters were read"
    assert isinstance(query.match, All)
    assert set(query.match.clauses) == {Word(text="word")}


@pytest.mark.parametrize(("asked", "given_"), [(0, 1), (-5, 1), (20, 20), (10_000, 100)])
def test_the_number_of_hits_stays_within_bounds(asked: int, given_: int) -> None:
    assert read("", now=NOON, limit=asked).limit == given_


@given(st.text(max_size=200))
def test_nothing_typed_raises_and_every_letter_is_used(text: str) -> None:
    query = understood(text)
    assert query.text == text
    assert describe(query)
    used = "".join(term.raw for term in terms(text))
    assert [c for c in text if searchable(c)] == [c for c in used if searchable(c)]


@given(st.text(alphabet='ab:-"“”,().*~ \\source:lang', max_size=60))
def test_no_mix_of_signs_raises(text: str) -> None:
    assert describe(understood(text))
    assert understood(with_filter(text, "source", "x")).filters.source


def test_strings_people_break_things_with_are_read() -> None:
    if not NAUGHTY.exists():
        pytest.skip("shared/data not present")
    for text in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        assert understood(text).text == text


# --- editing the text


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("truce", "bbc", "truce source:bbc"),
        ("", "bbc", "source:bbc"),
        ("truce ", "The Moscow Times", 'truce source:"The Moscow Times"'),
        ("truce", 'The "X"', 'truce source:"The \\"X\\""'),
        ("truce source:BBC", "bbc", "truce source:BBC"),
        ('"never closed', "bbc", '"never closed" source:bbc'),
        ('author:"never closed', "bbc", 'author:"never closed" source:bbc'),
    ],
)
def test_a_filter_is_added_to_the_text(text: str, value: str, expected: str) -> None:
    assert with_filter(text, "source", value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("truce source:bbc", "truce"),
        ("source:bbc truce", "truce"),
        ('truce source:"BBC" -sport', "truce -sport"),
        ('source:"Le Monde",bbc,cnn', 'source:"Le Monde",cnn'),
        ("truce -source:bbc", "truce -source:bbc"),
        ("truce section:bbc", "truce section:bbc"),
        ("truce", "truce"),
    ],
)
def test_a_filter_is_taken_out_of_the_text_and_the_rest_stays(text: str, expected: str) -> None:
    assert without_filter(text, "source", "bbc") == expected


def test_a_filter_typed_under_a_short_name_is_taken_out_by_the_long_one() -> None:
    assert without_filter("truce lang:en", "language", "en") == "truce"


@given(st.text(max_size=20), st.text(min_size=1, max_size=30))
def test_what_is_added_is_understood_and_can_be_taken_out_again(before: str, value: str) -> None:
    value = "".join(c for c in value if c.isprintable()).strip()
    if not value:
        return
    with_it = with_filter(before, "source", value)
    assert value.casefold() in [one.casefold() for one in understood(with_it).filters.source]
    without_it = without_filter(with_it, "source", value)
    assert value.casefold() not in [one.casefold() for one in understood(without_it).filters.source]


# --- in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("truce lang:en since:2026-11-20", "title or text has *truce*, language en, since 2026-11-20"),
        ("", "every article, newest first"),
        ('a "b c" -d', "title or text has *a* and “b c”, not *d*"),
        ("-d", "not *d*, newest first"),
        ("source:a,b -source:c", "source a or b, not source c, newest first"),
        ("a b c sort:newest", "title or text has *a*, *b* and *c*, newest first"),
        ("a until:2026-11-20", "title or text has *a*, until 2026-11-20"),
        ("a newer:2d", "title or text has *a*, since 2026-11-22 12:00 UTC"),
        ("a older:2d", "title or text has *a*, before 2026-11-22 12:00 UTC"),
    ],
)
def test_a_query_reads_as_a_sentence(text: str, words: str) -> None:
    assert describe(understood(text)) == words


def test_a_nested_tree_reads_as_a_sentence_too() -> None:
    tree = All(clauses=(Word(text="a"), All(clauses=(Phrase(text="b"), Not(clause=Word(text="c"))))))
    assert describe(Query(match=tree)) == "title or text has *a* and (“b” and not *c*)"
