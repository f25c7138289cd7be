"""Where a page's byline is found, and which of several is believed."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.authors import read_authors
from workers.extract.byline import Byline
from workers.extract.head import read_head
from workers.extract.headline import site_names, titles
from workers.extract.wording import key

TEXT = "<p>The water below the new dam fell by nearly a metre.</p>" * 3


def byline(markup: str, url: str = "https://www.harbourweekly.example/a/b") -> Byline:
    tree = document_fromstring(f"<html><head><title>The river</title></head><body>{markup}{TEXT}</body></html>")
    head = read_head(tree, url)
    return read_authors(tree, head, site_names(head), frozenset(map(key, titles(head))))


def authors(markup: str, url: str = "https://www.harbourweekly.example/a/b") -> tuple[str, ...]:
    return byline(markup, url).authors


@pytest.mark.parametrize(
    "markup",
    [
        '<h1>The river</h1><span class="author vcard"><a class="url fn n" rel="author">Jane Roe</a></span>',
        '<span class="posted-by"><span class="author vcard">Jane Roe</span></span><h1>The river</h1>',
        '<h1>The river</h1><address class="author p-author h-card">Jane Roe</address>',
        '<h1>The river</h1><aside class="meta"><p class="authors"><a class="author-name">Jane Roe</a></p></aside>',
        '<h1>The river</h1><div class="page-meta--author">Posted on September 21, 2020 by Jane Roe</div>',
        "<h1>The river</h1><p>By Jane Roe Thursday, November 9, 2023 7:35AM</p>",
        "<h1>The river</h1><p><strong>Ein Artikel von Jane Roe</strong> | 27.01.2022 - 12:45</p>",
        "<h1>The river</h1><p>Auteur : Jane Roe Edition : M-A. Dupont</p>",
        "<h1>The river</h1><li><span>von Jane Roe</span></li>",
        "<p>Text: Jane Roe Illustration von Li Wei</p>",
    ],
)  # fmt: skip
def test_a_byline_is_found_however_the_page_marks_it(markup: str) -> None:
    assert authors(markup) == ("Jane Roe",)


@pytest.mark.parametrize(
    "markup",
    [
        '<h1>The river</h1><div class="comments"><cite class="fn author">Jane Roe</cite></div>',
        '<h1>The river</h1><div class="related-stories"><span class="author">Jane Roe</span></div>',
        '<h1>The river</h1><p class="author-bio">Jane Roe likes rivers</p>',
        '<h1>The river</h1><p class="author">Harbour Weekly</p>',
        '<h1>The river</h1><p class="author">admin</p>',
        '<h1>The river</h1><p class="author">River Trust GmbH</p>',
        '<h1>The river</h1><p class="author">www.harbourweekly.example</p>',
        '<h1>The river</h1><p class="author">12.05.2021 / Water / Weather / Sports / Local / World</p>',
    ],
)
def test_what_is_no_author_of_the_text_is_not_taken_for_one(markup: str) -> None:
    assert authors(markup) == ()


def test_the_full_name_in_the_page_goes_before_a_first_name_in_the_meta() -> None:
    assert authors('<meta name="author" content="Jane"><h1>The river</h1><p>By Jane Roe</p>') == ("Jane Roe",)


def test_a_stated_full_name_goes_before_the_visible_one() -> None:
    assert authors('<meta name="author" content="Li Wei"><h1>The river</h1><p class="author">Jane Roe</p>') == (
        "Li Wei",
    )


def test_a_pen_name_counts_where_the_page_marks_it_as_the_author() -> None:
    assert authors('<h1>The river</h1>von <a rel="author">gizzmo</a>') == ("gizzmo",)
    assert authors("<h1>The river</h1><p>by gizzmo</p>") == ()


def test_a_blog_may_go_by_its_authors_pen_name_on_a_host_of_blogs_only() -> None:
    markup = '<h1>The river</h1><a rel="author">riverfox</a>'
    assert authors(markup, "https://riverfox.wordpress.com/2020/01/river/") == ("riverfox",)
    assert authors(markup, "https://riverfox.example/2020/01/river/") == ()


def test_the_agency_is_kept_beside_the_person() -> None:
    line = byline('<h1>The river</h1><div class="byline">By Jane Roe for AFP</div>')
    assert (line.authors, line.agency, line.printed) == (("Jane Roe",), "AFP", "Jane Roe for AFP")
