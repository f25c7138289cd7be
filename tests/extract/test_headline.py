"""Which of a page's titles is the article's."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.head import read_head
from workers.extract.headline import headline, strip_site, subtitle, titles


def title_of(markup: str, announced: str | None = None) -> str | None:
    head = read_head(document_fromstring(markup), "https://www.harbourweekly.example/a/b")
    return headline(head, titles(head), announced)


def test_the_heading_goes_before_what_is_written_for_search_engines() -> None:
    page = "<title>Market moves: all you need to know - Harbour Weekly</title><h1>Night market moves indoors</h1>"
    og = '<meta property="og:title" content="Night market moves indoors, finally">'
    assert title_of(page + og) == "Night market moves indoors"


def test_a_heading_that_is_the_sites_name_is_passed_over() -> None:
    page = "<title>Night market moves indoors | Harbour Weekly</title><h1>Harbour Weekly</h1>"
    assert title_of(page) == "Night market moves indoors"


def test_a_heading_unlike_every_title_is_the_sections() -> None:
    page = '<meta property="og:title" content="Night market moves indoors"><h1>Food and drink</h1>'
    assert title_of(page) == "Night market moves indoors"


def test_of_several_headings_the_one_like_the_title_is_taken() -> None:
    page = "<title>Night market moves indoors</title><h1>Subscribe today</h1><h1>Night market moves indoors</h1>"
    assert title_of(page) == "Night market moves indoors"


def test_a_page_without_title_takes_the_feeds() -> None:
    assert title_of("<p>words</p>", "As announced") == "As announced"
    assert title_of("<p>words</p>") is None


def test_a_title_has_a_thousand_characters_at_most() -> None:
    title = title_of(f"<title>{'long title ' * 5000}</title><p>x")
    assert title is not None
    assert len(title) <= 1000


@pytest.mark.parametrize(
    ("written", "stripped"),
    [
        ("Dam fills - The Courier", "Dam fills"),
        ("The Courier: Dam fills", "The Courier: Dam fills"),
        ("The Courier | Dam fills", "Dam fills"),
        ("Dam fills | World | The Courier", "Dam fills | World"),
        ("Dam fills - an analysis", "Dam fills - an analysis"),
    ],
)
def test_only_the_sites_own_name_is_taken_off(written: str, stripped: str) -> None:
    assert strip_site(written, frozenset(["thecourier"])) == stripped


def test_a_description_that_repeats_the_title_is_no_standfirst() -> None:
    page = document_fromstring('<meta name="description" content="Dam fills!"><p>x')
    head = read_head(page, "https://x.example/a")
    assert subtitle(head, "Dam fills") is None
    assert subtitle(head, "Another") == "Dam fills!"


def test_a_kicker_set_into_the_heading_is_left_out_as_the_other_titles_leave_it_out() -> None:
    page = '<meta property="og:title" content="Night market moves indoors"><h1>Local | Night market moves indoors</h1>'
    assert title_of(page) == "Night market moves indoors"


def test_a_heading_is_not_cut_to_the_few_words_another_title_ends_in() -> None:
    long = "Night market that filled the street every Friday for eleven years moves indoors"
    assert title_of(f'<meta property="og:title" content="moves indoors"><h1>{long}</h1>') == long
