"""A new generation of the store, filled beside the one that is searched and written to, and then put in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from workers.index.place import Cluster, place
from workers.model import Article, Verdict
from workers.settings import Settings


class Successor(Protocol):
    """One at a time, by one process. Until `take_over` nothing that is searched or written to changes.

    Every method raises StoreDown when the store as a whole is the trouble; `abandon` is right then.
    """

    def begin(self) -> None:
        """Make the new generation; what an earlier one left that was not finished is removed."""

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """Write readings that replace those of the same version in the old generation."""

    def forget(self, ids: Mapping[str, int]) -> None:
        """Leave these articles out, by id and version; a newer reading of one is carried over all the same."""

    def complete(self) -> None:
        """Carry over whatever was not written or left out, and bring all of it up to where searches could begin."""

    def take_over(self) -> None:
        """Carry over what the service wrote meanwhile, move writers and readers in one step each, retire the old."""

    def abandon(self) -> None:
        """Remove the new generation; the old one was never touched."""


def open_successor(settings: Settings) -> Successor:
    """A successor for the store at `store.url`; opens nothing before `begin`. Raises ConfigError for an address."""
    where = place(settings)
    if isinstance(where, Cluster):
        from workers.index.elastic_successor import ElasticSuccessor  # noqa: PLC0415 # 20 MB a directory does not need

        return ElasticSuccessor(where)
    from workers.index.embedded_successor import EmbeddedSuccessor  # noqa: PLC0415

    return EmbeddedSuccessor(where)
