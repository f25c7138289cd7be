"""A backup is whole or none; what it holds comes back into either store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.articles import NOON, article
from workers.cli import app, stores
from workers.errors import ConfigError, StoreDown
from workers.index.backup import ARTICLES, MANIFEST, articles_of, backup, verified
from workers.index.embedded import EmbeddedWriter
from workers.index.place import Directory
from workers.search.store import open_reader
from workers.settings import Redis, Settings, Store


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory(path=tmp_path / "store")


@pytest.fixture
def writer(directory: Directory) -> Iterator[EmbeddedWriter]:
    made = EmbeddedWriter(directory)
    made.prepare()
    yield made
    made.close()


def test_a_backup_holds_every_article_of_one_moment_while_the_service_writes(
    directory: Directory, writer: EmbeddedWriter, tmp_path: Path
) -> None:
    first = [article(f"a{number}", text="Long enough. " * 50) for number in range(20)]
    writer.write([*first, article("gone")])
    writer.delete(["gone"])
    made = backup(directory, tmp_path / "copy", NOON)
    writer.write([article("later")])
    assert (made.articles, verified(tmp_path / "copy")) == (20, made)
    assert list(articles_of(tmp_path / "copy")) == first
    assert sorted(file.name for file in (tmp_path / "copy").iterdir()) == [ARTICLES, MANIFEST]


def test_a_folder_that_holds_something_is_not_written_to(directory: Directory, writer: EmbeddedWriter) -> None:
    writer.write([article("a")])
    with pytest.raises(ConfigError, match="holds something already"):
        backup(directory, directory.path, NOON)


def test_a_store_that_is_not_there_is_named(directory: Directory, tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="copying"):
        backup(directory, tmp_path / "copy", NOON)


def test_a_backup_that_is_not_as_it_was_written_is_refused(
    directory: Directory, writer: EmbeddedWriter, tmp_path: Path
) -> None:
    writer.write([article("a")])
    backup(directory, tmp_path / "copy", NOON)
    file = tmp_path / "copy" / ARTICLES
    file.write_bytes(file.read_bytes()[:-100] + b"x" * 100)
    with pytest.raises(ConfigError, match="its checksum differs"):
        verified(tmp_path / "copy")
    (tmp_path / "copy" / MANIFEST).write_text(json.dumps({"made": 1}))
    with pytest.raises(ConfigError, match="is no backup"):
        verified(tmp_path / "copy")


def test_a_restore_brings_back_what_was_lost_and_leaves_what_is_newer(
    directory: Directory, writer: EmbeddedWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(store=Store(url=str(directory.path)), redis=Redis(url="redis://127.0.0.1:1/0"))
    monkeypatch.setattr(stores, "settings", lambda: settings)
    monkeypatch.setattr(stores, "turn", nullcontext)
    writer.write([article("a", "First"), article("b", "Lost")])
    copy = tmp_path / "copy"
    assert CliRunner().invoke(app, ["backup", str(copy)]).exit_code == 0
    writer.delete(["b"])
    writer.write([article("a", "Second", fetched=NOON + timedelta(hours=1)), article("c", "After")])

    told = CliRunner().invoke(app, ["restore", str(copy)])

    assert told.exit_code == 0
    assert "2 articles" in told.stdout
    reader = open_reader(settings)
    titles = {id_: found.title if (found := reader.get(id_)) else None for id_ in "abc"}
    reader.close()
    assert titles == {"a": "Second", "b": "Lost", "c": "After"}
    writer.write([article("d")])  # the service's writer has moved to the new generation
    assert writer.count() == 4


def test_an_index_made_anew_answers_as_before(
    directory: Directory, writer: EmbeddedWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "settings", lambda: Settings(store=Store(url=str(directory.path))))
    monkeypatch.setattr(stores, "turn", nullcontext)
    writer.write([article("a"), article("b")])
    assert CliRunner().invoke(app, ["index", "rebuild"]).exit_code == 0
    assert directory.present() != directory
    assert set(writer.stored(["a", "b"])) == {"a", "b"}
