"""Markup that breaks parsers: nothing of the text is lost, nothing takes for ever."""

from __future__ import annotations

import pytest

from workers.extract import caps
from workers.extract.tree import drop_invisible, drop_other_stories, flatten, parse

AFTER = "<p>after the depth</p>"


def text_of(markup: str) -> str:
    tree = parse(markup)
    assert tree is not None
    return "".join(tree.text_content().split())


@pytest.mark.parametrize("depth", [100, 300, 1000, 3000])
@pytest.mark.parametrize("tag", ["div", "b", "span", "blockquote", "font"])
def test_text_inside_and_after_deep_nesting_is_kept(tag: str, depth: int) -> None:
    page = f"<html><body>{f'<{tag}>' * depth}inside{f'</{tag}>' * depth}{AFTER}</body></html>"
    assert text_of(page) == "insideafterthedepth"


@pytest.mark.parametrize("opened", ["<ul><li>", "<table><tr><td>", "<b><p>"])
def test_text_after_tags_never_closed_is_kept(opened: str) -> None:
    assert text_of(f"<html><body>{opened * 1000}{AFTER}").endswith("afterthedepth")


def test_paragraphs_around_a_deep_part_stay_paragraphs() -> None:
    tree = parse(f"<html><body><p>one</p>{'<div>' * 500}<p>two</p>{'</div>' * 500}<p>three</p></body></html>")
    assert tree is not None
    assert [p.text for p in tree.iter("p")] == ["one", "two", "three"]


def test_a_shallow_page_is_flattened_into_itself() -> None:
    page = "<div><p>one<br>two</p><ul><li>three</ul></div>"
    assert flatten(page, 120) == page


def test_markup_without_any_element_gives_no_tree() -> None:
    assert parse("") is None
    assert parse("<!-- only a comment -->") is None


def test_scripts_and_drawings_go_and_the_text_between_them_stays() -> None:
    tree = parse("<body><p>a<script>x()</script>b</p><svg><path/></svg><style>p{}</style><p>c</p></body>")
    assert tree is not None
    drop_invisible(tree)
    assert "".join(tree.text_content().split()) == "abc"


def test_a_drawing_never_closed_does_not_take_the_article_along() -> None:
    tree = parse("<body><button><p>the text of the article</p></body>")
    assert tree is not None
    drop_invisible(tree)
    assert "the text of the article" in tree.text_content()


def test_a_tag_of_thousands_of_attributes_loses_them() -> None:
    attributes = " ".join(f"a{i}=1" for i in range(5000))
    assert caps.tame(f"<p {attributes}>x</p>") == "<p>x</p>"


def test_a_long_tag_of_few_attributes_stays() -> None:
    page = f'<img src="data:image/png;base64,{"A" * 50_000}" alt="x">'
    assert caps.tame(page) == page


def test_nul_characters_and_document_types_go() -> None:
    assert caps.tame("<!DOCTYPE / / / html>\x00<p>a\x00b</p>") == "<p>ab</p>"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"x" * (caps.PAGE_BYTES + 1), "text/html", "too-large"),
        (b"%PDF-1.7 ...", "", "unsupported-type"),
        (b"{}", "application/json", "unsupported-type"),
        (b"<p>x", "image/png", "unsupported-type"),
        (b"  \n ", "text/html", "not-article"),
    ],
)
def test_what_is_no_page_is_refused_before_it_is_parsed(body: bytes, content_type: str, reason: str) -> None:
    refused = caps.refuse_bytes(body, content_type)
    assert refused is not None
    assert refused.reason == reason


@pytest.mark.parametrize("content_type", ["", "text/html", "TEXT/HTML; charset=x", "application/xhtml+xml"])
def test_a_page_is_let_through(content_type: str) -> None:
    assert caps.refuse_bytes(b"<html><p>words", content_type) is None


def test_a_feed_is_refused_as_no_page() -> None:
    refused = caps.refuse_markup('<?xml version="1.0"?>\n<rss version="2.0"><channel/></rss>')
    assert refused is not None
    assert refused.reason == "unsupported-type"


def test_more_tags_than_any_article_has_are_refused() -> None:
    refused = caps.refuse_markup("<p></p>" * (caps.TAGS + 10))
    assert refused is not None
    assert refused.reason == "too-large"


LONG = "<p>" + "many words of the text " * 30 + "</p>"


def stories_left(markup: str) -> str:
    tree = parse(f"<html><body>{markup}</body></html>")
    assert tree is not None
    drop_other_stories(tree, {"theriver"})
    return "".join("".join(tree.itertext()).split())


def test_the_next_storys_article_is_taken_out_and_the_text_behind_it_is_kept() -> None:
    page = f"<article><h1>The river</h1>{LONG}</article><article><h1>Next</h1>other</article>behind"
    assert "other" not in stories_left(page)
    assert stories_left(page).endswith("behind")


def test_articles_inside_and_around_the_story_are_its_own() -> None:
    page = f"<article>before<article><h1>The river</h1>{LONG}<article>inside</article></article></article>"
    assert stories_left(page).startswith("before")
    assert stories_left(page).endswith("inside")


@pytest.mark.parametrize(
    "page",
    [
        "<article><h1>The river</h1><p>Little text.</p></article><article>other</article>",
        f"<h1>The river</h1><article>{LONG}</article><article>other</article>",
        f"<article><h1>Not the title</h1>{LONG}</article><article>other</article>",
    ],
)
def test_a_page_whose_story_is_not_one_long_article_keeps_all(page: str) -> None:
    assert stories_left(page).endswith("other")
