"""The search request and the reading of its answer, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.articles import NOON, article
from tests.search.conftest import shown
from tests.servers import free_port
from workers.errors import StoreDown
from workers.index.mapping import document, elastic_mapping
from workers.index.place import Cluster
from workers.model import FACETS, Answer
from workers.search.answer import END, START, Cursor
from workers.search.elastic import EXACT_TO, ElasticReader, body, read_answer
from workers.search.language import read

FIRST = Cursor(after=(), now=NOON)


def request(text: str, *, after: tuple[Any, ...] = (), facets: bool = True) -> dict[str, Any]:
    return body(read(text, now=NOON), Cursor(after=after, now=NOON), facets=facets)


def names(value: Any) -> set[str]:
    """Every field a request mentions."""
    if isinstance(value, dict):
        found = {value["field"]} if isinstance(value.get("field"), str) else set()
        found |= {name.partition("^")[0] for name in value.get("fields", ())}
        return found.union(*(names(inner) for inner in value.values()))
    return set().union(*(names(inner) for inner in value)) if isinstance(value, list) else set()


def test_every_field_asked_for_is_in_the_mapping() -> None:
    known = set(elastic_mapping()["properties"])
    asked = request('truce выборы "停战" author:x -source:y since:2026-11-01')
    assert names(asked) <= known
    assert {"title", "text", "title_en", "text_ru", "authors", "day"} <= names(asked)


def test_one_hit_more_than_wanted_is_asked_for_and_the_count_is_bounded() -> None:
    asked = request("truce")
    assert asked["size"] == 21
    assert asked["track_total_hits"] == EXACT_TO
    assert asked["timeout"]


def test_without_words_nothing_is_scored() -> None:
    assert "function_score" not in str(request("source:x"))
    assert request("source:x")["sort"] == [{"when": "desc"}, {"id": "asc"}]
    assert request("truce")["sort"] == [{"_score": "desc"}, {"when": "desc"}, {"id": "asc"}]


def test_a_cursor_becomes_search_after() -> None:
    assert "search_after" not in request("truce")
    assert request("truce", after=(1.5, 2, "x"))["search_after"] == [1.5, 2, "x"]


def test_a_facet_is_filtered_by_the_others_choices_only() -> None:
    asked = request("source:a lang:en")
    assert asked["aggs"]["source"]["filter"] == {"bool": {"filter": [{"terms": {"language.any": ["en"]}}]}}
    assert asked["aggs"]["section"]["filter"]["bool"]["filter"] == [
        {"terms": {"source.any": ["a"]}},
        {"terms": {"language.any": ["en"]}},
    ]
    assert "aggs" not in request("", facets=False)


def found(**rest: Any) -> dict[str, Any]:
    hit = {"_source": document(article("x", "Truce")), "_score": 2.0, "sort": [2.0, 1, "x"]}
    return {
        "timed_out": False,
        "_shards": {"total": 3, "failed": 0},
        "hits": {"total": {"value": 1, "relation": "eq"}, "hits": [hit]},
    } | rest


def answered(raw: dict[str, Any], text: str = "truce") -> Answer:
    return read_answer(read(text, now=NOON, limit=1), FIRST, raw, warnings=(), took_ms=1.234)


def test_shards_that_did_not_answer_are_told() -> None:
    assert answered(found(_shards={"total": 3, "failed": 1})).warnings == (
        "1 of 3 shards did not answer: results are missing",
    )


def test_a_search_that_ran_out_of_time_is_told() -> None:
    assert answered(found(timed_out=True)).warnings == ("the time for searching ran out: results are missing",)


def test_a_count_beyond_the_bound_is_not_called_exact() -> None:
    raw = found()
    raw["hits"]["total"] = {"value": EXACT_TO, "relation": "gte"}
    assert (answered(raw).total, answered(raw).exact) == (EXACT_TO, False)
    assert answered(found()).exact


def test_only_with_more_hits_is_there_a_next_page() -> None:
    raw = found()
    assert answered(raw).next_cursor is None
    raw["hits"]["hits"] *= 2
    assert answered(raw).next_cursor is not None
    assert len(answered(raw).hits) == 1


def test_the_field_that_shows_most_matches_is_shown() -> None:
    raw = found()
    raw["hits"]["hits"][0]["highlight"] = {
        "title": ["Truce"],
        "title_en": [f"{START}Truce{END}"],
        "text": [f"one {START}truce{END}"],
        "text_en": [f"{START}truces{END} and", f" a {START}truce{END}\n"],
    }
    (hit,) = answered(raw).hits
    assert shown(hit.title) == "[Truce]"
    assert [shown(one) for one in hit.excerpts] == ["[truces] and", "a [truce]"]


def test_facets_are_read_in_the_pages_order_with_the_chosen_counted() -> None:
    empty: dict[str, Any] = {"doc_count": 0, "values": {"buckets": []}}
    raw = found(aggregations=dict.fromkeys(FACETS, empty))
    raw["aggregations"]["source"] = {
        "values": {"buckets": [{"key": "BBC", "doc_count": 4}]},
        "chosen": {"buckets": [{"doc_count": 4}, {"doc_count": 1}]},
    }
    facets = answered(raw, "truce source:bbc,rare").facets
    assert [facet.field for facet in facets] == list(FACETS)
    assert [(one.value, one.count, one.chosen) for one in facets[0].values] == [("BBC", 4, True), ("rare", 1, True)]


@pytest.mark.integration
def test_a_cluster_that_cannot_be_reached_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    reader = ElasticReader(Cluster(url=url, index="news"))
    with pytest.raises(StoreDown, match=f"{url} cannot be reached"):
        reader.search(read("x", now=NOON))
    with pytest.raises(StoreDown, match=f"{url} cannot be reached"):
        reader.get("x")
    assert not reader.health().ok
    reader.close()
