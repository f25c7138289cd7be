"""Bylines as papers print them, and the persons and agency a reader takes from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.extract.agencies import AGENCIES, agency, dateline
from workers.extract.byline import introduces, merge, read_byline

PRINTED = [
    ("By Hervé Bar for AFP", ["Hervé Bar"], "AFP"),
    ("Hervé Bar, AFP", ["Hervé Bar"], "AFP"),
    ("Reuters", [], "Reuters"),
    ("The Associated Press", [], "AP"),
    ("Associated Press in Valencia", [], "AP"),
    ("AFP and Mary O'Neill", ["Mary O'Neill"], "AFP"),
    ("By JOHN SMITH and Anna-Lena Weiß", ["John Smith", "Anna-Lena Weiß"], None),
    ("Jane Roe, John Doe and Li Wei", ["Jane Roe", "John Doe", "Li Wei"], None),
    ("By Jane Roe, Political Correspondent", ["Jane Roe"], None),
    ("By Jane Roe | March 4, 2024", ["Jane Roe"], None),
    ("By Jane Roe jane.roe@paper.example @janeroe", ["Jane Roe"], None),
    ("Glen Owen For The Mail On Sunday", ["Glen Owen"], None),
    ("Staff", [], None),
    ("Staff Reporter", [], None),
    ("By", [], None),
    ("Von Jürgen Weißhaupt, dpa", ["Jürgen Weißhaupt"], "dpa"),
    ("Von Hans Müller, Berlin", ["Hans Müller"], None),
    ("dpa-infocom", [], "dpa"),
    ("Veröffentlicht von Cem Basman", ["Cem Basman"], None),
    ("Redaktion", [], None),
    ("Par Maëlle Kerbrat (AFP)", ["Maëlle Kerbrat"], "AFP"),
    ("Par Maëlle Kerbrat et Youn Le Goff", ["Maëlle Kerbrat", "Youn Le Goff"], None),
    ("Por Juan Pérez y María José Ruiz / EFE", ["Juan Pérez", "María José Ruiz"], "EFE"),
    ("José Ortega y Gasset", ["José Ortega y Gasset"], None),
    ("Di Luca Rossi e Anna Bianchi", ["Luca Rossi", "Anna Bianchi"], None),
    ("Автор: Ольга Сергеева, ТАСС", ["Ольга Сергеева"], "TASS"),
    ("Интерфакс", [], "Interfax"),
    ("Bar, Hervé", ["Hervé Bar"], None),
    ("記者 佐々木花子", ["佐々木花子"], None),
    ("بقلم: ليلى منصور", ["ليلى منصور"], None),
    ("共同通信", [], "Kyodo"),
    ("https://www.facebook.com/paper", [], None),
    ("12 October 2020", [], None),
    ("Jane Roe 05.01.2025, 15:23", ["Jane Roe"], None),
    ("Ludwig van der Meer", ["Ludwig van der Meer"], None),
    ("Artikel von:", [], None),
    ("Please enter your name here", [], None),
    ("", [], None),
]


@pytest.mark.parametrize(("printed", "authors", "wire"), PRINTED)
def test_a_byline_gives_its_persons_and_its_agency(printed: str, authors: list[str], wire: str | None) -> None:
    line = read_byline(printed)
    assert (list(line.authors), line.agency) == (authors, wire)


def test_the_printed_form_keeps_the_agency_and_loses_the_introduction() -> None:
    assert read_byline("By  Hervé Bar for AFP").printed == "Hervé Bar for AFP"


def test_the_site_is_not_its_own_author() -> None:
    assert read_byline("Jane Roe, Harbour Weekly", sites={"harbourweekly"}).authors == ("Jane Roe",)


def test_names_listed_one_by_one_are_one_byline() -> None:
    line = merge(map(read_byline, ("Jane Roe", "Reuters", "Jane Roe", "Li Wei")))
    assert (line.authors, line.agency, line.printed) == (("Jane Roe", "Li Wei"), "Reuters", "Jane Roe, Reuters, Li Wei")


@pytest.mark.parametrize("text", ["By Jane Roe", "Von Hans Müller", "Par Anne Roux", "Автор: Ольга Сергеева"])
def test_a_line_that_introduces_a_name_is_taken_for_a_byline(text: str) -> None:
    assert introduces(text)


@pytest.mark.parametrize(
    "text", ["Byron left", "by the river", "By the time the ferry had left, " + "it was late " * 12]
)
def test_a_sentence_is_not_taken_for_a_byline(text: str) -> None:
    assert not introduces(text)


@given(st.text(max_size=400))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    line = read_byline(text)
    assert all(2 <= len(name) <= 60 for name in line.authors)


def test_every_written_form_names_one_agency_only() -> None:
    forms = [form for forms in AGENCIES.values() for form in forms]
    assert len(forms) == len(set(forms))
    assert all(agency(form) == name for name, forms in AGENCIES.items() for form in forms)


def test_an_acronym_in_another_case_is_a_word() -> None:
    assert agency("Pa") is None
    assert agency("reuters") == "Reuters"


@pytest.mark.parametrize(
    ("first", "wire"),
    [
        ("MOSCOW, Oct 9 (Reuters) - Talks went on.", "Reuters"),
        ("Berlin (dpa/epd) - Die Gespräche gehen weiter.", "dpa"),
        ("PARIS (AFP) — Les négociations continuent.", "AFP"),
        ("The agency (AFP) said so.", None),
        ("The talks (which went on) ended.", None),
        ("", None),
    ],
)
def test_the_dateline_names_the_agency(first: str, wire: str | None) -> None:
    assert dateline(first) == wire
