"""The Elasticsearch store's write side: bulk requests, one verdict a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from elasticsearch import ApiError, Elasticsearch

from workers.errors import StoreDown
from workers.index import generations
from workers.index.cluster import asking, connect
from workers.index.mapping import document, objection
from workers.index.place import Cluster, StoreHealth
from workers.model import Article, Verdict

BULK_BYTES = 8_000_000
"""A request's size; Elastic advises tens of megabytes at most, and proxies often cap at ten."""

LATER = (429, 502, 503, 504)


class ElasticWriter:
    """Writes through the write alias; the client is made at first use, so after a worker's fork."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made: Elasticsearch | None = None

    @property
    def _client(self) -> Elasticsearch:
        if self._made is None:
            self._made = connect(self._cluster)
        return self._made

    def prepare(self) -> None:
        """Put the template; create the first index and the aliases where they are missing."""
        with asking(self._cluster):
            generations.prepare(self._client, self._cluster)

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """As many bulk requests as the size asks for; StoreDown when not one document could be taken."""
        return self.write_to(self._cluster.write_alias, articles)

    def stored(self, ids: Sequence[str]) -> dict[str, Article]:
        """By multi-get, which sees what no refresh has made searchable yet."""
        if not ids:
            return {}
        with asking(self._cluster):
            answer = self._client.mget(index=self._cluster.write_alias, ids=ids)
        return {one["_id"]: Article.from_dict(one["_source"]) for one in answer["docs"] if one.get("found")}

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these; for a minute after, Elasticsearch may call a reading from before `stale`."""
        operations = [{"delete": {"_id": id_}} for id_ in ids]
        if operations:
            with asking(self._cluster):
                answer = self._client.bulk(index=self._cluster.write_alias, require_alias=True, operations=operations)
            refused = [item["delete"] for item in answer["items"] if item["delete"]["status"] not in (200, 404)]
            if refused:
                raise StoreDown(f"Elasticsearch at {self._cluster.url} would not delete: {reason_of(refused[0])}")

    def refresh(self) -> None:
        """Ask for a refresh; tests and people who wait use it, the pipeline does not."""
        with asking(self._cluster):
            self._client.indices.refresh(index=self._cluster.write_alias)

    def count(self) -> int:
        """Articles that searches can see."""
        with asking(self._cluster):
            return int(self._client.count(index=self._cluster.read_alias)["count"])

    def health(self) -> StoreHealth:
        """Red indices and unreachable clusters are not ok; yellow is."""
        try:
            with asking(self._cluster):
                state = self._client.cluster.health(index=self._cluster.write_alias, timeout="1s")["status"]
            return StoreHealth(ok=state != "red", detail=f"{self._cluster.url} is {state}", documents=self.count())
        except StoreDown as error:
            return StoreHealth(ok=False, detail=str(error))

    def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            self._made.close()
            self._made = None

    def write_to(
        self, index: str, articles: Sequence[Article], version_type: str = "external_gte"
    ) -> tuple[Verdict, ...]:
        """As `write`, to an index of that name; with version type `external` what is there and as new is kept."""
        refused = {place: reason for place, article in enumerate(articles) if (reason := objection(article))}
        sent = [lines(article, version_type) for place, article in enumerate(articles) if place not in refused]
        ids = [article.id for place, article in enumerate(articles) if place not in refused]
        answers = iter([verdict for part in parts(ids, sent) for verdict in self._send(*part, index)])
        return tuple(
            Verdict(id=article.id, outcome="rejected", reason=refused[place]) if place in refused else next(answers)
            for place, article in enumerate(articles)
        )

    def _send(self, ids: Sequence[str], sent: Sequence[bytes], index: str) -> tuple[Verdict, ...]:
        try:
            with asking(self._cluster):
                answer = self._client.bulk(
                    index=index,
                    operations=cast("Sequence[Mapping[str, Any]]", sent),
                    require_alias=index == self._cluster.write_alias,
                )
        except StoreDown as down:
            if not (isinstance(down.__cause__, ApiError) and down.__cause__.meta.status == 413):
                raise
            return self._halves(ids, sent, index)
        return verdicts(ids, answer["items"], self._cluster.url)

    def _halves(self, ids: Sequence[str], sent: Sequence[bytes], index: str) -> tuple[Verdict, ...]:
        """The server (or a proxy) found the request too large."""
        if len(ids) == 1:
            reason = f"too large for the store: {len(sent[0])} bytes"
            return (Verdict(id=ids[0], outcome="rejected", reason=reason),)
        half = len(ids) // 2
        return self._send(ids[:half], sent[:half], index) + self._send(ids[half:], sent[half:], index)


def lines(article: Article, version_type: str = "external_gte") -> bytes:
    """The two lines of a bulk request: what to do, and the document."""
    plain = document(article)
    action = {"index": {"_id": plain["id"], "version": article.version, "version_type": version_type}}
    return json.dumps(action).encode() + b"\n" + json.dumps(plain, ensure_ascii=False).encode()


def parts(ids: Sequence[str], sent: Sequence[bytes]) -> Iterator[tuple[list[str], list[bytes]]]:
    """Cut a batch so that no request exceeds BULK_BYTES, unless one document alone does."""
    some: tuple[list[str], list[bytes]] = ([], [])
    size = 0
    for id_, line in zip(ids, sent, strict=True):
        if some[0] and size + len(line) > BULK_BYTES:
            yield some
            some, size = ([], []), 0
        some[0].append(id_)
        some[1].append(line)
        size += len(line)
    if some[0]:
        yield some


def verdicts(ids: Sequence[str], items: Sequence[Mapping[str, Any]], url: str) -> tuple[Verdict, ...]:
    """One verdict an item of a bulk answer; StoreDown when every one was put off: then the store is the trouble."""
    judged = tuple(verdict(id_, item["index"]) for id_, item in zip(ids, items, strict=True))
    if judged and all(one.outcome == "later" for one in judged):
        raise StoreDown(f"Elasticsearch at {url} takes no documents now: {judged[0].reason}")
    return judged


def verdict(id_: str, item: Mapping[str, Any]) -> Verdict:
    """What one item's status means for its article."""
    status = item["status"]
    if status in (200, 201):
        return Verdict(id=id_, outcome="written")
    if status == 409:
        return Verdict(id=id_, outcome="stale", reason="the store has a newer reading")
    # 403 and 404 are about the index (blocked, or its alias gone), not about the document.
    later = status in (403, 404, *LATER) or status >= 500
    return Verdict(id=id_, outcome="later" if later else "rejected", reason=reason_of(item))


def reason_of(item: Mapping[str, Any]) -> str:
    """An item's error in one line, with the cause the server found beneath it."""
    error = item.get("error")
    if not isinstance(error, Mapping):
        return f"status {item['status']}"
    cause = error.get("caused_by")
    beneath = f" ({cause.get('reason')})" if isinstance(cause, Mapping) else ""
    return f"{error.get('type')}: {error.get('reason')}{beneath}"
