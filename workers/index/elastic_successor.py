"""A new generation of an Elasticsearch index: what is carried over is copied, aliases move everybody."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch, helpers

from workers.errors import StoreDown
from workers.index import generations
from workers.index.cluster import asking, connect
from workers.index.elastic import ElasticWriter, reason_of
from workers.index.place import Cluster
from workers.model import Article, Verdict

BATCH = 200


class ElasticSuccessor:
    """See Successor. The running service writes to the old index until the moment of `take_over`.

    Then writes move first, what came last is copied, and reads move: were it cut off in between, articles would
    wait in the new index, and the next replay takes both for the old generation.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster, self._writer = cluster, ElasticWriter(cluster)
        self._client: Elasticsearch = connect(cluster)
        self._old: tuple[str, ...] = ()
        self._new = ""
        self._marks: dict[str, int] = {}
        self._left_out: dict[str, int] = {}

    def begin(self) -> None:
        """Create the next index, behind no alias."""
        with asking(self._cluster):
            aliases = (self._cluster.read_alias, self._cluster.write_alias)
            behind = [generations.behind(self._client, alias) for alias in aliases]
            self._old = tuple(dict.fromkeys(name for name in behind if name))
            generations.retire_unused(self._client, self._cluster)
            self._new = generations.begin(self._client, self._cluster)

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """Bulk requests to the new index."""
        return self._writer.write_to(self._new, articles)

    def forget(self, ids: Mapping[str, int]) -> None:
        """Deleted at the end, because a copy may bring them back before."""
        self._left_out |= ids

    def complete(self) -> None:
        """Copy what the new index does not have, twice: the second time only what changed since the first began."""
        with asking(self._cluster):
            self._marks = {name: self._newest_change(name) for name in self._old}
            for name in self._old:
                self._copy(name, {"query": {"match_all": {}}})
            self._catch_up()
            self._delete_left_out()

    def take_over(self) -> None:
        """Writes, the last changes, reads."""
        with asking(self._cluster):
            generations.move_writes(self._client, self._cluster, self._new)
            self._catch_up()
            self._delete_left_out()
            self._client.indices.refresh(index=self._new)
            generations.move_reads(self._client, self._cluster, self._new)
            for name in self._old:
                generations.retire(self._client, self._cluster, name)
        self._close()

    def abandon(self) -> None:
        """Delete the new index, unless writes have moved to it already: then the next replay goes on from there."""
        with contextlib.suppress(StoreDown), asking(self._cluster):  # the next `begin` removes what is left
            if self._new:
                generations.retire(self._client, self._cluster, self._new)
        self._close()

    def _catch_up(self) -> None:
        """What was written to the old indices since the marks."""
        marks = {name: self._newest_change(name) for name in self._old}
        for name in self._old:
            self._copy(name, {"query": {"range": {"_seq_no": {"gt": self._marks[name]}}}})
        self._marks = marks

    def _copy(self, index: str, query: Mapping[str, Any]) -> None:
        """Through our own model, so that an older mapping is left behind; `external` keeps what is there and as new."""
        for batch in self._batches(index, query):
            verdicts = self._writer.write_to(self._new, batch, version_type="external")
            if lost := [one for one in verdicts if one.outcome in ("later", "rejected")]:
                raise StoreDown(f"{self._new} would not take {lost[0].id}: {lost[0].reason}; {index} still answers")

    def _batches(self, index: str, query: Mapping[str, Any]) -> Iterator[list[Article]]:
        self._client.indices.refresh(index=index)
        batch: list[Article] = []
        for hit in helpers.scan(self._client, index=index, query=query, size=BATCH):
            batch.append(Article.from_dict(hit["_source"]))
            if len(batch) == BATCH:
                yield batch
                batch = []
        yield batch

    def _newest_change(self, index: str) -> int:
        """The sequence number that every shard has reached: what came later has a higher one."""
        shards = self._client.indices.stats(index=index, level="shards")["indices"][index]["shards"]
        return min(int(copy["seq_no"]["max_seq_no"]) for copies in shards.values() for copy in copies)

    def _delete_left_out(self) -> None:
        """Unless a newer reading came: its version is higher than the one that was left out."""
        items = list(self._left_out.items())
        for first in range(0, len(items), BATCH):
            about = {"_index": self._new, "version_type": "external_gte"}
            some = [
                {"delete": {**about, "_id": id_, "version": version}} for id_, version in items[first : first + BATCH]
            ]
            answer = self._client.bulk(operations=some)
            refused = [item["delete"] for item in answer["items"] if item["delete"]["status"] not in (200, 404, 409)]
            if refused:
                raise StoreDown(f"{self._new} would not leave out: {reason_of(refused[0])}")

    def _close(self) -> None:
        self._writer.close()
        self._client.close()
