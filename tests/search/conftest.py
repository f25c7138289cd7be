"""Both stores behind one handle, so that a test says what it wants and not how."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.articles import NOON
from workers.index.store import open_writer
from workers.model import Answer, Article, Part, Sort, Verdict
from workers.search.language import read
from workers.search.store import open_reader
from workers.settings import Settings, Store


class Shelf:
    """A store with a writer and a reader on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.writer, self.reader = open_writer(settings), open_reader(settings)

    def has(self, *articles: Article) -> tuple[Verdict, ...]:
        """Write these and wait until searches see them."""
        verdicts = self.writer.write(articles)
        self.writer.refresh()
        return verdicts

    def asked(self, text: str, *, sort: Sort | None = None, limit: int = 20, cursor: str | None = None) -> Answer:
        return self.reader.search(read(text, now=NOON, sort=sort, limit=limit, cursor=cursor))

    def finds(self, text: str, *, sort: Sort | None = None) -> list[str]:
        """The ids found, in order."""
        return [hit.id for hit in self.asked(text, sort=sort, limit=100).hits]

    def facet(self, text: str, field: str) -> dict[str, int]:
        """A facet's values with their counts."""
        (facet,) = [facet for facet in self.asked(text).facets if facet.field == field]
        return {value.value: value.count for value in facet.values}

    def close(self) -> None:
        self.writer.close()
        self.reader.close()


def shown(parts: tuple[Part, ...]) -> str:
    """An excerpt as a line, matches in brackets."""
    return "".join(f"[{part.text}]" if part.match else part.text for part in parts)


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.integration)])
def unprepared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """A store nobody has written to."""
    if request.param == "embedded":
        shelf = Shelf(Settings(store=Store(url=str(tmp_path / "store"), index="news")))
        yield shelf
        shelf.close()
        return
    address, index = request.getfixturevalue("elasticsearch_url"), f"t{uuid.uuid4().hex[:12]}"
    shelf = Shelf(Settings(store=Store(url=f"elasticsearch+{address}", index=index)))
    yield shelf
    shelf.close()
    with Elasticsearch(address) as client:
        for generation in client.indices.get(index=f"{index}-v*"):
            client.indices.delete(index=generation)
        client.options(ignore_status=404).indices.delete_index_template(name=index)


@pytest.fixture
def shelf(unprepared: Shelf) -> Shelf:
    """A prepared, empty store."""
    unprepared.writer.prepare()
    return unprepared
