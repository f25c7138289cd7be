"""The embedded store: kills, full disks, damaged indexes, second writers."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.articles import NOON, article
from workers.errors import StoreDown
from workers.index import words
from workers.index.embedded import EmbeddedWriter
from workers.index.place import Directory
from workers.model import Query
from workers.search.embedded import EmbeddedReader
from workers.search.language import read

ROOT = Path(__file__).parents[2]

OPENING = """
    import os, resource, signal, sys
    from pathlib import Path
    from tests.articles import article
    from workers.errors import StoreDown
    from workers.index.embedded import EmbeddedWriter
    from workers.index.place import Directory
    writer = EmbeddedWriter(Directory(path=Path(sys.argv[1])))
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def process(folder: Path, script: str) -> subprocess.Popen[str]:
    """Another process with a writer on `folder`."""
    command = [sys.executable, "-c", textwrap.dedent(OPENING) + textwrap.dedent(script), str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ran(folder: Path, script: str) -> tuple[int, str]:
    """Its exit code and what it said."""
    with process(folder, script) as one:
        out, error = one.communicate()
    return one.returncode, out + error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def writer(folder: Path) -> Iterator[EmbeddedWriter]:
    one = EmbeddedWriter(Directory(path=folder))
    yield one
    one.close()


def found(folder: Path, text: str = "") -> set[str]:
    reader = EmbeddedReader(Directory(path=folder))
    try:
        return {hit.id for hit in reader.search(read(text, now=NOON, limit=100)).hits}
    finally:
        reader.close()


# --- kills


@pytest.mark.integration
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("EmbeddedWriter._index = die", id="saved, not indexed"),
        pytest.param("import workers.index.embedded as e; e._mark = die", id="indexed, not marked"),
    ],
)
def test_after_a_kill_between_the_truth_and_the_index_the_next_opening_catches_up(
    folder: Path, writer: EmbeddedWriter, moment: str
) -> None:
    code, _ = ran(folder, f"writer.write([article('before')])\n{moment}\nwriter.write([article('x', 'Truce')])")
    assert code == -signal.SIGKILL
    writer.prepare()
    assert found(folder) == {"before", "x"}
    assert found(folder, "truce") == {"x"}


@pytest.mark.integration
def test_after_a_kill_at_any_moment_everything_reported_as_written_is_found_once(
    folder: Path, writer: EmbeddedWriter
) -> None:
    script = """
        for n in range(1000):
            writer.write([article(f"{n}-{m}") for m in range(3)])
            print(n, flush=True)
    """
    with process(folder, script) as one:
        assert one.stdout is not None
        reported = [next(one.stdout) for _ in range(4)]
        one.kill()
        reported += list(one.stdout)
    writer.prepare()
    written = {f"{int(n)}-{m}" for n in reported for m in range(3)}
    assert written <= found(folder)
    assert len(found(folder)) == writer.count()


# --- one writer


@pytest.mark.integration
def test_a_second_writer_in_another_process_is_refused_with_a_clear_line_and_may_write_after(
    folder: Path, writer: EmbeddedWriter
) -> None:
    writer.prepare()
    script = "try: writer.prepare()\nexcept StoreDown as error: print(error)"
    _, said = ran(folder, script)
    assert re.search(r"store .*store: another process is writing to it", said)
    writer.close()
    code, said = ran(folder, "writer.write([article('x')]); writer.close()")
    assert (code, said) == (0, "")
    assert found(folder) == {"x"}


@pytest.mark.integration
def test_a_reader_in_another_process_sees_each_batch_once_it_is_written(folder: Path) -> None:
    script = """
        for n in range(3):
            writer.write([article(str(n))])
            print(n, flush=True)
            sys.stdin.readline()
    """
    reader = EmbeddedReader(Directory(path=folder))
    command = [sys.executable, "-c", textwrap.dedent(OPENING) + textwrap.dedent(script), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        for n in range(3):
            one.stdout.readline()
            assert reader.search(read("", now=NOON)).total == n + 1
            one.stdin.write("\n")
            one.stdin.flush()
    reader.close()


# --- full disks


@pytest.mark.integration
@pytest.mark.parametrize("room", [0, 100_000, 400_000, 1_000_000])
def test_a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_room(folder: Path, room: int) -> None:
    """Room is for one file to grow: depending on it, SQLite's log is refused or the index's segment."""
    script = f"""
        import random
        random.seed(1)
        def text(): return " ".join(f"{{random.getrandbits(40):x}}" for _ in range(2000))
        writer.write([article("before")])
        largest = max(file.stat().st_size for file in Path(sys.argv[1]).rglob("*"))
        batch = [article(str(n), "Truce", text()) for n in range(40)]
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + {room}, hard))
        try:
            writer.write(batch)
        except StoreDown as down:
            print("down:", down)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        print({{verdict.outcome for verdict in writer.write(batch)}}, writer.count())
        writer.close()
    """
    code, said = ran(folder, script)
    assert code == 0, said
    assert "down: store " in said
    assert "{'written'} 41" in said
    assert found(folder) == {"before", *map(str, range(40))}


def test_a_database_at_its_limit_refuses_the_whole_batch_and_keeps_what_it_had(
    folder: Path, writer: EmbeddedWriter
) -> None:
    writer.write([article("before")])
    assert writer._database is not None
    writer._database.execute("PRAGMA max_page_count = 10")
    with pytest.raises(StoreDown, match=r"saving: database or disk is full"):
        writer.write([article("a"), article("b", text="".join(chr(0x4E00 + n) for n in range(20_000)))])
    assert found(folder) == {"before"}
    writer._database.execute("PRAGMA max_page_count = 100000")
    assert [one.outcome for one in writer.write([article("a")])] == ["written"]
    assert found(folder) == {"before", "a"}


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    writer = EmbeddedWriter(Directory(path=tmp_path / "file" / "store"))
    with pytest.raises(StoreDown, match=re.escape(str(tmp_path / "file" / "store"))):
        writer.prepare()
    assert not writer.health().ok
    writer.close()


def test_a_file_that_is_no_database_is_not_overwritten(folder: Path, writer: EmbeddedWriter) -> None:
    folder.mkdir()
    (folder / "articles.sqlite").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreDown, match="not a database"):
        writer.prepare()
    assert (folder / "articles.sqlite").read_bytes().startswith(b"something else")


# --- the index is disposable


def filled(folder: Path) -> Path:
    """A store with three articles, closed; returns the index's directory."""
    writer = EmbeddedWriter(Directory(path=folder))
    writer.write([article("a", "Truce"), article("b"), article("c")])
    writer.delete(["c"])
    writer.close()
    return folder / words.DIRECTORY


def test_a_missing_index_is_rebuilt(folder: Path, writer: EmbeddedWriter) -> None:
    index = filled(folder)
    for file in index.iterdir():
        file.unlink()
    index.rmdir()
    writer.prepare()
    assert found(folder) == {"a", "b"}


@pytest.mark.parametrize("damage", ["not json", "", None])
def test_an_index_that_cannot_be_opened_is_rebuilt(folder: Path, writer: EmbeddedWriter, damage: str | None) -> None:
    meta = filled(folder) / "meta.json"
    if damage is None:
        meta.unlink()
    else:
        meta.write_text(damage)
    writer.prepare()
    assert found(folder) == {"a", "b"}
    assert found(folder, "truce") == {"a"}


def test_an_index_of_another_version_is_left_alone_and_a_new_one_filled(folder: Path, writer: EmbeddedWriter) -> None:
    index = filled(folder)
    index.rename(folder / "index-v0-tantivy-0.1")
    writer.prepare()
    assert found(folder) == {"a", "b"}


def test_a_reader_that_was_open_sees_the_rebuilt_index(folder: Path) -> None:
    filled(folder)
    reader = EmbeddedReader(Directory(path=folder))
    assert reader.search(read("", now=NOON)).total == 2
    (folder / words.DIRECTORY / "meta.json").write_text("damaged")
    writer = EmbeddedWriter(Directory(path=folder))
    writer.write([article("d")])
    assert reader.search(read("", now=NOON)).total == 3
    writer.close()
    reader.close()


def test_what_is_saved_and_not_yet_indexed_is_told(folder: Path) -> None:
    filled(folder)
    with sqlite3.connect(folder / "articles.sqlite") as database:
        many = [(f"n{n}", n + 100) for n in range(2500)]
        database.executemany("INSERT INTO articles (id, version, change, body) VALUES (?, 1, ?, x'00')", many)
    database.close()
    reader = EmbeddedReader(Directory(path=folder))
    assert reader.search(read("", now=NOON)).warnings == ("2500 articles are stored and not yet searchable",)
    reader.close()


def test_a_panic_in_the_engine_is_a_store_that_is_down_and_not_the_end_of_the_process(folder: Path) -> None:
    reader = EmbeddedReader(Directory(path=folder))
    writer = EmbeddedWriter(Directory(path=folder))
    writer.prepare()
    with pytest.raises(StoreDown, match="panicked"):
        # No hits at all: a limit the query language never gives, and the engine panics at.
        reader.search(Query(limit=-1))
    writer.close()
    reader.close()
