from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.archive.captures import NOON, capture, heads
from tests.archive.readers import bodies
from workers.archive import shelf, upkeep
from workers.archive.files import OPEN, OURS
from workers.archive.index import Index, Selection, Shelved
from workers.archive.retention import expired
from workers.archive.writer import Writer
from workers.settings import Archiving

DAY = timedelta(days=1)
FREE = 10**12
RULES = Archiving(free_bytes=0)
"""A machine that runs tests may have a full disk."""


def shelved(name: str, days: float, size: int = 1000, *, open_: bool = False) -> Shelved:
    newest = NOON - timedelta(days=days)
    return Shelved(name=name, bytes=size, open=open_, pages=1, oldest=newest, newest=newest)


def names(files: tuple[Shelved, ...]) -> list[str]:
    return [file.name for file in files]


# --- the rule


def test_a_file_goes_when_its_newest_page_is_too_old() -> None:
    files = [shelved("a", 31), shelved("b", 29)]

    assert names(expired(files, Archiving(max_days=30), NOON, FREE)) == ["a"]


def test_the_oldest_files_go_until_the_rest_is_small_enough() -> None:
    files = [shelved("a", 1, 700_000), shelved("b", 3, 700_000), shelved("c", 2, 200_000)]

    assert names(expired(files, Archiving(max_bytes=1_000_000), NOON, FREE)) == ["b"]
    assert names(expired([*files, shelved("d", 0, 300_000)], Archiving(max_bytes=1_000_000), NOON, FREE)) == ["b", "c"]


def test_what_is_too_old_does_not_count_towards_the_size() -> None:
    files = [shelved("old", 40, 900_000), shelved("b", 3, 900_000)]

    assert names(expired(files, Archiving(max_bytes=1_000_000), NOON, FREE)) == ["old"]


def test_an_open_file_is_never_deleted_but_counts() -> None:
    files = [shelved("open", 99, 900_000, open_=True), shelved("b", 3, 900_000)]

    assert names(expired(files, Archiving(max_bytes=1_000_000), NOON, FREE)) == ["b"]


def test_a_file_without_pages_goes() -> None:
    assert names(expired([Shelved(name="a", bytes=400, open=False)], Archiving(), NOON, FREE)) == ["a"]


def test_when_the_disk_is_nearly_full_the_archive_gives_way() -> None:
    files = [shelved("a", 3, 500_000), shelved("b", 2, 500_000), shelved("open", 0, 500_000, open_=True)]
    rules = Archiving(free_bytes=1_000_000)

    assert expired(files, rules, NOON, 1_000_000) == ()
    assert names(expired(files, rules, NOON, 700_000)) == ["a"]
    assert names(expired(files, rules, NOON, 0)) == ["a", "b"]


# --- the folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def filled(folder: Path, *paths: str, close: bool = True, days: float = 0) -> Writer:
    when = NOON - timedelta(days=days)
    writer = Writer(folder, RULES, clock=lambda: when)
    for path in paths:
        writer.append(capture(path, path.encode(), fetched=when), heads(path.encode()))
    if close:
        writer.close()
    return writer


def forsaken(writer: Writer) -> None:
    """Its process died: the kernel let go of the lock, and nothing else was done."""
    assert writer._file
    writer._file.release()


def articles(folder: Path, **selection: object) -> set[str]:
    index = Index(folder)
    try:
        return {one.article for one in index.latest(Selection(**selection))}  # type: ignore[arg-type] # passed on
    finally:
        index.close()


def of(*paths: str) -> set[str]:
    return {capture(path).article for path in paths}


def test_files_too_old_are_deleted_with_their_pages(folder: Path) -> None:
    filled(folder, "a", "b", days=31)
    filled(folder, "c")

    deleted = upkeep.tend(folder, RULES, NOON)

    assert [file.pages for file in deleted] == [2]
    assert articles(folder) == of("c")
    assert len(list(folder.glob(OURS))) == 1


def test_a_file_that_is_being_written_is_let_be(folder: Path) -> None:
    writer = filled(folder, "a", close=False, days=99)

    assert upkeep.tend(folder, RULES, NOON) == ()

    assert len(list(folder.glob(OURS + OPEN))) == 1
    writer.append(capture("b", b"b"), heads(b"b"))
    writer.close()
    assert articles(folder) == of("a", "b")


@pytest.mark.parametrize("torn", range(1, 60, 7))
def test_a_torn_end_is_cut_off_wherever_it_tore(folder: Path, torn: int) -> None:
    forsaken(filled(folder, "a", "b", close=False))
    (path,) = folder.glob(OURS + OPEN)
    whole = path.read_bytes()
    last = Index(folder)
    (size, _) = last.known()[path.name.removesuffix(OPEN)]
    assert size == len(whole)
    last.forget([path.name.removesuffix(OPEN)])
    last.close()
    os.truncate(path, len(whole) - torn * 20 if torn * 20 < 1000 else len(whole) - 3)

    upkeep.tend(folder, RULES, NOON)

    (mended,) = folder.glob(OURS)
    assert bodies(mended) == [b"a"]
    assert articles(folder) == of("a")


def test_a_damaged_end_is_cut_off_like_a_torn_one(folder: Path) -> None:
    forsaken(filled(folder, "a", close=False))
    (path,) = folder.glob(OURS + OPEN)
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08" + b"\x00" * 400)

    upkeep.tend(folder, RULES, NOON)

    (mended,) = folder.glob(OURS)
    assert bodies(mended) == [b"a"]


def test_pages_the_index_had_not_heard_of_are_listed(folder: Path) -> None:
    """After a power cut: the pages were on disk, the index's last lines were not."""
    forsaken(filled(folder, "a", "b", "c", close=False))
    index = Index(folder)
    (name,) = index.known()
    with index._database as database:
        database.execute("DELETE FROM pages WHERE article != ?", (capture("a").article,))
        (end,) = database.execute("SELECT offset + length FROM pages").fetchone()
        database.execute("UPDATE files SET bytes = ?", (end,))
    index.close()

    upkeep.tend(folder, RULES, NOON)

    assert articles(folder) == of("a", "b", "c")
    assert [path.name for path in folder.glob(OURS)] == [name]


def test_a_file_that_lost_what_the_index_lists_is_listed_anew(folder: Path) -> None:
    forsaken(filled(folder, "a", "b", close=False))
    (path,) = folder.glob(OURS + OPEN)
    os.truncate(path, path.stat().st_size - 10)

    upkeep.tend(folder, RULES, NOON)

    assert articles(folder) == of("a")


def test_a_file_without_a_page_is_removed(folder: Path) -> None:
    writer = filled(folder, "a", close=False)
    forsaken(writer)
    (path,) = folder.glob(OURS + OPEN)
    assert writer._file
    os.truncate(path, writer._file.head)
    (folder / "index.sqlite").unlink()

    upkeep.tend(folder, RULES, NOON)

    assert not list(folder.glob("newsdesk-*"))


@pytest.mark.parametrize("damage", ["lost", "noise", "of another version"])
def test_an_index_that_is_no_good_is_made_anew_from_the_files(folder: Path, damage: str) -> None:
    filled(folder, "a", "b")
    filled(folder, "b", "c")
    if damage == "of another version":
        index = Index(folder)
        index._database.execute("PRAGMA user_version = 99")
        index.close()
    else:
        for file in folder.glob("index.sqlite*"):
            file.unlink()
        if damage == "noise":
            (folder / "index.sqlite").write_bytes(b"noise" * 1000)

    upkeep.tend(folder, RULES, NOON)

    assert articles(folder) == of("a", "b", "c")


def test_a_file_somebody_removed_is_forgotten(folder: Path) -> None:
    filled(folder, "a")
    filled(folder, "b")
    min(folder.glob(OURS)).unlink()

    upkeep.tend(folder, RULES, NOON)

    assert len(articles(folder)) == 1


def test_other_peoples_files_are_let_be(folder: Path) -> None:
    filled(folder, "a", days=99)
    other = folder / "crawl-2019.warc.gz"
    other.write_bytes(b"theirs")

    upkeep.tend(folder, RULES, NOON)

    assert other.exists()
    assert not list(folder.glob(OURS))


def test_two_do_not_look_after_one_folder_at_once(folder: Path) -> None:
    filled(folder, "a", days=99)
    with upkeep._alone(folder) as first:
        assert first
        assert upkeep.tend(folder, RULES, NOON) == ()
    assert len(upkeep.tend(folder, RULES, NOON)) == 1


def test_no_folder_is_nothing_to_do(folder: Path) -> None:
    assert upkeep.tend(folder, RULES, NOON) == ()


# --- which pages


def test_pages_are_chosen_by_time_feed_and_host(folder: Path) -> None:
    writer = Writer(folder, Archiving())
    other = capture("d", b"d", url="https://sport.gazette.test/d")
    for one in (capture("a", b"a", fetched=NOON - DAY), capture("b", b"b"), capture("c", b"c", feed=None), other):
        writer.append(one, heads(one.page.body))
    writer.close()

    assert articles(folder, since=NOON) == of("b", "c") | {other.article}
    assert articles(folder, until=NOON) == of("a")
    assert articles(folder, feed="gazette") == of("a", "b") | {other.article}
    assert articles(folder, host="gazette.test") == of("a", "b", "c") | {other.article}
    assert articles(folder, host="sport.gazette.test") == {other.article}
    assert articles(folder, host="azette.test") == set()
    assert articles(folder, host="gazette_test") == set()


def test_of_an_article_the_newest_page_comes_first(folder: Path) -> None:
    writer = Writer(folder, Archiving())
    for days in (2, 0, 1):
        writer.append(capture("a", b"%d" % days, fetched=NOON - days * DAY), heads(b"0"))
    writer.close()
    index = Index(folder)

    (latest,) = index.latest(Selection())
    assert shelf.read(folder, latest.place).page.body == b"0"
    pages = index.of_article(latest.article)
    assert [shelf.read(folder, one.place).page.body for one in pages] == [b"0", b"1", b"2"]
    assert index.count() == 1
    index.close()


# --- verifying


def test_a_sound_file_is_found_sound(folder: Path) -> None:
    filled(folder, "a", "b")
    writer = filled(folder, "c", close=False)

    found = list(shelf.verify(folder))

    assert sorted((one.records, one.pages, one.problems) for one in found) == [(4, 1, ()), (7, 2, ())]
    writer.close()


def test_a_file_that_rotted_is_named_with_what_is_wrong(folder: Path) -> None:
    filled(folder, "a", "b")
    (path,) = folder.glob(OURS)
    content = bytearray(path.read_bytes())
    content[-100] ^= 0xFF
    path.write_bytes(content)

    (found,) = shelf.verify(folder)

    assert found.file == path.name
    assert found.pages == 1
    assert found.problems
