from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.archive.captures import NOON, capture, heads
from tests.archive.disks import SmallDisk
from tests.archive.readers import bodies, records
from workers.archive import files, shelf, upkeep
from workers.archive import records as formats
from workers.archive.files import OPEN, OURS
from workers.archive.index import Index
from workers.archive.writer import PAUSE, Writer
from workers.errors import ArchiveDown
from workers.settings import Archiving

ROOT = Path(__file__).parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def disk() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def writer(folder: Path, clock: Clock, disk: SmallDisk) -> Writer:
    return Writer(folder, Archiving(), disk=disk, clock=clock)


def keep(writer: Writer, path: str = "a", body: bytes = b"<p>Nothing of note.</p>") -> files.Place:
    return writer.append(capture(path, body), heads(body))


def waits_for(writer: Writer, threads: int) -> None:
    while len(writer._waiting) < threads:
        time.sleep(0.001)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("newsdesk-*"))


def listed(folder: Path) -> int:
    index = Index(folder)
    try:
        return index.count()
    finally:
        index.close()


# --- what is kept


def test_a_page_that_was_kept_can_be_read_at_once_and_after(writer: Writer, folder: Path) -> None:
    place = keep(writer)
    assert left(folder) == [place.file + OPEN]
    assert shelf.read(folder, place) == capture()

    writer.close()

    assert left(folder) == [place.file]
    assert shelf.read(folder, place) == capture()
    assert listed(folder) == 1


def test_the_same_body_is_written_once_a_file(writer: Writer, folder: Path, clock: Clock) -> None:
    places = [keep(writer, path, b"<p>same</p>" * 500) for path in "abc"]
    clock.passes(hours=25)
    places.append(keep(writer, "d", b"<p>same</p>" * 500))
    writer.close()

    assert [place.body == place.offset for place in places] == [True, False, False, True]
    assert [shelf.read(folder, place).article for place in places] == [capture(path).article for path in "abcd"]
    old, new = left(folder)
    assert [record.kind for record in records(folder / old)].count("revisit") == 2
    assert bodies(folder / old) == [b"<p>same</p>" * 500] * 3
    assert bodies(folder / new) == [b"<p>same</p>" * 500]


def test_a_file_ends_when_it_is_large_or_old(folder: Path, clock: Clock) -> None:
    writer = Writer(folder, Archiving(file_bytes=100_000, file_hours=2), clock=clock)
    noise = [bytes((n * step) % 251 for n in range(70_000)) for step in (1, 3, 7)]
    for path, body in zip("abc", (noise[0] * 3, noise[1] * 3, noise[2]), strict=True):
        keep(writer, path, body + path.encode() * 100_000)
    clock.passes(hours=2)
    writer.tend()

    assert all(name.endswith(".warc.gz") for name in left(folder))
    writer.close()


def test_names_cannot_collide() -> None:
    assert len({files.name(NOON) for _ in range(100)}) == 100


def test_what_was_never_written_to_leaves_no_file(writer: Writer, folder: Path) -> None:
    writer.close()
    writer.tend()

    assert not folder.exists()


# --- threads


def test_threads_that_come_together_share_an_fsync(writer: Writer, folder: Path, disk: SmallDisk) -> None:
    disk.gate = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(keep, writer, "first", b"first")
        disk.arrived.wait()
        others = [pool.submit(keep, writer, str(n), b"%d" % n) for n in range(7)]
        waits_for(writer, 7)
        disk.gate.set()
        places = [one.result() for one in (first, *others)]
    writer.close()

    assert disk.syncs == 2
    assert len({place.offset for place in places}) == 8
    assert sorted(bodies(folder / left(folder)[0])) == sorted([b"first", *(b"%d" % n for n in range(7))])


def test_many_threads_lose_and_mix_nothing(folder: Path) -> None:
    writer = Writer(folder, Archiving(file_bytes=100_000))
    wanted = {f"{n}": (b"%d " % n) * (n % 7 + 1) * 50 for n in range(300)}
    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda one: keep(writer, *one), wanted.items()))
    writer.close()

    for place, (path, body) in zip(places, wanted.items(), strict=True):
        assert shelf.read(folder, place) == capture(path, body)
    assert sum(len(bodies(path)) for path in folder.glob(OURS)) == len(wanted)


# --- a disk that is full or fails


def test_a_full_disk_refuses_the_page_and_leaves_the_file_whole(
    writer: Writer, folder: Path, disk: SmallDisk, clock: Clock
) -> None:
    keep(writer, "a")
    disk.room = 200

    with pytest.raises(ArchiveDown, match="No space left"):
        keep(writer, "b", b"other")

    assert "No space left" in (writer.trouble() or "")
    assert bodies(folder / left(folder)[0]) == [b"<p>Nothing of note.</p>"]
    assert listed(folder) == 1

    disk.room = None
    clock.now += PAUSE
    assert writer.trouble() is None
    keep(writer, "b", b"other")
    writer.close()
    assert [body for path in sorted(folder.glob(OURS)) for body in bodies(path)] == [
        b"<p>Nothing of note.</p>",
        b"other",
    ]


def test_a_disk_that_is_full_from_the_start_leaves_nothing(writer: Writer, folder: Path, disk: SmallDisk) -> None:
    disk.room = 10

    with pytest.raises(ArchiveDown):
        keep(writer)

    assert left(folder) == []


def test_a_failed_fsync_is_a_page_that_was_not_kept(writer: Writer, folder: Path, disk: SmallDisk) -> None:
    keep(writer, "a")
    disk.fails_to_sync = True
    with pytest.raises(ArchiveDown, match="Input/output"):
        keep(writer, "b", b"other")
    disk.fails_to_sync = False

    keep(writer, "c", b"<p>Nothing of note.</p>")
    writer.close()

    assert [len(bodies(path)) for path in sorted(folder.glob(OURS))] == [1, 1]
    assert listed(folder) == 2


def test_every_thread_of_a_batch_hears_that_it_failed(writer: Writer, disk: SmallDisk) -> None:
    disk.gate = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(keep, writer, "first", b"first")
        disk.arrived.wait()
        others = [pool.submit(keep, writer, str(n), b"%d" % n) for n in range(3)]
        waits_for(writer, 3)
        disk.room = 100
        disk.gate.set()
        first.result()
        for one in others:
            with pytest.raises(ArchiveDown):
                one.result()


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(ArchiveDown, match="file"):
        keep(Writer(tmp_path / "file" / "archive", Archiving()))


def test_an_index_that_takes_nothing_is_a_page_that_was_not_kept(writer: Writer, folder: Path) -> None:
    keep(writer, "a")
    other = sqlite3.connect(folder / "index.sqlite")
    other.execute("DROP TABLE pages")

    with pytest.raises(ArchiveDown, match="pages"):
        keep(writer, "b", b"other")

    other.close()
    assert [len(bodies(path)) for path in folder.glob(OURS)] == [1]


# --- kill -9, and what a disk's own limit does

DIES = """\
import os, resource, sys
from pathlib import Path
from tests.archive.captures import capture, heads
from workers.archive.files import Disk
from workers.archive.writer import Writer
from workers.errors import ArchiveDown
from workers.settings import Archiving

class Dying(Disk):
    pages = 0
    def write(self, descriptor, data):
        self.pages += 1
        if self.pages > 4:
            os.write(descriptor, data[: len(data) * 2 // 3])
            os.kill(os.getpid(), 9)
        super().write(descriptor, data)

writer = Writer(Path(sys.argv[1]), Archiving(), disk=Dying())
for n in range(9):
    print(writer.append(capture(str(n), b"%d" % n * 1000), heads(b"%d" % n * 1000)).offset, flush=True)
"""

LIMITED = """\
import random, resource, sys
from pathlib import Path
from tests.archive.captures import capture, heads
from workers.archive.writer import Writer
from workers.errors import ArchiveDown
from workers.settings import Archiving

resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
writer = Writer(Path(sys.argv[1]), Archiving())
random.seed(1)
for n in range(4):
    body = random.randbytes(60_000)
    try:
        writer.append(capture(str(n), body), heads(body))
        print("kept", flush=True)
    except ArchiveDown as down:
        print("refused", down, flush=True)
writer.close()
"""


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_after_kill_9_in_mid_write_every_page_that_was_kept_is_there(folder: Path) -> None:
    died = run(DIES, folder)
    assert died.returncode == -9, died.stderr
    kept = died.stdout.split()
    assert len(kept) == 3
    (torn,) = folder.glob(OURS + OPEN)
    size = torn.stat().st_size

    upkeep.tend(folder, Archiving(free_bytes=0), NOON)

    (mended,) = folder.glob(OURS)
    assert mended.stat().st_size < size
    assert bodies(mended) == [b"%d" % n * 1000 for n in range(3)]
    assert listed(folder) == 3
    assert not list(folder.glob("*" + OPEN))


@pytest.mark.integration
def test_a_write_the_kernel_stops_half_way_is_taken_back(folder: Path) -> None:
    done = run(LIMITED, folder)

    assert [line.split()[0] for line in done.stdout.splitlines()] == ["kept", "kept", "refused", "kept"], done
    assert [len(bodies(path)) for path in sorted(folder.glob(OURS))] == [2, 1]
    assert listed(folder) == 3


def test_a_page_is_digested_as_other_tools_do() -> None:
    assert formats.digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
