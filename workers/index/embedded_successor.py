"""A new generation of the embedded store: SQLite copies what is carried over, a marker file moves everybody."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from workers.errors import StoreDown
from workers.index.embedded import EmbeddedWriter, connected, locked, retire, save
from workers.index.place import Directory, using
from workers.model import Article, Verdict

COPY = "INSERT INTO articles SELECT * FROM old.articles"
"""With their numbers, so that the order of what has the same time stays."""

CARRY_OVER = """
INSERT INTO articles (id, version, change, body)
VALUES (:id, :version, (SELECT coalesce(max(change), 0) + 1 FROM articles), :body)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, change = excluded.change, body = excluded.body
WHERE excluded.version > articles.version
"""
"""What was read again, or left out, stays so until there is a newer reading."""

LEAVE_OUT = """
UPDATE articles SET body = NULL, change = (SELECT max(change) + 1 FROM articles)
WHERE id = ? AND version <= ? AND body IS NOT NULL
"""


class EmbeddedSuccessor:
    """See Successor. The running service's writer goes on; it is held up only while the last changes are copied."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._old = self._new = directory
        self._database: sqlite3.Connection | None = None
        self._mark = 0

    def begin(self) -> None:
        """Copy the present generation, as it is at this moment."""
        with using(self._directory, "beginning a new generation"):
            self._directory.path.mkdir(parents=True, exist_ok=True)
            self._old = self._directory.present()
            self._remove_unfinished()
            self._new = self._directory.following()
            self._new.path.mkdir()
            connected(self._old).close()  # where there was no store yet, there is an empty one now
            self._database = connected(self._new)
            self._database.execute("ATTACH ? AS old", (str(self._old.articles),))
            with self._database:
                self._database.execute("BEGIN")
                self._mark = self._newest_change()
                self._database.execute(COPY)

    def write(self, articles: Sequence[Article]) -> tuple[Verdict, ...]:
        """Save in one transaction."""
        with self._changing("saving") as database:
            return tuple(save(database, article) for article in articles)

    def forget(self, ids: Mapping[str, int]) -> None:
        """Their rows stay, empty."""
        with self._changing("deleting") as database:
            database.executemany(LEAVE_OUT, list(ids.items()))

    def complete(self) -> None:
        """Copy what changed since, and build the index."""
        self._catch_up()
        self._index()

    def take_over(self) -> None:
        """While the old generation cannot be written to: copy its last changes, then set the marker."""
        with using(self._directory, "moving to a new generation"):
            old = sqlite3.connect(self._old.articles, timeout=30)
            try:
                old.execute("BEGIN IMMEDIATE")
                self._catch_up()
                self._index()
                self._close()
                self._set_marker()
            finally:
                old.close()
        self._retire()

    def abandon(self) -> None:
        """Delete the folder, unless it is the present generation already."""
        self._close()
        if self._new not in (self._directory, self._directory.present()):
            shutil.rmtree(self._new.path, ignore_errors=True)

    @contextmanager
    def _changing(self, doing: str) -> Iterator[sqlite3.Connection]:
        assert self._database is not None
        with using(self._directory, doing), self._database:
            yield self._database

    def _newest_change(self) -> int:
        assert self._database is not None
        return int(self._database.execute("SELECT coalesce(max(change), 0) FROM old.articles").fetchone()[0])

    def _catch_up(self) -> None:
        with self._changing("carrying over") as database:
            database.execute("BEGIN")
            newest = self._newest_change()
            rows = database.execute("SELECT id, version, body FROM old.articles WHERE change > ?", (self._mark,))
            for id_, version, body in rows.fetchall():
                database.execute(CARRY_OVER, {"id": id_, "version": version, "body": body})
        self._mark = newest

    def _index(self) -> None:
        """A writer of its own brings the index up to the new SQLite file."""
        writer = EmbeddedWriter(self._new)
        try:
            writer.prepare()
        finally:
            writer.close()

    def _set_marker(self) -> None:
        marker = self._directory.marker
        written = marker.with_suffix(".new")
        with written.open("w", encoding="ascii") as file:
            file.write(self._new.path.name)
            file.flush()
            os.fsync(file.fileno())
        written.replace(marker)

    def _retire(self) -> None:
        """The service's writer does it when it moves; without one nobody else would."""
        try:
            held = locked(self._directory)
        except StoreDown:
            return
        try:
            with using(self._directory, "retiring the old generation"):
                retire(self._directory, before=self._new)
        finally:
            held.close()

    def _remove_unfinished(self) -> None:
        later = self._directory.generations()
        for one in later[later.index(self._old) + 1 :] if self._old in later else ():
            shutil.rmtree(one.path)

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
