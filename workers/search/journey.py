"""An article's whole journey: what the ledger knows of it, and what lies with its document in the store."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from workers.errors import StoreDown
from workers.ledger.journal import Trace
from workers.ledger.journey import joined
from workers.model import Article


class Ledger(Protocol):
    """What is asked of the journal."""

    def trace(self, url_or_id: str) -> Trace | None:
        """What the ledger knows of one article."""


class Store(Protocol):
    """What is asked of the store's read side."""

    def get(self, id_: str, /) -> Article | None:
        """One article, by its document's id."""


def traced(url_or_id: str, ledger: Ledger, store: Store) -> Trace | None:
    """The journey of the article announced at an address, or of an id; None when no feed announced it.

    Raises JournalDown. While the store cannot be read, an article that is in it is told of without its journey.
    """
    found = ledger.trace(url_or_id)
    return found if found is None or found.document is None else whole(found, store)


def whole(found: Trace, store: Store) -> Trace:
    """A trace with what its article's document tells."""
    try:
        article = store.get(found.document or found.id)
    except StoreDown as down:
        return replace(found, detail=found.detail or f"the rest lies with its document, which cannot be read: {down}")
    if article is None:
        return found
    url = article.url if found.stage == "done" else found.url
    return replace(found, url=url, events=joined(article.journey, found.events))
