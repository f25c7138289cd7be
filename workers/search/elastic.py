"""The read side on Elasticsearch: one request a page; building it and reading the answer are pure."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from workers.errors import StoreDown
from workers.index.cluster import asking, connect
from workers.index.mapping import CUT_BY_DICTIONARY, FACET_FIELDS, STEM_WEIGHT, STEMMED, WORDS, milliseconds
from workers.index.place import Cluster, StoreHealth
from workers.model import FACETS, All, Answer, Article, Clause, Excerpt, Facet, Hit, Not, Phrase, Query, Word
from workers.search import answer
from workers.search.answer import END, START, Cursor

EXACT_TO = 10_000
"""Hits counted one by one; beyond, the total is a lower bound. Counting all would read every match."""

WEIGHTS = {field.name: field.weight for field in WORDS}


class ElasticReader:
    """Searches through the read alias; safe to share between threads."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._client: Elasticsearch = connect(cluster)

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        """One page; raises StoreDown when the cluster does not answer."""
        began = time.perf_counter()
        cursor, warnings = answer.begin(query, datetime.now(UTC), kinds(query))
        with asking(self._cluster):
            try:
                found = self._client.search(index=self._cluster.read_alias, body=body(query, cursor, facets=facets))
            except NotFoundError:
                return Answer(query=query, total=0, warnings=(*query.warnings, *warnings, answer.NOTHING_YET))
        took = (time.perf_counter() - began) * 1000
        return read_answer(query, cursor, found.body, warnings=(*query.warnings, *warnings), took_ms=took)

    def get(self, id_: str) -> Article | None:
        """The article, or None where there is none; sees writes at once, searches a second later."""
        if not id_:
            return None
        with asking(self._cluster):
            try:
                found = self._client.get(index=self._cluster.read_alias, id=id_)
            except NotFoundError:
                return None
        return Article.from_dict(found["_source"])

    def health(self) -> StoreHealth:
        """Whether searches would be answered; never raises."""
        try:
            with asking(self._cluster):
                documents = int(self._client.count(index=self._cluster.read_alias)["count"])
            return StoreHealth(ok=True, detail=f"{self._cluster.url} answers", documents=documents)
        except StoreDown as error:
            return StoreHealth(ok=False, detail=str(error))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


# --- the request


def kinds(query: Query) -> tuple[type, ...]:
    """The types of the sort values."""
    return (int, str) if answer.newest_first(query) else (float, int, str)


def body(query: Query, cursor: Cursor, *, facets: bool) -> dict[str, Any]:
    """The search request. The chosen facet values are a post filter, so that each facet can ignore its own."""
    by_time: list[dict[str, str]] = [{"when": "desc"}, {"id": "asc"}]
    request: dict[str, Any] = {
        # One more than asked for says whether there is a next page.
        "size": query.limit + 1,
        "timeout": "10s",
        "track_total_hits": EXACT_TO,
        "query": _scored(query, cursor.now),
        "post_filter": {"bool": {"filter": list(_chosen(query).values())}},
        "sort": by_time if answer.newest_first(query) else [{"_score": "desc"}, *by_time],
        "_source": list(answer.LISTED),
        "highlight": _highlight(query),
    }
    if cursor.after:
        request["search_after"] = list(cursor.after)
    if facets:
        request["aggs"] = {name: _facet(name, query) for name in FACETS}
    return request


def _scored(query: Query, now: datetime) -> dict[str, Any]:
    matching = {"bool": {"must": [_clause(query.match, query)], "filter": _always(query), "must_not": _never(query)}}
    if answer.newest_first(query):
        return matching
    fresh = [
        {"filter": {"range": {"when": {"gte": milliseconds(now - age)}}}, "weight": weight}
        for age, weight in answer.FRESH
    ]
    base = {"filter": {"match_all": {}}, "weight": 1.0}
    return {"function_score": {"query": matching, "functions": [base, *fresh], "score_mode": "sum"}}


def _clause(clause: Clause, query: Query) -> dict[str, Any]:
    if isinstance(clause, All):
        inner = [_clause(one, query) for one in clause.clauses]
        return {"bool": {"must": inner}} if inner else {"match_all": {}}
    if isinstance(clause, Not):
        return {"bool": {"must_not": [_clause(clause.clause, query)]}}
    fields = [f"{name}^{weight:.4g}" for name, weight in _fields(clause, query)]
    # phrase: "well-known" and "停战" are several tokens; each word has to be found whole.
    return {"multi_match": {"query": clause.text, "type": "phrase", "fields": fields, "tie_breaker": answer.TIE}}


def _fields(clause: Word | Phrase, query: Query) -> Iterator[tuple[str, float]]:
    """Where a word is looked for, with weights; a phrase only as written."""
    yield from WEIGHTS.items()
    for code in answer.languages_for(clause.text, query):
        if isinstance(clause, Word) or code in CUT_BY_DICTIONARY:
            yield from ((f"{name}_{code}", WEIGHTS[name] * STEM_WEIGHT) for name in STEMMED)


def _always(query: Query) -> list[dict[str, Any]]:
    since, until = query.filters.since, query.filters.until
    limits = {} if since is None else {"gte": milliseconds(since)}
    limits |= {} if until is None else {"lt": milliseconds(until)}
    return [{"range": {"when": limits}}] if limits else []


def _never(query: Query) -> list[dict[str, Any]]:
    refused = {"source": query.filters.not_source, "language": query.filters.not_language}
    return [_any_of(name, values) for name, values in refused.items() if values]


def _chosen(query: Query) -> dict[str, dict[str, Any]]:
    return {name: _any_of(name, values) for name in FACETS if (values := getattr(query.filters, name))}


def _any_of(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"terms": {f"{FACET_FIELDS[name]}.any": list(values)}}


def _facet(name: str, query: Query) -> dict[str, Any]:
    others = [clause for other, clause in _chosen(query).items() if other != name]
    order = {"_key": "desc"} if name == "day" else {"_count": "desc"}
    inner: dict[str, Any] = {
        "values": {"terms": {"field": FACET_FIELDS[name], "size": answer.FACET_SIZE[name], "order": order}}
    }
    if values := getattr(query.filters, name):
        inner["chosen"] = {"filters": {"filters": [_any_of(name, [value]) for value in values]}}
    return {"filter": {"bool": {"filter": others}}, "aggs": inner}


def _highlight(query: Query) -> dict[str, Any]:
    words = answer.wanted(query.match)
    codes = dict.fromkeys(code for word in words for code in answer.languages_for(word.text, query))
    fields: dict[str, Any] = {}
    for suffix in ("", *(f"_{code}" for code in codes)):
        fields[f"title{suffix}"] = {"number_of_fragments": 0, "highlight_query": _any_word(words, f"title{suffix}")}
        fields[f"text{suffix}"] = {"highlight_query": _any_word(words, f"text{suffix}")}
    # Where nothing matched in the text, its beginning.
    fields["text"]["no_match_size"] = answer.BEGINNING
    return {
        "type": "unified",
        "pre_tags": [START],
        "post_tags": [END],
        "order": "score",
        "number_of_fragments": answer.EXCERPTS,
        "fragment_size": answer.EXCERPT_LENGTH,
        # Stop at the index's limit instead of failing the whole search for one very long article.
        "max_analyzed_offset": -1,
        "fields": fields,
    }


def _any_word(words: Sequence[Word | Phrase], field: str) -> dict[str, Any]:
    if not words:
        return {"match_none": {}}
    return {"bool": {"should": [{"match_phrase": {field: word.text}} for word in words]}}


# --- the answer


def read_answer(
    query: Query, cursor: Cursor, found: Mapping[str, Any], *, warnings: tuple[str, ...], took_ms: float
) -> Answer:
    """What the server answered, as an Answer; a part of it missing is a warning."""
    listed = found["hits"]["hits"]
    shown = listed[: query.limit]
    more = len(listed) > query.limit
    after = Cursor(after=tuple(shown[-1]["sort"]), now=cursor.now).encode(query) if more else None
    total = found["hits"]["total"]
    return Answer(
        query=query,
        total=total["value"],
        exact=total["relation"] == "eq",
        hits=tuple(_hit(one) for one in shown),
        facets=tuple(_read_facet(name, query, found["aggregations"][name]) for name in FACETS)
        if "aggregations" in found
        else (),
        next_cursor=after,
        took_ms=round(took_ms, 1),
        warnings=warnings + _incomplete(found),
    )


def _incomplete(found: Mapping[str, Any]) -> tuple[str, ...]:
    said = []
    shards = found["_shards"]
    if shards["failed"]:
        said.append(f"{shards['failed']} of {shards['total']} shards did not answer: results are missing")
    if found["timed_out"]:
        said.append("the time for searching ran out: results are missing")
    return tuple(said)


def _hit(one: Mapping[str, Any]) -> Hit:
    document, lit = one["_source"], one.get("highlight", {})
    titles = [answer.excerpt(texts[0]) for name, texts in lit.items() if name.startswith("title")]
    title = max(titles, key=answer.marks, default=answer.excerpt(document["title"]))
    texts = [_excerpts(found) for name, found in lit.items() if name.startswith("text")]
    best: tuple[Excerpt, ...] = max(texts, key=lambda some: sum(map(answer.marks, some)), default=())
    return answer.hit(document, title=title, excerpts=best, score=one.get("_score"))


def _excerpts(found: Sequence[str]) -> tuple[Excerpt, ...]:
    return tuple(answer.excerpt(text.strip()) for text in found[: answer.EXCERPTS] if text.strip())


def _read_facet(name: str, query: Query, found: Mapping[str, Any]) -> Facet:
    counts = [(bucket["key"], bucket["doc_count"]) for bucket in found["values"]["buckets"]]
    values = getattr(query.filters, name)
    buckets = found.get("chosen", {}).get("buckets", ())
    chosen = {value: bucket["doc_count"] for value, bucket in zip(values, buckets, strict=True)}
    return answer.facet(name, counts, chosen, any_case)


def any_case(value: str) -> str:
    """As the mapping's normalizer folds, near enough to tell which of the values was meant."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
    return bare.casefold()
