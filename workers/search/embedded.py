"""The read side on the embedded store: tantivy finds and counts, SQLite has the articles."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import tantivy
from tantivy import Query as Search

from workers.errors import StoreDown
from workers.index import words
from workers.index.mapping import FACET_FIELDS
from workers.index.place import Directory, StoreHealth, using
from workers.model import FACETS, Answer, Article, Facet, Hit, Query
from workers.search import answer
from workers.search.answer import Cursor
from workers.search.excerpts import excerpts, highlighted, mark
from workers.search.tree import any_of, both, fresh, whole

BEHIND = 2000
"""Articles not yet in the index before a search says so; fewer are a batch on its way."""


class EmbeddedReader:
    """Searches beside the one writer, in its process or another; safe to share between threads."""

    def __init__(self, directory: Directory) -> None:
        self._directory = self._home = directory
        self._turn = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._index: tantivy.Index | None = None

    def search(self, query: Query, *, facets: bool = True) -> Answer:
        """One page; what is not there yet is an empty answer with a warning."""
        began = time.perf_counter()
        cursor, warnings = answer.begin(query, datetime.now(UTC), (int,))
        with using(self._directory, "searching"):
            searcher = self._searcher()
            if searcher is None:
                return Answer(query=query, total=0, warnings=(*query.warnings, *warnings, answer.NOTHING_YET))
            total, ids, following = _page(searcher, query, cursor)
            counted = tuple(_facet(searcher, name, query) for name in FACETS) if facets else ()
            documents = self._documents([id_ for id_, _ in ids])
            behind = self._behind()
        hits = tuple(_hit(documents[id_], score, query) for id_, score in ids if id_ in documents)
        return Answer(
            query=query,
            total=total,
            hits=hits,
            facets=counted,
            next_cursor=following.encode(query) if following else None,
            took_ms=round((time.perf_counter() - began) * 1000, 1),
            warnings=(*query.warnings, *warnings, *behind),
        )

    def get(self, id_: str) -> Article | None:
        """The article, or None where there is none."""
        with using(self._directory, "reading"):
            found = self._documents([id_.encode("utf-8", "replace").decode()]) if self._open() else {}
        return Article.from_dict(next(iter(found.values()))) if found else None

    def health(self) -> StoreHealth:
        """Whether searches would be answered; never raises."""
        try:
            with using(self._directory, "opening"):
                if self._searcher() is None:
                    return StoreHealth(ok=True, detail=f"{self._directory.path}: {answer.NOTHING_YET}")
                query = "SELECT count(*) FROM articles WHERE body IS NOT NULL"
                (documents,) = self._ask(query)[0]
            return StoreHealth(ok=True, detail=f"{self._directory.path} answers", documents=documents)
        except StoreDown as error:
            return StoreHealth(ok=False, detail=str(error))

    def close(self) -> None:
        """Close the files."""
        with self._turn:
            self._let_go()

    def _open(self) -> bool:
        """False while no writer has been here. From the moment another generation takes over, it is the one asked."""
        with self._turn:
            if (home := self._directory.present()) != self._home:
                self._let_go()
                self._home = home
            if self._database is None and home.articles.exists():
                database = sqlite3.connect(home.articles, timeout=10, check_same_thread=False)
                database.execute("PRAGMA query_only = 1")
                self._database = database
            return self._database is not None

    def _let_go(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = self._index = None

    def _searcher(self) -> tantivy.Searcher | None:
        """A view of the latest commit."""
        if not self._open():
            return None
        with self._turn:
            if self._index is None:
                folder = self._home.path / words.DIRECTORY
                if not folder.is_dir() or not tantivy.Index.exists(str(folder)):
                    return None
                self._index = words.open_index(str(folder))
            self._index.reload()
            return self._index.searcher()

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._turn:
            assert self._database is not None
            return self._database.execute(query, values).fetchall()

    def _documents(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        query = "SELECT id, body FROM articles WHERE body IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
        return {id_: json.loads(zlib.decompress(body)) for id_, body in self._ask(query, (json.dumps(ids),))}

    def _behind(self) -> tuple[str, ...]:
        query = """
            SELECT count(*) FROM articles
            WHERE change > coalesce((SELECT change FROM marks WHERE directory = ?), 0)
        """
        (count,) = self._ask(query, (words.DIRECTORY,))[0]
        return (f"{count} articles are stored and not yet searchable",) if count > BEHIND else ()


# --- one page


def _page(
    searcher: tantivy.Searcher, query: Query, cursor: Cursor
) -> tuple[int, list[tuple[str, float | None]], Cursor | None]:
    """The total, the page's ids with scores, and the cursor of the next page."""
    if answer.newest_first(query):
        return _newest(searcher, query, cursor)
    offset = min(max(cursor.after[0], 0), 2**31) if cursor.after else 0
    found = searcher.search(fresh(whole(query), cursor.now), limit=query.limit + 1, offset=offset)
    shown: list[tuple[str, float | None]] = [
        (_id(searcher, address), score) for score, address in found.hits[: query.limit]
    ]
    more = len(found.hits) > query.limit
    return _count(found), shown, Cursor(after=(offset + query.limit,), now=cursor.now) if more else None


def _newest(
    searcher: tantivy.Searcher, query: Query, cursor: Cursor
) -> tuple[int, list[tuple[str, float | None]], Cursor | None]:
    asked = whole(query)
    rest = asked
    if cursor.after:
        # The order is unique to an article, so "below the last one" neither skips nor repeats.
        below = min(max(cursor.after[0], -(2**62)), 2**62) - 1
        older = Search.range_query(words.schema(), "order", tantivy.FieldType.Integer, None, below)
        rest = both(asked, older)
    found = searcher.search(rest, limit=query.limit + 1, order_by_field="order")
    shown: list[tuple[str, float | None]] = [(_id(searcher, address), None) for _, address in found.hits[: query.limit]]
    total = _count(searcher.search(asked, limit=1) if cursor.after else found)
    more = len(found.hits) > query.limit
    last = Cursor(after=(found.hits[query.limit - 1][0],), now=cursor.now) if more else None
    return total, shown, last


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # the stubs lack it


def _id(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address)["id"][0])


def _hit(document: Mapping[str, Any], score: float | None, query: Query) -> Hit:
    wanted = answer.wanted(query.match)
    title, text, language = document["title"], document["text"], document.get("language")
    return answer.hit(
        document,
        title=highlighted(title, mark(title, wanted, language)),
        excerpts=excerpts(text, mark(text, wanted, language)),
        score=score,
    )


# --- facets


def _facet(searcher: tantivy.Searcher, name: str, query: Query) -> Facet:
    asked = whole(query, without=name)
    order = {"_key": "desc"} if name == "day" else {"_count": "desc"}
    terms = {"field": FACET_FIELDS[name], "size": answer.FACET_SIZE[name], "order": order}
    buckets = searcher.aggregate(asked, {"values": {"terms": terms}})["values"]["buckets"]
    values = getattr(query.filters, name)
    chosen = {value: _count(searcher.search(both(asked, any_of(name, [value])), limit=1)) for value in values}
    return answer.facet(name, [(bucket["key"], bucket["doc_count"]) for bucket in buckets], chosen, words.key)
