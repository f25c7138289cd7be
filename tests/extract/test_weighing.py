"""How likely a line is the article's, and how far a candidate is from it."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from workers.extract.lines import Line, read_lines
from workers.extract.weighing import WEIGHTS, Known, doubt, members, traits_of, weigh
from workers.extract.wording import key

SAID = (
    "The water below the new dam fell by nearly a metre, and farmers on both banks began to ration it, the mayor said."
)
PAGE = f"""
<h1>A story of the river</h1>
<p class="standfirst">Farmers on both banks ration what is left of the water this summer, and hope for rain.</p>
<div class="body"><p>{SAID} One.</p><p>{SAID} Two.</p><p>{SAID} Three.</p><p>Subscribe to our newsletter</p></div>
<div class="related"><p><a href="/x">A quite different story about a night market</a></p></div>
<h1>The next story of the day</h1><div class="body"><p>{SAID} Other.</p></div>
"""
KNOWN = Known(titles=frozenset({key("A story of the river")}), descriptions=())


def page(markup: str = PAGE) -> tuple[Line, ...]:
    return read_lines(document_fromstring(f"<html><body>{markup}</body></html>"))


def chance_of(beginning: str, candidate: list[str], known: Known = KNOWN) -> float:
    lines = page()
    chances = weigh(lines, map(key, candidate), known)
    return next(
        chance
        for line, chance in zip(lines, chances, strict=True)
        if line.text.startswith(beginning) or beginning in line.text
    )


TEXT = [f"{SAID} One.", f"{SAID} Two."]


def test_every_trait_has_its_weight_and_every_weight_its_trait() -> None:
    traits = next(filter(None, traits_of(page(), map(key, TEXT), KNOWN)))
    assert {*traits, "always"} == set(WEIGHTS)


def test_traits_are_shares() -> None:
    for traits in filter(None, traits_of(page(), map(key, TEXT), KNOWN)):
        assert all(0 <= value <= 1 for value in traits.values())


def test_a_paragraph_set_like_the_text_belongs_to_it_though_the_reader_missed_it() -> None:
    assert chance_of("Three.", TEXT) > 0.6


def test_the_next_storys_text_is_set_alike_and_does_not_belong() -> None:
    assert chance_of("Other.", TEXT) < 0.6 < chance_of("Three.", TEXT)


def test_a_pitch_is_less_likely_than_a_line_as_long_set_alike() -> None:
    lines = page(f"<p>{SAID} One.</p><p>Subscribe to our newsletter</p><p>Subside into our river</p><p>{SAID} Two.</p>")
    chances = weigh(lines, [line.key for line in lines], KNOWN)
    assert chances[1] < chances[2]


def test_a_standfirst_that_is_the_pages_description_is_likelier_for_it() -> None:
    standfirst = "Farmers on both banks ration what is left of the water this summer, and hope for rain."
    told = Known(titles=KNOWN.titles, descriptions=(key(standfirst),))
    assert chance_of("Farmers", TEXT, told) > 0.6
    assert chance_of("Farmers", TEXT, told) > chance_of("Farmers", TEXT)


def test_a_pointer_the_reader_left_out_is_not_weighed() -> None:
    assert chance_of("A quite different", TEXT) == 0


def test_a_line_inside_a_longer_block_is_a_member_of_it() -> None:
    lines = page(f"<p>{SAID}</p><p>{SAID} And more.</p><p>Short</p>")
    assert members(lines, [key(f"Before it. {SAID} And more.")]) == [True, True, False]


@pytest.mark.parametrize(("candidate", "expected"), [([], 1.0), (["nowhere on the page"], 1.0)])
def test_a_candidate_without_a_line_of_the_page_is_wholly_in_doubt(candidate: list[str], expected: float) -> None:
    lines = page()
    assert doubt(lines, candidate, [0.9] * len(lines)) == expected


def test_doubt_is_what_is_missing_and_what_is_too_much() -> None:
    lines = page("<p>one two three four</p><p>five six seven eight</p>")
    assert doubt(lines, ["onetwothreefour"], [1.0, 0.0]) == pytest.approx(0)
    assert doubt(lines, ["onetwothreefour"], [1.0, 1.0]) == pytest.approx(1 / 3)
    assert doubt(lines, ["onetwothreefour", "fivesixseveneight"], [1.0, 0.0]) == pytest.approx(1 / 3)


def test_a_page_without_lines_weighs_nothing() -> None:
    assert weigh((), [], KNOWN) == ()
    assert doubt((), [], ()) == 1.0
