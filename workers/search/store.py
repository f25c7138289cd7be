"""What every store can do on the read side, and which one the settings ask for."""

from __future__ import annotations

from typing import Protocol

from workers.index.place import Cluster, StoreHealth, place
from workers.model import Answer, Article, Query
from workers.settings import Settings

__all__ = ["Reader", "StoreHealth", "open_reader"]


class Reader(Protocol):
    """Answers questions; may be shared between threads. Raises StoreDown when the store does not answer."""

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        """One page of hits, with facets if wanted; whatever is missing from it is said in `warnings`."""

    def get(self, id_: str) -> Article | None:
        """One article, whole."""

    def health(self) -> StoreHealth:
        """Whether searches would be answered now; never raises."""

    def close(self) -> None:
        """Let go of connections and files."""


def open_reader(settings: Settings) -> Reader:
    """The reader for `store.url`; a store that is not there yet answers with nothing and a warning.

    Raises ConfigError for an address that can be neither a directory nor a cluster.
    """
    where = place(settings)
    if isinstance(where, Cluster):
        from workers.search.elastic import ElasticReader  # noqa: PLC0415 # 20 MB that a directory does not need

        return ElasticReader(where)
    from workers.search.embedded import EmbeddedReader  # noqa: PLC0415

    return EmbeddedReader(where)
