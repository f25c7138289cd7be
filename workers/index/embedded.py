"""The embedded store's write side: SQLite is the truth, the tantivy index follows it and may be thrown away."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tantivy

from workers.errors import StoreDown
from workers.index import words
from workers.index.mapping import document, objection
from workers.index.place import Directory, StoreHealth, using
from workers.model import Article, Verdict

TABLES = """
CREATE TABLE IF NOT EXISTS articles (
    number  INTEGER PRIMARY KEY,      -- never changes; breaks ties of time
    id      TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    change  INTEGER NOT NULL UNIQUE,  -- grows with every write; what the index has yet to see is above its mark
    body    BLOB                      -- the document, JSON, zlib; NULL: deleted, and the index has to forget it
);
CREATE TABLE IF NOT EXISTS marks (
    directory TEXT PRIMARY KEY,       -- of the index
    change    INTEGER NOT NULL        -- the last one that is in it
) WITHOUT ROWID;
"""

SAVE = """
INSERT INTO articles (id, version, change, body)
VALUES (:id, :version, (SELECT coalesce(max(change), 0) + 1 FROM articles), :body)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, change = excluded.change, body = excluded.body
WHERE excluded.version >= articles.version OR articles.body IS NULL
"""

FORGET = """
UPDATE articles SET body = NULL, change = (SELECT max(change) + 1 FROM articles) WHERE id = ? AND body IS NOT NULL
"""

STRIDE = 500
"""Changes a commit of the index; measured: a commit costs 0.1 s or more, whatever is in it."""


logger = logging.getLogger(__name__)


class EmbeddedWriter:
    """The only process that may write to the directory; it follows when another generation takes over."""

    def __init__(self, directory: Directory) -> None:
        self._directory = self._home = directory
        self._lock: sqlite3.Connection | None = None
        self._database: sqlite3.Connection | None = None
        self._writer: tantivy.IndexWriter | None = None

    def prepare(self) -> None:
        """Create directory and files, take the lock, and bring the index up to the truth."""
        with using(self._directory, "opening"):
            self._open()
        self._follow()

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """Save in one transaction, then let the index follow."""
        with using(self._directory, "saving"), self._saving() as database:
            verdicts = tuple(save(database, article) for article in articles)
        self._follow()
        return verdicts

    def stored(self, ids: Sequence[str]) -> dict[str, Article]:
        """From SQLite."""
        with using(self._directory, "reading"):
            rows = self._open().execute(
                "SELECT id, body FROM articles WHERE body IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
            return {id_: Article.from_dict(json.loads(zlib.decompress(body))) for id_, body in rows}

    def delete(self, ids: Sequence[str]) -> None:
        """Forget in one transaction, then let the index follow."""
        with using(self._directory, "deleting"), self._saving() as database:
            # Rows stay, empty: were the newest one gone, its change number would be given out again
            # and an index that had not followed yet would keep the article for ever.
            database.executemany(FORGET, [(id_,) for id_ in ids])
        self._follow()

    def refresh(self) -> None:
        """Nothing to do: a write returns when readers can see it."""

    def count(self) -> int:
        """Articles in SQLite."""
        with using(self._directory, "counting"):
            return int(self._open().execute("SELECT count(*) FROM articles WHERE body IS NOT NULL").fetchone()[0])

    def health(self) -> StoreHealth:
        """Tries to open for writing."""
        try:
            self.prepare()
            return StoreHealth(ok=True, detail=f"writing to {self._directory.path}", documents=self.count())
        except StoreDown as error:
            return StoreHealth(ok=False, detail=str(error))

    def close(self) -> None:
        """Let the merges end and give the lock back."""
        self._let_go()
        for held in (self._database, self._lock):
            if held is not None:
                held.close()
        self._database = self._lock = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._directory.path.mkdir(parents=True, exist_ok=True)
            self._lock = self._lock or locked(self._directory)
            self._home = self._directory.present()
            self._database = connected(self._home)
            retire(self._directory, before=self._home)
        if self._writer is None:
            self._writer = self._open_index(self._database).writer(words.HEAP, 1)
        return self._database

    @contextlib.contextmanager
    def _saving(self) -> Iterator[sqlite3.Connection]:
        """A transaction in the present generation: it cannot be replaced while the transaction is open."""
        while True:
            database = self._open()
            database.execute("BEGIN IMMEDIATE")
            if self._directory.present() == self._home:
                break
            database.rollback()
            self._let_go()
            database.close()
            self._database = None
        with database:
            yield database

    def _open_index(self, database: sqlite3.Connection) -> tantivy.Index:
        """The index, or a fresh one to be filled from SQLite where it is missing or cannot be read."""
        folder = self._home.path / words.DIRECTORY
        if folder.exists():
            try:
                if tantivy.Index.exists(str(folder)):
                    return words.open_index(str(folder))
            except ValueError as error:
                logger.warning("index %s cannot be opened and is rebuilt from SQLite: %s", folder, error)
            # It holds nothing that SQLite has not, and the lock says that nobody else is filling it.
            shutil.rmtree(folder)
        folder.mkdir()
        with database:
            database.execute("DELETE FROM marks WHERE directory = ?", (words.DIRECTORY,))
        return words.open_index(str(folder))

    def _follow(self) -> None:
        """Put every change above the mark into the index; after a crash at any point, simply again."""
        try:
            with using(self._directory, "indexing"):
                database = self._open()
                while rows := _pending(database):
                    self._index(rows)
                    _mark(database, rows[-1][1])
        except BaseException:
            # The engine's writer may be half-way; the next write takes a new one and follows from the mark.
            self._let_go()
            raise

    def _index(self, rows: Sequence[tuple[Any, ...]]) -> None:
        assert self._writer is not None
        for number, _change, id_, body in rows:
            self._writer.delete_documents_by_term("id", id_)
            if body is not None:
                self._writer.add_document(words.entry(json.loads(zlib.decompress(body)), number))
        self._writer.commit()

    def _let_go(self) -> None:
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        with using(self._directory, "closing the index"):
            writer.wait_merging_threads()


def connected(directory: Directory) -> sqlite3.Connection:
    """The SQLite file of a generation, with its tables."""
    database = sqlite3.connect(directory.articles, timeout=30, check_same_thread=False)
    # FULL: an article reported as written survives a power cut; one fsync a batch costs milliseconds.
    database.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {TABLES}")
    return database


def retire(directory: Directory, *, before: Directory) -> None:
    """Delete the generations older than that one; who has their files open may still read them."""
    for old in itertools.takewhile(lambda one: one != before, directory.generations()):
        if old == directory:
            for file in directory.path.glob(f"{directory.articles.name}*"):
                file.unlink(missing_ok=True)
            for folder in directory.path.glob("index-*"):
                remove(folder)
        else:
            remove(old.path)


def remove(folder: Path) -> None:
    """Delete a folder in which files vanish by themselves: SQLite's, when the last reader closes them."""
    while folder.exists():
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)


def locked(directory: Directory) -> sqlite3.Connection:
    """The right to write, held until closed; SQLite's own file lock, because it works on every system.

    tantivy's lock is inside the index, which could not be thrown away safely under it.
    """
    lock = sqlite3.connect(directory.path / "writer.lock", timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise StoreDown(f"store {directory.path}: another process is writing to it, and only one may") from error
    return lock


def save(database: sqlite3.Connection, article: Article) -> Verdict:
    """Write one article, unless a newer reading of it is there."""
    if reason := objection(article):
        return Verdict(id=article.id, outcome="rejected", reason=reason)
    plain = document(article)
    body = zlib.compress(json.dumps(plain, ensure_ascii=False).encode())
    row = {"id": plain["id"], "version": article.version, "body": body}
    if database.execute(SAVE, row).rowcount:
        return Verdict(id=article.id, outcome="written")
    return Verdict(id=article.id, outcome="stale", reason="the store has a newer reading")


def _pending(database: sqlite3.Connection) -> list[tuple[Any, ...]]:
    query = """
        SELECT number, change, id, body FROM articles
        WHERE change > coalesce((SELECT change FROM marks WHERE directory = ?), 0) ORDER BY change LIMIT ?
    """
    return database.execute(query, (words.DIRECTORY, STRIDE)).fetchall()


def _mark(database: sqlite3.Connection, change: int) -> None:
    with database:
        database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (words.DIRECTORY, change))
