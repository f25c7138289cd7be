"""`python -m bench.archive`: what it costs to keep a page, and how fast kept pages are read again."""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.report import Figure, NotMeasured, show
from bench.shared import needed
from tests.archive.captures import capture, heads
from tests.valkey import Valkey
from workers.address import article_id
from workers.archive import shelf
from workers.archive.files import Disk
from workers.archive.index import Index, Selection
from workers.archive.records import Capture
from workers.archive.writer import Writer
from workers.index.store import open_writer
from workers.index.successor import open_successor
from workers.ledger.ledger import Ledger, connect
from workers.ledger.reading import RedisJournal
from workers.pages import read_page
from workers.replay.reading import Desk
from workers.replay.run import into_new_generation
from workers.search.store import open_reader
from workers.settings import Archiving, Extracting, Settings, Store

PAGES = 200
THREADS = 8


class CountingDisk(Disk):
    """Counts how often something was forced to disk, and may take its time over it."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.syncs, self._seconds = 0, seconds

    def sync(self, descriptor: int) -> None:
        """As any disk, and `seconds` more."""
        self.syncs += 1
        time.sleep(self._seconds)
        super().sync(descriptor)


def captures(limit: int) -> list[Capture]:
    """Real pages, as if they had been fetched now, each of another article."""
    files = sorted(needed("data", "pages").glob("*/*.html.gz"))[:limit]
    if len(files) < limit:
        raise NotMeasured(f"shared/data/pages has {len(files)} pages, {limit} are wanted")
    now = datetime.now(UTC)
    made = []
    for number, file in enumerate(files):
        url = f"https://news.invalid/2026/11/{number}.html"
        body, when = gzip.decompress(file.read_bytes()), now + timedelta(milliseconds=number)
        made.append(capture(url=url, article=article_id(url), body=body, fetched=when))
    return made


def keep(writer: Writer, pages: Iterable[Capture]) -> None:
    """One after the other."""
    for page in pages:
        writer.append(page, heads(page.page.body))


def measure() -> tuple[Figure, ...]:
    """Keep real pages, alone and by threads, and read them again. Raises NotMeasured without real pages."""
    pages = captures(PAGES)
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as name:
        folder = Path(name)
        return (*alone(folder / "alone", pages), *together(folder / "together", pages), *again(folder / "again", pages))


def alone(folder: Path, pages: list[Capture]) -> tuple[Figure, ...]:
    """One thread: CPU and bytes."""
    writer = Writer(folder, Archiving())
    keep(writer, pages[:20])
    began = time.process_time()
    keep(writer, pages[20:])
    spent = (time.process_time() - began) / len(pages[20:])
    writer.close()
    size = sum(file.stat().st_size for file in folder.iterdir())
    files = sum(file.stat().st_size for file in folder.glob("*.warc.gz"))
    raw = sum(len(page.page.body) for page in pages)
    decoded = f"{raw / len(pages) / 1000:.0f} kB a page, decoded"
    return (
        Figure(name="CPU to keep a page", value=spent * 1000, unit="ms", at_most=25, note=decoded),
        Figure(name="Bytes on disk a page", value=files / len(pages) / 1000, unit="kB"),
        Figure(name="Index a page", value=(size - files) / len(pages) / 1000, unit="kB"),
        Figure(name="Part of the decoded page", value=100 * files / raw, unit="%", at_most=35),
    )


def together(folder: Path, pages: list[Capture]) -> tuple[Figure, ...]:
    """Threads that share what they wait for: on this disk, and on one that takes 20 ms to force to disk."""
    here, slow = kept_together(folder / "here", pages), kept_together(folder / "slow", pages, seconds=0.02)
    return (
        Figure(name=f"fsyncs a page, {THREADS} threads", value=here[0], at_most=1),
        Figure(name=f"fsyncs a page, {THREADS} threads, when one takes 20 ms", value=slow[0], at_most=0.5),
        Figure(name=f"Pages kept a second, {THREADS} threads", value=here[1], unit="/s"),
        Figure(name="The same when an fsync takes 20 ms", value=slow[1], unit="/s"),
    )


def kept_together(folder: Path, pages: list[Capture], seconds: float = 0.0) -> tuple[float, float]:
    """Fsyncs a page, and pages a second."""
    disk = CountingDisk(seconds)
    writer = Writer(folder, Archiving(), disk=disk)
    shares = [pages[first::THREADS] for first in range(THREADS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda share: keep(writer, share), shares))
    took = time.perf_counter() - began
    writer.close()
    return disk.syncs / len(pages), len(pages) / took


def again(folder: Path, pages: list[Capture]) -> tuple[Figure, ...]:
    """A replay of all of them into a new generation of an embedded store, ledger and all."""
    settings = Settings(data=folder, store=Store(url=str(folder / "store")))
    writer = Writer(shelf.folder_of(folder), Archiving())
    keep(writer, pages)
    writer.close()
    (folder / "broker").mkdir()
    valkey, store, index = Valkey(folder / "broker"), open_writer(settings), Index(shelf.folder_of(folder))
    client, reader = connect(valkey.url), open_reader(settings)
    try:
        store.prepare()
        desk = Desk(
            settings=settings,
            folder=shelf.folder_of(folder),
            index=index,
            ledger=Ledger(client, settings.ledger, worker="bench"),
            journal=RedisJournal(client, settings.ledger, identify=article_id),
            store=reader,
        )
        rate, found = replayed(desk)
    finally:
        for held in (store, reader, index, client):
            held.close()
        valkey.stop()
    words = ", ".join(f"{count} {word}" for word, count in found.items())
    reading = sum(extracting(page) for page in pages[:60]) / 60
    return (
        Figure(name="CPU to extract one of these, for comparison", value=reading * 1000, unit="ms"),
        Figure(name="Pages a replay reads a second, 2 processes", value=rate, unit="/s", note=words),
    )


def extracting(page: Capture) -> float:
    """CPU seconds of extraction alone."""
    began = time.process_time()
    read_page(page.page, entry=page.entry, feed=page.feed, announced=page.announced, rules=Extracting())
    return time.process_time() - began


def replayed(desk: Desk) -> tuple[float, dict[str, int]]:
    """Pages a second, and what became of them."""
    began = time.perf_counter()
    summary = into_new_generation(desk, Selection(), open_successor(desk.settings), lambda _: None)
    return summary.read / (time.perf_counter() - began), dict(summary.counts)


if __name__ == "__main__":
    show("Archive and replay", measure())
