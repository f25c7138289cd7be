"""Where the store is, and how a failing directory is told: shared by the write side and the read side."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from workers.errors import ConfigError, StoreDown
from workers.index.mapping import VERSION
from workers.settings import Settings

GENERATION = "generation-"
"""The name of a later generation's folder, before its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """An Elasticsearch cluster and the names of ours in it."""

    url: str
    user: str | None = None
    password: str | None = None
    index: str

    @property
    def read_alias(self) -> str:
        """What searches ask."""
        return f"{self.index}-read"

    @property
    def write_alias(self) -> str:
        """What writes go to; differs from the read alias only while a new generation is filled."""
        return f"{self.index}-write"

    def generation(self, number: int) -> str:
        """The name of an index: news-v1-000001."""
        return f"{self.index}-v{VERSION}-{number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """An embedded store, or one generation of it: the first lies in the folder itself, later ones in folders in it."""

    path: Path

    @property
    def articles(self) -> Path:
        """The SQLite file: the truth."""
        return self.path / "articles.sqlite"

    @property
    def marker(self) -> Path:
        """The file that names the folder of the present generation."""
        return self.path / "generation"

    def present(self) -> Directory:
        """The generation that is searched and written to."""
        try:
            return Directory(path=self.path / self.marker.read_text(encoding="ascii"))
        except FileNotFoundError:
            return self

    def generations(self) -> tuple[Directory, ...]:
        """Every generation that has files, oldest first."""
        later = sorted(self.path.glob(f"{GENERATION}*"))
        return (*((self,) if self.articles.exists() else ()), *(Directory(path=path) for path in later))

    def following(self) -> Directory:
        """A place for another generation, after all that there are."""
        last = self.generations()[-1:] or (self,)
        number = 1 if last[0] == self else int(last[0].path.name.removeprefix(GENERATION))
        return Directory(path=self.path / f"{GENERATION}{number + 1:06d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """Whether a store can be used now."""

    ok: bool
    detail: str
    """One sentence for an operator."""
    documents: int = 0


def place(settings: Settings) -> Cluster | Directory:
    """Read `store.url`; ConfigError says what is wrong with it."""
    url = settings.store.url
    if "://" not in url:
        return Directory(path=Path(url))
    scheme, _, rest = url.partition("+")
    if scheme != "elasticsearch" or not rest.startswith(("http://", "https://")):
        raise ConfigError("store", "url", f"must be a directory or elasticsearch+http(s)://host:port; got {url!r}")
    try:
        parts = urlsplit(rest)
        port = parts.port or 9200
    except ValueError as error:
        raise ConfigError("store", "url", f"{error}; want elasticsearch+http(s)://host:port") from error
    if not parts.hostname:
        raise ConfigError("store", "url", "names no host; want elasticsearch+http(s)://host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Cluster(
        url=f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        index=settings.store.index,
    )


@contextlib.contextmanager
def using(directory: Directory, doing: str) -> Iterator[None]:
    """Whatever SQLite or tantivy refuses becomes StoreDown, naming the directory and what we were doing.

    A panic in tantivy arrives as a BaseException that `except Exception` would let through.
    """
    try:
        yield
    except (sqlite3.Error, OSError, ValueError) as error:
        raise StoreDown(f"store {directory.path}: {doing}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise StoreDown(f"store {directory.path}: {doing}: the search engine panicked: {error}") from error
