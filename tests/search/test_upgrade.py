"""From one build to the next: what an earlier mapping wrote is searched, moved to ours meanwhile, and cleared."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.articles import article
from tests.search.conftest import Shelf
from workers.errors import StoreDown
from workers.index.embedded import connected
from workers.index.leftovers import clear, leftovers
from workers.index.mapping import VERSION
from workers.index.place import Cluster, Directory, place
from workers.index.store import open_writer
from workers.index.successor import open_successor

EARLIER = sorted((Path(__file__).parents[1] / "index" / "earlier").glob("mapping-*.json"))
"""What earlier builds made: their index template, and documents as they wrote them."""


def rebuild(shelf: Shelf) -> None:
    successor = open_successor(shelf.settings)
    successor.begin()
    successor.complete()
    successor.take_over()


def titles(shelf: Shelf, asked: str = "") -> set[str]:
    return {"".join(part.text for part in hit.title) for hit in shelf.asked(asked).hits}


def made_earlier(shelf: Shelf, earlier: dict[str, Any]) -> str:
    """A store as an earlier build left it; the name of its index."""
    where = place(shelf.settings)
    if isinstance(where, Cluster):
        client, name = Elasticsearch(where.url), f"{where.index}-v{earlier['version']}-000001"
        client.indices.delete(index=list(client.indices.get(index=f"{where.index}-v*")))
        aliases = {where.write_alias: {"is_write_index": True}, where.read_alias: {}}
        settings = {"analysis": earlier["template"]["settings"]["analysis"], "number_of_replicas": 0}
        client.indices.create(index=name, aliases=aliases, mappings=earlier["template"]["mappings"], settings=settings)
        for document in earlier["documents"]:
            client.index(index=name, id=document["id"], document=document, refresh=True)
        client.close()
        return name
    shelf.writer.close()
    database = connected(where)
    with database:
        for change, document in enumerate(earlier["documents"], 1):
            body = zlib.compress(json.dumps(document).encode())
            database.execute(
                "INSERT INTO articles (id, version, change, body) VALUES (?, 1, ?, ?)", (document["id"], change, body)
            )
    database.close()
    folder = where.path / f"index-v{earlier['version']}-tantivy-0.1"
    folder.mkdir()
    (folder / "meta.json").write_text("{}")
    return folder.name


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.stem)
def test_what_an_earlier_build_wrote_is_found_by_ours(shelf: Shelf, file: Path) -> None:
    earlier = json.loads(file.read_text(encoding="utf-8"))
    assert earlier["version"] < VERSION
    made_earlier(shelf, earlier)
    if isinstance(place(shelf.settings), Cluster):
        assert titles(shelf) == {"The harbour reopens", "Der Hafen öffnet wieder"}  # searches go on meanwhile
        with pytest.raises(StoreDown, match="newsdesk index rebuild moves it"):
            open_writer(shelf.settings).prepare()

    rebuild(shelf)

    writer = open_writer(shelf.settings)
    writer.prepare()
    writer.write([article("a3", "Third")])
    writer.refresh()
    assert titles(shelf) == {"The harbour reopens", "Der Hafen öffnet wieder", "Third"}
    assert titles(shelf, "harbours") == {"The harbour reopens"}
    kept = shelf.reader.get("a1")
    assert kept is not None
    assert (kept.title, kept.journey) == (earlier["documents"][0]["title"], ())
    writer.close()


def test_every_mapping_but_todays_has_its_data_here() -> None:
    assert [file.stem for file in EARLIER] == [f"mapping-{version}" for version in range(3, VERSION)]


def test_what_a_cut_off_generation_left_is_named_and_cleared(shelf: Shelf) -> None:
    shelf.has(article("a", "Stays"))
    cut_off = open_successor(shelf.settings)
    cut_off.begin()  # and never ends
    found = leftovers(shelf.settings)
    assert len(found) == 1
    assert found[0].bytes > 0 or isinstance(place(shelf.settings), Cluster)

    assert clear(shelf.settings) == found

    assert leftovers(shelf.settings) == ()
    assert titles(shelf) == {"Stays"}


def test_an_index_of_an_earlier_build_is_left_over_beside_ours(tmp_path: Path, shelf: Shelf) -> None:
    where = place(shelf.settings)
    if isinstance(where, Cluster):
        pytest.skip("an index of Elasticsearch is a generation")
    shelf.has(article("a", "Stays"))
    (where.path / "index-v0-tantivy-0.1").mkdir()
    assert [one.name for one in leftovers(shelf.settings)] == ["index-v0-tantivy-0.1"]
    clear(shelf.settings)
    assert leftovers(shelf.settings) == ()
    assert titles(shelf) == {"Stays"}


def test_where_the_present_generation_is_missing_nothing_is_deleted(tmp_path: Path, shelf: Shelf) -> None:
    where = place(shelf.settings)
    if isinstance(where, Cluster):
        pytest.skip("Elasticsearch looks after its own files")
    shelf.has(article("a", "Stays"))
    where.marker.write_text("generation-000009")
    with pytest.raises(StoreDown, match="nothing is deleted"):
        clear(shelf.settings)
    with sqlite3.connect(Directory(path=where.path).articles) as database:
        assert database.execute("SELECT count(*) FROM articles").fetchone() == (1,)
