"""What is kept of a document's entries, so that unchanged ones cost nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.model import Entry
from workers.poll.marks import MOST, SIZE, is_unseen, marked, unmarked


def entries(*numbers: int) -> tuple[Entry, ...]:
    return tuple(Entry(url=f"https://news.example/{number}", title=f"Story {number}") for number in numbers)


def test_only_entries_that_were_not_listed_before_are_unmarked() -> None:
    marks = marked(entries(1, 2, 3))
    assert unmarked(entries(2, 3, 4), marks) == entries(4)
    assert unmarked(entries(1, 2), b"") == entries(1, 2)


def test_an_entry_that_was_edited_is_unmarked_again() -> None:
    (story,) = entries(1)
    edited = replace(story, title="Story 1, corrected")
    assert unmarked([edited], marked([story])) == (edited,)


def test_the_marks_of_a_document_are_of_that_document_alone_and_each_once() -> None:
    marks = marked(entries(1, 2, 2, 1))
    assert len(marks) == 2 * SIZE
    assert unmarked(entries(1, 2), marks) == ()
    assert marked(entries(2)) == marks[SIZE:]
    assert marked([]) == b""


def test_of_a_feed_that_is_many_documents_the_marks_of_the_others_stay_behind_the_latest() -> None:
    first = marked(entries(1, 2))
    both = marked(entries(3, 2), before=first)
    assert both == marked(entries(3, 2, 1))
    assert unmarked(entries(1, 2, 3), both) == ()


def test_of_many_documents_the_oldest_marks_are_forgotten_and_none_of_the_latest() -> None:
    before = b"".join(b"%011d" % number for number in range(MOST))
    kept = marked(entries(1, 2), before=before)
    assert len(kept) == MOST * SIZE
    assert kept == marked(entries(1, 2)) + before[: (MOST - 2) * SIZE]


def test_a_sitemap_of_fifty_thousand_is_known_as_a_whole() -> None:
    whole = entries(*range(MOST + 10))
    assert unmarked(whole, marked(whole, before=marked(entries(-1)))) == ()


@pytest.mark.parametrize(("listed", "unseen"), [((4, 5), True), ((3, 4), False), ((), True)])
def test_a_document_with_nothing_of_what_was_listed_is_unseen(listed: tuple[int, ...], unseen: bool) -> None:
    assert is_unseen(entries(*listed), marked(entries(1, 2, 3))) is unseen


@given(st.lists(st.integers(0, 30)), st.lists(st.integers(0, 30)))
def test_marked_and_unmarked_are_each_others_complement(before: list[int], now: list[int]) -> None:
    marks = marked(entries(*before))
    assert unmarked(entries(*now), marks) == entries(*(number for number in now if number not in before))
