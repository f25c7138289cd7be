"""The one writer of a process: threads hand in pages, and those that come together share one fsync."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workers.archive import records
from workers.archive.files import Disk, Found, Open, Place
from workers.archive.index import Index
from workers.archive.records import Capture, Original, Packed
from workers.errors import ArchiveDown
from workers.model import Heads
from workers.settings import Archiving

PAUSE = timedelta(seconds=10)
"""After the disk refused a page, nobody is asked for pages that could not be kept; then one tries again."""
LEAST = 8_000_000
"""Free bytes below which a page would hardly fit with its index; less where free_bytes says so."""

logger = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time, for file names and ages."""
    return datetime.now(UTC)


@dataclass(eq=False)
class _Waiting:
    """A page on its way to the disk, and what became of it."""

    capture: Capture
    heads: Heads
    packed: Packed
    place: Place | None = None
    problem: ArchiveDown | None = None

    @property
    def settled(self) -> bool:
        return self.place is not None or self.problem is not None


class Writer:
    """Appends pages to a file of its own; safe to share between threads, not between processes.

    A page whose `append` returned is on disk, whatever happens next. One that raised is not in the
    archive at all, and neither is half of one.
    """

    def __init__(
        self, folder: Path, rules: Archiving, *, disk: Disk | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._folder, self._rules, self._disk, self._clock = folder, rules, disk or Disk(), clock
        self._turn = threading.Condition()
        self._busy = False
        self._waiting: list[_Waiting] = []
        self._file: Open | None = None
        self._index: Index | None = None
        self._originals: dict[str, Original] = {}
        self._failed: tuple[datetime, str] | None = None

    def append(self, capture: Capture, heads: Heads) -> Place:
        """Keep a page; on return it would survive a power cut. Raises ArchiveDown."""
        found = records.digest(capture.page.body)
        packed = records.pack(capture, heads, found, self._originals.get(found))
        mine = _Waiting(capture, heads, packed)
        with self._turn:
            self._waiting.append(mine)
            self._wait_while(lambda: self._busy and not mine.settled)
            if mine.settled:
                return _result(mine)
            self._busy = True
            batch, self._waiting = self._waiting, []
        try:
            self._commit(batch)
        finally:
            self._hand_over()
        return _result(mine)

    def trouble(self) -> str | None:
        """Why no page could be kept now, in words; None when it is worth trying."""
        failed = self._failed
        if failed and self._clock() - failed[0] < PAUSE:
            return failed[1]
        free = self._disk.free(self._folder)
        if free < min(LEAST, self._rules.free_bytes):
            self._failed = (self._clock(), f"{self._folder}: only {free / 1e6:.1f} MB of the disk are free")
            return self._failed[1]
        return None

    def tend(self) -> None:
        """Finish the file when it is old enough, also while no page comes."""
        self._alone(lambda: self._finish() if self._file and self._is_due(self._file) else None)

    def close(self) -> None:
        """Finish the file and let go of the index; a page that comes later begins another."""
        self._alone(self._let_go)

    # --- one at a time

    def _alone(self, work: Callable[[], None]) -> None:
        with self._turn:
            self._wait_while(lambda: self._busy)
            self._busy = True
        try:
            work()
        except (OSError, sqlite3.Error) as error:
            logger.warning(
                "archive file %s is left for the next start to finish: %s", self._file and self._file.name, error
            )
        finally:
            self._hand_over()

    def _wait_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            self._turn.wait()

    def _hand_over(self) -> None:
        with self._turn:
            self._busy = False
            self._turn.notify_all()

    # --- only the one whose turn it is comes here

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        """All pages of a batch, one fsync, then the index; or none of them, and the file as it was."""
        try:
            file = self._open_file()
            before = file.size
            try:
                placed = [(one, self._put(file, one)) for one in batch]
                file.sync()
                self._index_of().add(file.name, file.size, [found for _, found in placed], open_=True)
            except BaseException:
                self._abandon(file, before)
                raise
        except Exception as error:
            expected = isinstance(error, (OSError, sqlite3.Error))
            logger.log(logging.ERROR, "archive takes no pages: %s", error, exc_info=not expected)
            self._failed = (self._clock(), f"{self._folder}: {error}")
            for one in batch:  # also those of other threads, which wait for a word
                one.problem = ArchiveDown(f"{self._folder}: {type(error).__name__}: {error}")
            return
        self._failed = None
        for one, found in placed:
            one.place = found.place
            self._remember(one, found)

    def _put(self, file: Open, one: _Waiting) -> Found:
        packed = one.packed
        if packed.original is not self._originals.get(packed.digest):  # a file ended, or began, in between
            packed = records.pack(one.capture, one.heads, packed.digest, self._originals.get(packed.digest))
            one.packed = packed
        offset = file.put(packed.data)
        body = packed.original.offset if packed.original else offset
        place = Place(file=file.name, offset=offset, length=len(packed.data), body=body)
        return Found(place=place, about=one.capture.about(), digest=packed.digest)

    def _remember(self, one: _Waiting, found: Found) -> None:
        packed = one.packed
        if packed.original is None:
            self._originals[packed.digest] = Original(
                id=packed.id, url=one.capture.page.final_url, date=packed.date, offset=found.place.offset
            )

    def _open_file(self) -> Open:
        if self._file and self._is_due(self._file):
            self._finish()
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index_of()
            self._file = Open(self._folder, self._disk, self._clock())
        return self._file

    def _index_of(self) -> Index:
        if self._index is None:
            self._index = Index(self._folder)
        return self._index

    def _is_due(self, file: Open) -> bool:
        age = self._clock() - file.began
        return file.size >= self._rules.file_bytes or age >= timedelta(hours=self._rules.file_hours)

    def _finish(self) -> None:
        file, self._file = self._file, None
        self._originals = {}
        if file:
            file.finish()
            if file.size > file.head:
                self._index_of().add(file.name, file.size, (), open_=False)

    def _let_go(self) -> None:
        self._finish()
        index, self._index = self._index, None
        if index:
            index.close()

    def _abandon(self, file: Open, size: int) -> None:
        """Take back what was written and end the file: after a failed fsync nothing in memory can be trusted."""
        self._file, self._originals = None, {}
        try:
            file.cut(size)
            file.finish()
        except OSError as error:
            logger.warning("%s is left as it is for the next start to mend: %s", file.path, error)
            file.release()


def _result(waiting: _Waiting) -> Place:
    if waiting.problem:
        raise waiting.problem
    assert waiting.place is not None
    return waiting.place
