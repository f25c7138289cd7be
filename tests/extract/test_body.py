"""The candidate corrected by the chances of its lines."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.body import settle
from workers.extract.lines import Line, read_lines
from workers.extract.weighing import Known
from workers.model import Block

KNOWN = Known(
    titles=frozenset({"theriver"}),
    descriptions=(),
    bylines=frozenset({"janeroereuters"}),
    captions=frozenset({"thelakeinmay"}),
)


def page(markup: str) -> tuple[Line, ...]:
    return read_lines(document_fromstring(f"<html><body>{markup}</body></html>"))


def settled(markup: str, candidate: list[str], chances: list[float]) -> list[tuple[str, str]]:
    blocks = [Block(kind="p", text=text) for text in candidate]
    return [(block.kind, block.text) for block in settle(blocks, page(markup), chances, KNOWN)]


def test_an_unlikely_line_is_taken_out() -> None:
    kept = settled(
        "<p>The first one</p><p>Buy now</p><p>The last one</p>",
        ["The first one", "Buy now", "The last one"],
        [0.9, 0.1, 0.9],
    )
    assert kept == [("p", "The first one"), ("p", "The last one")]


def test_a_likely_line_is_put_where_the_page_has_it() -> None:
    markup = (
        "<p>Lead</p><h2>A head</h2><p>One</p><ul><li>Item</li></ul><blockquote>Said</blockquote><p>Two</p><p>End</p>"
    )
    kept = settled(markup, ["One", "Two"], [0.9] * 7)
    assert kept == [
        ("p", "Lead"),
        ("h", "A head"),
        ("p", "One"),
        ("li", "Item"),
        ("quote", "Said"),
        ("p", "Two"),
        ("p", "End"),
    ]


@pytest.mark.parametrize(
    "added",
    [
        "<p>The river</p>",
        "<p>The lake in May</p>",
        "<p>Jane Roe, Reuters</p>",
        "<p>By Jane Roe, Reuters, 4 May</p>",
        "<p><a href='/x'>Read also this one</a></p>",
        "<p>Text one</p>",
    ],
)
def test_headline_caption_byline_link_and_repetition_are_never_added(added: str) -> None:
    assert settled(f"<p>Text one</p>{added}", ["Text one"], [0.9, 0.9]) == [("p", "Text one")]


def test_a_text_found_twice_is_added_once() -> None:
    assert settled("<p>Twice</p><p>Text one</p><p>Twice</p>", ["Text one"], [0.9] * 3) == [
        ("p", "Twice"),
        ("p", "Text one"),
    ]


def test_a_text_of_unlikely_lines_only_is_left_as_it_was_read() -> None:
    assert settled("<p>Text one</p><p>Text two</p>", ["Text one", "Text two"], [0.1, 0.1]) == [
        ("p", "Text one"),
        ("p", "Text two"),
    ]


def test_a_block_the_page_sets_in_several_lines_is_not_repeated_line_by_line() -> None:
    kept = settled("<p>Lead</p><div>One<p>Two</p></div><p>Three</p>", ["One Two", "Three"], [0.9] * 4)
    assert [text for _, text in kept] == ["One Two", "Lead", "Three"]


def test_sub_heads_come_back_where_the_reader_gathered_paragraphs_only() -> None:
    markup = "<p>One</p><h2>Dry fields</h2><p>Two</p><h2>Read more</h2><div><p>Elsewhere</p></div>"
    assert settled(markup, ["One", "Two"], [0.9, 0.4, 0.9, 0.4, 0.4]) == [
        ("p", "One"),
        ("h", "Dry fields"),
        ("p", "Two"),
    ]


def test_a_trailing_sub_head_heads_nothing() -> None:
    assert settled("<p>One</p><h2>More</h2>", ["One"], [0.9, 0.9]) == [("p", "One")]
