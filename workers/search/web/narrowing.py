"""How an answer can be narrowed and widened: the facets beside it, the chosen filters above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from workers.model import FACETS
from workers.search.language import REFUSABLE
from workers.search.typed import Term, terms, with_filter, without_filter
from workers.search.web.links import search_href
from workers.search.web.show import language_name, short_day

if TYPE_CHECKING:
    from workers.model import Answer, Facet, FacetValue, Query

TITLES = {
    "source": "Source",
    "language": "Language",
    "section": "Section",
    "author": "Author",
    "agency": "Agency",
    "day": "Day",
}
"""What a reader calls each facet."""

OFFERED = 12
"""Values of a facet on the page: the most frequent, or the newest days; a chosen one always stands."""

DATES = ("published", "since", "until", "newer", "older")
"""Fields of the query language that limit the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of a facet, as a link that adds or removes it."""

    label: str
    value: str
    count: int
    share: int
    """Its count in hundredths of the facet's largest, at least 1: the length of its bar."""
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """One facet."""

    field: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One chosen filter, and the question without it."""

    title: str
    label: str
    text: str
    """The typed text without this filter."""
    href: str


def narrowings(answer: Answer, *, sort: str | None) -> tuple[Narrowing, ...]:
    """The facets that offer something, in the page's order."""
    offered = {facet.field: facet for facet in answer.facets if facet.values}
    return tuple(_narrowing(offered[field], answer.query.text, sort) for field in FACETS if field in offered)


def chips(query: Query, *, sort: str | None) -> tuple[Chip, ...]:
    """The filters in force, each with the question it leaves when taken away."""
    chosen = [
        (TITLES[field], label_of(field, value), without_filter(query.text, field, value))
        for field in FACETS
        for value in getattr(query.filters, field)
    ]
    typed = [
        (_said(term), ", ".join(label_of(term.field or "", value) for value in term.values), _without(query.text, term))
        for term in terms(query.text)
        if term.values and (_dates(term, query) or (term.minus and term.field in REFUSABLE))
    ]
    return tuple(
        Chip(title=title, label=label, text=text, href=search_href(text, sort=sort))
        for title, label, text in chosen + typed
    )


def words(query: Query, *, sort: str | None) -> tuple[Chip, ...]:
    """The words and phrases of a question of several, each with the question it leaves when taken away.

    A question's only word is not offered: without it, it is another question.
    """
    typed = [term for term in terms(query.text) if term.field is None and not term.minus]
    if len(typed) < 2:
        return ()
    left = [(term, _without(query.text, term)) for term in typed]
    return tuple(
        Chip(
            title="the words" if term.phrase else "the word",
            label=term.phrase or term.word,
            text=text,
            href=search_href(text, sort=sort),
        )
        for term, text in left
    )


def label_of(field: str, value: str) -> str:
    """A facet's value as a reader would say it."""
    if field == "language":
        return language_name(value)
    if field == "day":
        return _day(value)
    return value


def _dates(term: Term, query: Query) -> bool:
    """Whether the term limits the time; one that is no date was left out, with a warning."""
    understood = query.filters.since or query.filters.until
    return term.field in DATES and not any(term.raw in warning for warning in query.warnings) and bool(understood)


def _said(term: Term) -> str:
    field = term.field or ""
    return f"Not {TITLES[field].lower()}" if term.minus else field.capitalize()


def _without(text: str, unwanted: Term) -> str:
    return " ".join(term.raw for term in terms(text) if term.raw != unwanted.raw)


def _narrowing(facet: Facet, text: str, sort: str | None) -> Narrowing:
    values = sorted(facet.values, key=lambda v: v.value, reverse=True) if facet.field == "day" else facet.values
    most = max(value.count for value in values)
    offered = [value for place, value in enumerate(values) if place < OFFERED or value.chosen]
    choices = tuple(_choice(facet.field, value, most, text, sort) for value in offered)
    return Narrowing(field=facet.field, title=TITLES[facet.field], choices=choices)


def _choice(field: str, value: FacetValue, most: int, text: str, sort: str | None) -> Choice:
    edit = without_filter if value.chosen else with_filter
    return Choice(
        label=label_of(field, value.value),
        value=value.value,
        count=value.count,
        share=max(1, round(100 * value.count / most)) if most else 1,
        chosen=value.chosen,
        href=search_href(edit(text, field, value.value), sort=sort),
    )


def _day(value: str) -> str:
    try:
        return short_day(date.fromisoformat(value))
    except ValueError:
        return value
