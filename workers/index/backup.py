"""A copy of the embedded store while it runs: one SQLite file, and a manifest that tells whether it is whole."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workers.errors import ConfigError
from workers.index.mapping import VERSION
from workers.index.place import Directory, using
from workers.model import Article

ARTICLES = "articles.sqlite"
MANIFEST = "manifest.json"
"""Written last: a folder without one is no backup."""
BLOCK = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup holds."""

    made: str
    """When, ISO 8601."""
    articles: int
    mapping: int
    """Version of the documents' description (workers.index.mapping)."""
    sha256: str
    """Of the SQLite file."""


def backup(directory: Directory, to: Path, now: datetime) -> Manifest:
    """Copy every article into the folder `to`, which must be empty or not there, as of one moment.

    Uses SQLite's online backup (https://www.sqlite.org/backup.html): the service goes on reading and writing.
    Raises ConfigError for a folder that holds something, StoreDown where the store cannot be read.
    """
    if to.exists() and any(to.iterdir()):
        raise ConfigError("backup", str(to), "holds something already; name a new folder")
    to.mkdir(parents=True, exist_ok=True)
    copy = to / ARTICLES
    with using(directory, "copying"):
        source = sqlite3.connect(f"file:{directory.present().articles}?mode=ro", uri=True, timeout=30)
        target = sqlite3.connect(copy)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, no journal beside it
            count = int(target.execute("SELECT count(*) FROM articles WHERE body IS NOT NULL").fetchone()[0])
        finally:
            target.close()
            source.close()
    manifest = Manifest(made=now.isoformat(), articles=count, mapping=VERSION, sha256=digest(copy))
    (to / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    return manifest


def verified(folder: Path) -> Manifest:
    """The manifest of a backup whose file is what it says. Raises ConfigError naming what is wrong."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        found = digest(folder / ARTICLES)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError("backup", str(folder), f"is no backup: {error}") from error
    if found != manifest.sha256:
        raise ConfigError("backup", str(folder / ARTICLES), "is not as it was written: its checksum differs")
    return manifest


def articles_of(folder: Path) -> Iterator[Article]:
    """Every article of a backup, in the order in which they were first written."""
    database = sqlite3.connect(f"file:{folder / ARTICLES}?mode=ro", uri=True)
    try:
        rows: Any = database.execute("SELECT body FROM articles WHERE body IS NOT NULL ORDER BY number")
        for (body,) in rows:
            yield Article.from_dict(json.loads(zlib.decompress(body)))
    finally:
        database.close()


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    hashed = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()
