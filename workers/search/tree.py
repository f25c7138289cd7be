"""A Query as the embedded engine wants it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import tantivy
from tantivy import Occur
from tantivy import Query as Search

from workers.index import words
from workers.index.mapping import FACET_FIELDS, STEM_WEIGHT, STEMMED, WORDS, milliseconds
from workers.model import FACETS, All, Clause, Not, Phrase, Query, Word
from workers.search import answer

WEIGHTS = {field.name: field.weight for field in WORDS}


def whole(query: Query, *, without: str = "") -> Search:
    """The query with every filter, but for one facet's own."""
    chosen = [any_of(name, values) for name, values in _chosen(query).items() if name != without]
    refused = {"source": query.filters.not_source, "language": query.filters.not_language}
    unwanted = [(Occur.MustNot, any_of(name, values)) for name, values in refused.items() if values]
    musts = [_clause(query.match, query), *(_unscored(one) for one in (*chosen, *_times(query)))]
    return Search.boolean_query([*((Occur.Must, one) for one in musts), *unwanted])


def fresh(asked: Search, now: datetime) -> Search:
    """Adds a part of the score again for each age the article is still under: a product, made of sums."""
    shoulds = []
    for age, weight in answer.FRESH:
        young = _unscored(_range(milliseconds(now - age), None))
        shoulds.append((Occur.Should, Search.boost_query(both(asked, young), weight)))
    return Search.boolean_query([(Occur.Must, asked), *shoulds])


def any_of(name: str, values: Sequence[str]) -> Search:
    """Articles that carry one of these values of a facet, whatever its case."""
    return Search.term_set_query(words.schema(), FACET_FIELDS[name], [words.key(value) for value in values])


def both(*queries: Search) -> Search:
    """Articles that match all of these, scored by the sum."""
    return Search.boolean_query([(Occur.Must, one) for one in queries])


def _clause(clause: Clause, query: Query) -> Search:
    if isinstance(clause, All):
        return both(*(_clause(one, query) for one in clause.clauses)) if clause.clauses else _everything()
    if isinstance(clause, Not):
        # A query of nothing but refusals finds nothing in tantivy.
        return Search.boolean_query([(Occur.Must, _everything()), (Occur.MustNot, _clause(clause.clause, query))])
    found = [Search.boost_query(one, weight) for one, weight in _fields(clause, query)]
    return Search.disjunction_max_query(found, answer.TIE) if found else Search.empty_query()


def _fields(clause: Word | Phrase, query: Query) -> Iterator[tuple[Search, float]]:
    """Where a word is looked for, with weights; a phrase only as written."""
    for name, weight in WEIGHTS.items():
        yield from ((one, weight) for one in _tokens(name, words.tokens(clause.text)))
    if isinstance(clause, Phrase):
        return
    for code in set(answer.languages_for(clause.text, query)) & set(words.stemmed_languages()):
        for name in STEMMED:
            stems = _tokens(f"{name}_{code}", words.tokens(clause.text, code))
            yield from ((one, WEIGHTS[name] * STEM_WEIGHT) for one in stems)


def _tokens(field: str, tokens: list[str]) -> Iterator[Search]:
    """One query for the tokens next to each other; tantivy panics on a phrase of one."""
    if len(tokens) == 1:
        yield Search.term_query(words.schema(), field, tokens[0])
    elif tokens:
        yield Search.phrase_query(words.schema(), field, list(tokens))


def _chosen(query: Query) -> dict[str, tuple[str, ...]]:
    return {name: values for name in FACETS if (values := getattr(query.filters, name))}


def _times(query: Query) -> Iterator[Search]:
    since, until = query.filters.since, query.filters.until
    if since or until:
        yield _range(milliseconds(since) if since else None, milliseconds(until) - 1 if until else None)


def _range(lowest: int | None, highest: int | None) -> Search:
    return Search.range_query(words.schema(), "when", tantivy.FieldType.Integer, lowest, highest)


def _everything() -> Search:
    return _unscored(Search.all_query())


def _unscored(query: Search) -> Search:
    return Search.const_score_query(query, 0.0)
