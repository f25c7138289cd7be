"""What every store can do on the write side, and which one the settings ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from workers.index.place import Cluster, StoreHealth, place
from workers.model import Article, Verdict
from workers.settings import Settings

__all__ = ["StoreHealth", "Writer", "open_writer"]


class Writer(Protocol):
    """Writes articles; every method but `close` raises StoreDown when the store as a whole is the trouble."""

    def prepare(self) -> None:
        """Create what is missing (template, index, aliases; directory, files) and catch up; repeatable."""

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """One verdict an article, in order. Repeatable; an older reading never replaces a newer one.

        After StoreDown the same batch may be written again: nothing is lost and nothing doubled.
        """

    def stored(self, ids: Sequence[str]) -> Mapping[str, Article]:
        """Those of these articles that are in the store, as they were written last, also a moment ago."""

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these articles; ids not in the store are fine."""

    def refresh(self) -> None:
        """Make everything written so far visible to readers now; without it, it takes a second or so."""

    def count(self) -> int:
        """Articles in the store."""

    def health(self) -> StoreHealth:
        """Whether writes would work now; never raises."""

    def close(self) -> None:
        """Let go of connections, files and locks."""


def open_writer(settings: Settings) -> Writer:
    """The writer for `store.url`; opens nothing before `prepare` or the first write.

    Raises ConfigError for an address that can be neither a directory nor a cluster.
    """
    where = place(settings)
    if isinstance(where, Cluster):
        from workers.index.elastic import ElasticWriter  # noqa: PLC0415 # 20 MB that a directory does not need

        return ElasticWriter(where)
    from workers.index.embedded import EmbeddedWriter  # noqa: PLC0415

    return EmbeddedWriter(where)
