"""What a later reading says otherwise."""

from __future__ import annotations

from tests.articles import article
from workers.search.changes import MOST, Piece, changes


def test_each_changed_place_is_told_word_by_word() -> None:
    before = article("a", title="Bridge closed", text="One stays.\n\nThe bridge is closed today.\n\nThree stays.")
    after = article("a", title="Bridge open", text="One stays.\n\nThe bridge is open.\n\nThree stays.\n\nFour is new.")
    title, second, fourth = changes(before, after)
    assert title.where == "title"
    assert second.pieces == (
        Piece(kind="same", text="The bridge is"),
        Piece(kind="removed", text="closed today."),
        Piece(kind="added", text="open."),
    )
    assert fourth.pieces == (Piece(kind="added", text="Four is new."),)


def test_a_standfirst_that_came_or_went_is_a_change() -> None:
    (change,) = changes(article("a"), article("a", subtitle="At last"))
    assert (change.where, change.pieces) == ("subtitle", (Piece(kind="added", text="At last"),))


def test_equal_readings_have_no_changes() -> None:
    assert changes(article("a"), article("a")) == ()


def test_of_a_paragraph_too_long_to_compare_all_counts_as_changed() -> None:
    long = "word " * (MOST + 1)
    (change,) = changes(article("a", text=long), article("a", text=long + "more"))
    assert [piece.kind for piece in change.pieces] == ["removed", "added"]
