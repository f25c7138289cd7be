"""Bulk requests and what their answers mean."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, Elasticsearch

from tests.articles import NOON, article
from tests.servers import free_port
from workers.errors import StoreDown
from workers.index import generations
from workers.index.elastic import BULK_BYTES, ElasticWriter, lines, parts, verdict, verdicts
from workers.index.elastic_successor import ElasticSuccessor
from workers.index.place import Cluster

NOWHERE = Cluster(url="http://127.0.0.1:9", index="news")


# --- pure


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "written"),
        (201, "written"),
        (409, "stale"),
        (400, "rejected"),
        (403, "later"),
        (404, "later"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
    ],
)
def test_an_items_status_decides_its_articles_fate(status: int, outcome: str) -> None:
    assert verdict("x", {"status": status}).outcome == outcome


def test_a_rejection_carries_the_servers_reason_and_the_cause_beneath() -> None:
    error = {"type": "document_parsing_exception", "reason": "no [x]", "caused_by": {"reason": "not a boolean"}}
    reason = verdict("x", {"status": 400, "error": error}).reason
    assert reason == "document_parsing_exception: no [x] (not a boolean)"


def test_when_every_document_is_put_off_the_store_is_the_trouble() -> None:
    busy = {"index": {"status": 429, "error": {"type": "rejected", "reason": "queue full"}}}
    with pytest.raises(StoreDown, match="queue full"):
        verdicts(["a", "b"], [busy, busy], "http://x")


def test_when_some_are_put_off_only_those_wait() -> None:
    judged = verdicts(["a", "b"], [{"index": {"status": 429}}, {"index": {"status": 201}}], "http://x")
    assert [one.outcome for one in judged] == ["later", "written"]


def test_a_document_is_two_lines_with_its_version() -> None:
    action, body = lines(article("x", "Title\nof two lines")).splitlines()
    version = int(NOON.timestamp() * 1000)
    assert json.loads(action) == {"index": {"_id": "x", "version": version, "version_type": "external_gte"}}
    assert json.loads(body)["title"] == "Title\nof two lines"


def test_a_batch_is_cut_by_size_and_one_document_may_exceed_it() -> None:
    sizes = [BULK_BYTES // 2, BULK_BYTES // 2, 1, BULK_BYTES + 1, 1]
    cut = list(parts([str(n) for n in range(5)], [b"x" * size for size in sizes]))
    assert [ids for ids, _ in cut] == [["0", "1"], ["2"], ["3"], ["4"]]


# --- with a cluster that has its limits


class Narrow:
    """A cluster that takes requests up to `most` bytes and remembers what it took."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, list[str]()

    def bulk(self, *, operations: Sequence[bytes], **_: Any) -> dict[str, Any]:
        if sum(map(len, operations)) > self.most:
            meta = ApiResponseMeta(413, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "x", 1))
            raise ApiError("too large", meta, "too large")
        ids = [json.loads(one.splitlines()[0])["index"]["_id"] for one in operations]
        self.taken += ids
        return {"items": [{"index": {"status": 201}} for _ in ids]}


def test_a_request_too_large_is_halved_until_it_fits_and_the_document_that_never_fits_is_rejected() -> None:
    writer, cluster = ElasticWriter(NOWHERE), Narrow(6_000)
    writer._made = cluster  # type: ignore[assignment]  # it has the one verb that is used
    batch = [article("a"), article("b"), article("huge", text="word " * 2_000), article("c"), article("d")]
    judged = writer.write(batch)
    assert [one.outcome for one in judged] == ["written", "written", "rejected", "written", "written"]
    assert [one.id for one in judged] == ["a", "b", "huge", "c", "d"]
    assert "too large" in judged[2].reason
    assert cluster.taken == ["a", "b", "c", "d"]


# --- with a real one


@pytest.fixture
def cluster(elasticsearch_url: str) -> Iterator[Cluster]:
    one = Cluster(url=elasticsearch_url, index=f"t{uuid.uuid4().hex[:12]}")
    yield one
    with Elasticsearch(elasticsearch_url) as client:
        for name in client.indices.get(index=f"{one.index}-*"):
            client.indices.delete(index=name)
        client.options(ignore_status=404).indices.delete_index_template(name=one.index)


@pytest.fixture
def writer(cluster: Cluster) -> Iterator[ElasticWriter]:
    one = ElasticWriter(cluster)
    one.prepare()
    yield one
    one.close()


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as one:
        yield one


def titles(client: Elasticsearch, cluster: Cluster) -> dict[str, str]:
    client.indices.refresh(index=cluster.read_alias)
    hits = client.search(index=cluster.read_alias, size=100)["hits"]["hits"]
    return {hit["_id"]: hit["_source"]["title"] for hit in hits}


@pytest.mark.integration
def test_a_document_the_mapping_refuses_is_rejected_beside_good_ones(writer: ElasticWriter) -> None:
    odd = article("odd", paywalled="perhaps")
    judged = writer.write([article("a"), odd, article("b")])
    assert [one.outcome for one in judged] == ["written", "rejected", "written"]
    assert "paywalled" in judged[1].reason


@pytest.mark.integration
def test_an_index_turned_read_only_is_a_store_that_is_down_and_works_again_after(
    writer: ElasticWriter, client: Elasticsearch, cluster: Cluster
) -> None:
    client.indices.put_settings(index=cluster.write_alias, settings={"blocks.read_only_allow_delete": True})
    with pytest.raises(StoreDown, match="read-only-allow-delete"):
        writer.write([article("a"), article("b")])
    client.indices.put_settings(index=cluster.write_alias, settings={"blocks.read_only_allow_delete": None})
    assert [one.outcome for one in writer.write([article("a"), article("b")])] == ["written", "written"]


@pytest.mark.integration
def test_writing_before_preparing_creates_no_index_by_accident(cluster: Cluster, client: Elasticsearch) -> None:
    writer = ElasticWriter(cluster)
    with pytest.raises(StoreDown, match=cluster.write_alias):
        writer.write([article("a")])
    writer.close()
    assert not client.indices.exists(index=cluster.write_alias)


@pytest.mark.integration
def test_a_cluster_that_cannot_be_reached_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    writer = ElasticWriter(Cluster(url=url, index="news"))
    with pytest.raises(StoreDown, match=f"{url} cannot be reached"):
        writer.prepare()
    assert not writer.health().ok
    writer.close()


@pytest.mark.integration
def test_the_operators_settings_reach_the_index(cluster: Cluster, client: Elasticsearch) -> None:
    name = f"{cluster.index}@custom"
    client.cluster.put_component_template(name=name, template={"settings": {"refresh_interval": "17s"}})
    writer = ElasticWriter(cluster)
    writer.prepare()
    writer.close()
    settings = client.indices.get_settings(index=cluster.generation(1))[cluster.generation(1)]["settings"]["index"]
    client.indices.delete(index=cluster.generation(1))
    client.indices.delete_index_template(name=cluster.index)
    client.cluster.delete_component_template(name=name)
    assert settings["refresh_interval"] == "17s"


@pytest.mark.integration
def test_a_field_nobody_described_is_refused(writer: ElasticWriter, client: Elasticsearch, cluster: Cluster) -> None:
    with pytest.raises(ApiError, match="strict_dynamic_mapping_exception"):
        client.index(index=cluster.write_alias, id="x", document={"surprise": 1})


@pytest.mark.integration
def test_an_index_of_another_mapping_is_not_written_to(client: Elasticsearch, cluster: Cluster) -> None:
    client.indices.create(index=f"{cluster.index}-v0-000001", aliases={cluster.write_alias: {}})
    writer = ElasticWriter(cluster)
    with pytest.raises(StoreDown, match=r"-v0-000001, made by a build with another mapping"):
        writer.prepare()
    writer.close()


@pytest.mark.integration
def test_an_index_of_another_mapping_is_moved_to_ours_by_a_successor(client: Elasticsearch, cluster: Cluster) -> None:
    old = f"{cluster.index}-v0-000001"
    client.indices.create(index=old, aliases={cluster.write_alias: {}, cluster.read_alias: {}})
    client.index(index=old, id="a", document={**article("a", "Old").to_dict(), "of_old": "nothing we know"})
    successor = ElasticSuccessor(cluster)
    successor.begin()
    successor.complete()
    successor.take_over()
    writer = ElasticWriter(cluster)
    writer.prepare()
    assert [one.outcome for one in writer.write([article("b", "New")])] == ["written"]
    writer.refresh()
    assert titles(client, cluster) == {"a": "Old", "b": "New"}
    assert not client.indices.exists(index=old)
    writer.close()


@pytest.mark.integration
def test_after_a_take_over_that_was_cut_off_the_next_one_loses_nothing(
    writer: ElasticWriter, client: Elasticsearch, cluster: Cluster
) -> None:
    writer.write([article("a"), article("b")])
    cut = ElasticSuccessor(cluster)
    cut.begin()
    cut.complete()
    generations.move_writes(client, cluster, cluster.generation(2))
    writer.write([article("c", "Written to the new one")])
    cut.abandon()

    successor = ElasticSuccessor(cluster)
    successor.begin()
    successor.complete()
    successor.take_over()

    assert set(titles(client, cluster)) == {"a", "b", "c"}
    assert list(client.indices.get(index=f"{cluster.index}-v*")) == [cluster.generation(3)]


@pytest.mark.integration
def test_an_alias_that_points_to_two_indices_is_an_error_and_not_a_guess(
    writer: ElasticWriter, client: Elasticsearch, cluster: Cluster
) -> None:
    client.indices.create(index=cluster.generation(2), aliases={cluster.write_alias: {}})
    with pytest.raises(StoreDown, match="must be one index"):
        generations.behind(client, cluster.write_alias)


@pytest.mark.integration
def test_a_generation_in_use_is_not_retired(writer: ElasticWriter, client: Elasticsearch, cluster: Cluster) -> None:
    with pytest.raises(StoreDown, match="in use"):
        generations.retire(client, cluster, cluster.generation(1))
