"""The page as lines: where each stretch of text begins and ends, and what is said of it."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.lines import Line, read_lines


def lines(markup: str) -> tuple[Line, ...]:
    return read_lines(document_fromstring(f"<html><body>{markup}</body></html>"))


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ("<p>One <b>and</b> a half</p><p>Two</p>", ["One and a half", "Two"]),
        ("<div>Before<p>Inside</p>after</div>", ["Before", "Inside", "after"]),
        ("<div><a><p>Linked</p></a>after</div>", ["Linked", "after"]),
        ("<ul><li>First<ul><li>Nested</li></ul></li></ul>", ["First", "Nested"]),
        ("<p>Upper<br>lower</p>", ["Upper lower"]),
        ("<p> – </p><p>* * *</p>", []),
        ("<p>Text<script>code()</script> goes on<style>p {}</style></p>", ["Text goes on"]),
        ("", []),
    ],
)
def test_a_line_ends_where_a_block_begins_or_ends(markup: str, texts: list[str]) -> None:
    assert [line.text for line in lines(markup)] == texts


def test_the_share_of_link_text_is_told() -> None:
    whole, half, none = lines("<p><a>Read also</a></p><p><a>12345</a>67890</p><p>Plain</p>")
    assert (whole.linked, half.linked, none.linked) == (1.0, 0.5, 0.0)


def test_a_line_knows_what_it_stands_in() -> None:
    (line,) = lines("<article><div class='article-body'><blockquote>Said</blockquote></div></article>")
    assert line.tag == "blockquote"
    assert {"article", "div", "blockquote", "body"} <= line.place.within
    assert line.place.roles[1] == {"body"}
    assert line.place.around is not None
    assert line.place.around.get("class") == "article-body"


@pytest.mark.parametrize(
    ("label", "roles"),
    [
        ("related-stories", {"beside"}),
        ("article__standfirst", {"body", "lead"}),
        ("entry-content", {"body"}),
        ("shareable", {"beside"}),
        ("ads", {"beside"}),
        ("loads", set()),
        ("x" * 500 + " related", set()),
    ],
)
def test_class_names_say_what_a_block_is_for(label: str, roles: set[str]) -> None:
    assert lines(f"<div class='{label}'>Text</div>")[0].place.roles[0] == roles


def test_what_a_block_is_for_holds_for_all_inside_it() -> None:
    (line,) = lines("<div id='sidebar'><div><div><div><p>Deep</p></div></div></div></div>")
    assert line.place.above == {"beside"}
    assert not any(line.place.roles)


def test_lines_come_in_the_order_of_the_page_from_any_depth() -> None:
    deep = "<div>" * 100 + "<p>Deep</p>" + "</div>" * 100
    assert [line.text for line in lines(f"<p>First</p>{deep}<p>Last</p>")] == ["First", "Deep", "Last"]
