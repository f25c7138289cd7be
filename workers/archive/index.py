"""Which pages lie where in the archive: an SQLite file beside the WARC files, made anew from them when it is lost."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workers.archive.files import Found, Place
from workers.model import moment

VERSION = 1
"""Of the tables; a file of another version is made anew."""

TABLES = """
CREATE TABLE IF NOT EXISTS files (
    name   TEXT PRIMARY KEY,
    bytes  INTEGER NOT NULL,   -- up to the end of the last page that is listed
    open   INTEGER NOT NULL    -- 1 until the file has its final name
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    number    INTEGER PRIMARY KEY,
    file      TEXT NOT NULL,
    offset    INTEGER NOT NULL,
    length    INTEGER NOT NULL,
    body      INTEGER NOT NULL,  -- offset of the record that has the body
    article   TEXT NOT NULL,     -- the ledger's id
    url       TEXT NOT NULL,     -- as announced
    final_url TEXT NOT NULL,
    host      TEXT NOT NULL,     -- of final_url
    feed      TEXT NOT NULL,
    fetched   INTEGER NOT NULL,  -- microseconds since 1970
    status    INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    UNIQUE (file, offset)
);
CREATE INDEX IF NOT EXISTS pages_article ON pages (article, fetched);
CREATE INDEX IF NOT EXISTS pages_fetched ON pages (fetched);
"""

LIST = """
INSERT OR REPLACE INTO pages
    (file, offset, length, body, article, url, final_url, host, feed, fetched, status, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
MARK = """
INSERT INTO files VALUES (:name, :bytes, :open)
ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, open = excluded.open
"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page in the index."""

    place: Place
    article: str
    url: str
    final_url: str
    feed: str
    fetched: datetime
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A file in the index."""

    name: str
    bytes: int
    open: bool
    pages: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which pages are meant; what is not said does not limit."""

    since: datetime | None = None
    """Fetched at or after, and before `until`."""
    until: datetime | None = None
    feed: str | None = None
    host: str | None = None
    """The host that answered, or one below it."""


class Index:
    """One connection, shared by the threads of a process; any number of processes of one machine beside it.

    A commit is not forced to disk: what a power cut takes from the end is found in the files again.
    Raises sqlite3.Error.
    """

    def __init__(self, folder: Path) -> None:
        self._turn = threading.Lock()
        self._database = _open(folder / "index.sqlite")

    def add(self, file: str, size: int, found: Iterable[Found], *, open_: bool) -> None:
        """List pages of a file whose last one ends at `size`: all or none; again is fine."""
        rows = [_row(one) for one in found]
        with self._turn, self._database:
            self._database.executemany(LIST, rows)
            self._database.execute(MARK, {"name": file, "bytes": size, "open": open_})

    def forget(self, files: Sequence[str]) -> None:
        """These files are no more."""
        with self._turn, self._database:
            self._database.executemany("DELETE FROM pages WHERE file = ?", [(file,) for file in files])
            self._database.executemany("DELETE FROM files WHERE name = ?", [(file,) for file in files])

    def files(self) -> tuple[Shelved, ...]:
        """All files, oldest name first."""
        query = """
            SELECT name, bytes, open, count(number), min(fetched), max(fetched)
            FROM files LEFT JOIN pages ON file = name GROUP BY name ORDER BY name
        """
        return tuple(
            Shelved(name=name, bytes=size, open=bool(open_), pages=pages, oldest=_when(first), newest=_when(last))
            for name, size, open_, pages, first, last in self._ask(query)
        )

    def known(self) -> dict[str, tuple[int, bool]]:
        """Size and openness of each file that is listed."""
        return {name: (size, bool(open_)) for name, size, open_ in self._ask("SELECT name, bytes, open FROM files")}

    def latest(self, selection: Selection) -> Iterator[Listed]:
        """The newest page of each article in the selection, in the order they lie on disk."""
        where, values = _where(selection)
        # SQLite takes the other columns from the row that has the maximum.
        query = f"SELECT {_COLUMNS}, max(fetched) FROM pages WHERE {where} GROUP BY article ORDER BY file, offset"  # noqa: S608 # our own columns and conditions
        yield from (_listed(row[:-1]) for row in self._ask(query, values))

    def of_article(self, article: str, selection: Selection = Selection()) -> tuple[Listed, ...]:
        """The pages of one article, newest first."""
        where, values = _where(selection)
        query = f"SELECT {_COLUMNS} FROM pages WHERE {where} AND article = ? ORDER BY fetched DESC"  # noqa: S608
        return tuple(_listed(row) for row in self._ask(query, [*values, article]))

    def count(self, selection: Selection = Selection()) -> int:
        """How many articles have a page in the selection."""
        where, values = _where(selection)
        return int(self._ask(f"SELECT count(DISTINCT article) FROM pages WHERE {where}", values)[0][0])  # noqa: S608

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._database.close()

    def _ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._turn:
            return self._database.execute(query, values).fetchall()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _prepared(path)
    except sqlite3.OperationalError:
        raise  # locked or full: the file may be as good as ever
    except sqlite3.DatabaseError as error:
        logger.warning("%s cannot be read and is made anew from the files: %s", path, error)
        for left in (path, *path.parent.glob(f"{path.name}-*")):
            left.unlink(missing_ok=True)
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        _check_version(database)
        database.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
    except BaseException:
        database.close()
        raise
    return database


def _check_version(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"version {version}, this is {VERSION}")


_COLUMNS = "file, offset, length, body, article, url, final_url, feed, fetched, status"


def _where(selection: Selection) -> tuple[str, list[Any]]:
    host = selection.host.lower() if selection.host else None
    conditions: list[tuple[str, list[Any]]] = [
        ("fetched >= ?", [_micros(selection.since)] if selection.since else []),
        ("fetched < ?", [_micros(selection.until)] if selection.until else []),
        ("feed = ?", [selection.feed] if selection.feed else []),
        ("(host = ? OR host LIKE ? ESCAPE '\\')", [host, "%." + _escaped(host)] if host else []),
    ]
    used = [(text, values) for text, values in conditions if values]
    return " AND ".join(["1", *(text for text, _ in used)]), [value for _, values in used for value in values]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _row(found: Found) -> tuple[Any, ...]:
    place, about = found.place, found.about
    page, feed = about["page"], about.get("feed") or {}
    fetched = moment(page["fetched"])
    assert fetched is not None
    where = (place.file, place.offset, place.length, place.body)
    host = urlsplit(page["final_url"]).hostname or ""
    what = (about["article"], page["url"], page["final_url"], host, feed.get("name", ""))
    return (*where, *what, _micros(fetched), about["status"], found.digest)


def _listed(row: Sequence[Any]) -> Listed:
    file, offset, length, body, article, url, final_url, feed, fetched, status = row
    return Listed(
        place=Place(file=file, offset=offset, length=length, body=body),
        article=article,
        url=url,
        final_url=final_url,
        feed=feed,
        fetched=EPOCH + timedelta(microseconds=fetched),
        status=status,
    )


def _micros(when: datetime) -> int:
    return (when - EPOCH) // timedelta(microseconds=1)


def _when(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)
